"""Which certificates are trusted → the `ssl.SSLContext`s that every transport shares.

Invariant: trust is the same with every transport: certifi, the system's store, and the file the user named. A context
that knows less may accept a certificate, never refuse one for good.
"""

import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from linkcheck.errors import UserFault

_SESSIONS_KEPT = 256
_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17
_TIME: Final = re.compile(r"[0-9]{14}Z")


class Resuming(ssl.SSLContext):
    """A context that takes sessions up again where an origin's were remembered.

    One is used for its own origin only: the certificate was shown by that one, and is not checked again.
    """

    def session(self, origin: str) -> ssl.SSLSession | None:
        """What was remembered for `origin`: scheme, host and port."""
        return self._sessions().get(origin)

    def remember(self, origin: str, connection: ssl.SSLSocket) -> None:
        """Keep the session of a connection of this context to `origin`, unless there is one."""
        sessions = self._sessions()
        session = None if origin in sessions else connection.session
        if session is None:
            return
        if len(sessions) >= _SESSIONS_KEPT:
            del sessions[next(iter(sessions))]
        sessions[origin] = session

    def _sessions(self) -> dict[str, ssl.SSLSession]:
        # ssl.SSLContext makes its instances in __new__, so that __init__ is no place for attributes
        sessions: dict[str, ssl.SSLSession] = self.__dict__.setdefault("sessions", {})
        return sessions


class Tls:
    """Contexts built once, when first wanted: loading the stores costs some 40 ms."""

    def __init__(self, ca_file: str | None = None, *, insecure: bool = False) -> None:
        self._ca_file = ca_file
        self._insecure = insecure
        self._contexts: dict[tuple[bool, bool], ssl.SSLContext] = {}
        self._lean: ssl.SSLContext | None = None
        if ca_file is not None:
            _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ca_file)

    def context(self, *, verify: bool = True, http2: bool = False) -> ssl.SSLContext:
        """The shared context; without `verify` any certificate will do, for diagnosis only.

        One for each protocol set: what a context offers is its own state, and only some transports speak HTTP/2.
        """
        key = (verify and not self._insecure, http2)
        if key not in self._contexts:
            self._contexts[key] = self._built(verify=key[0], http2=http2)
        return self._contexts[key]

    def lean(self, *, verify: bool = True) -> ssl.SSLContext:
        """As `context`, until that is wanted a context that reads no more of the stores than what certificates need.

        Most systems keep the authorities in a directory, by name. Whom it refuses, `context` has to be asked about.
        """
        directory = ssl.get_default_verify_paths().capath
        if not verify or self._insecure or directory is None or (True, False) in self._contexts:
            return self.context(verify=verify)
        if self._lean is None:
            self._lean = _offering("http/1.1")
            self._lean.load_verify_locations(capath=directory)
            if self._ca_file is not None:
                _load(self._lean, self._ca_file)
        return self._lean

    def _built(self, *, verify: bool, http2: bool) -> ssl.SSLContext:
        context = _offering("h2", "http/1.1") if http2 else _offering("http/1.1")
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        import certifi  # with half of the standard library's files and archives behind it

        context.load_default_certs()
        context.load_verify_locations(cafile=certifi.where())
        if self._ca_file is not None:
            _load(context, self._ca_file)
        return context


def _offering(*protocols: str) -> ssl.SSLContext:
    context = Resuming(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(list(protocols))
    return context


def _load(context: ssl.SSLContext, ca_file: str) -> None:
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UserFault(f"cannot read certificates from {ca_file!r}: {error}") from error


def expires_at(connection: ssl.SSLObject | ssl.SSLSocket | None) -> datetime | None:
    """When the peer's certificate ends, UTC; None without TLS, and for a certificate that was not verified."""
    if connection is None or connection.context.verify_mode is ssl.CERT_NONE:
        return None
    certificate = connection.getpeercert(binary_form=True)
    end = certificate_end(certificate) if certificate else None
    return end or _end_in_words(connection.getpeercert())


def _end_in_words(certificate: Mapping[str, object] | None) -> datetime | None:
    end = certificate.get("notAfter") if certificate else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None


@lru_cache(maxsize=256)
def certificate_end(certificate: bytes) -> datetime | None:
    """`notAfter` of a certificate in DER (RFC 5280, 4.1), UTC; None where it is written in an unusual way.

    OpenSSL would put all of it into words first, which costs more than to write a request and read its answer.
    """
    try:
        at = _within(certificate, _within(certificate, 0))
        if certificate[at] == _VERSION:
            at = _behind(certificate, at)
        for _ in ("serial number", "signature", "issuer"):
            at = _behind(certificate, at)
        at = _behind(certificate, _within(certificate, at))
        start = _within(certificate, at)
        text = certificate[start : _behind(certificate, at)].decode("ascii")
        if certificate[at] == _UTC_TIME:
            text = ("19" if text >= "5" else "20") + text
        return datetime.fromisoformat(f"{text[:8]}T{text[8:]}") if _TIME.fullmatch(text) else None
    except (IndexError, ValueError):
        return None


def _within(der: bytes, at: int) -> int:
    """Where the value of the element at `at` begins."""
    length = der[at + 1]
    return at + 2 + (length & 0x7F if length & 0x80 else 0)


def _behind(der: bytes, at: int) -> int:
    """Where the element after the one at `at` begins."""
    length = der[at + 1]
    start = _within(der, at)
    return start + (int.from_bytes(der[at + 2 : start], "big") if length & 0x80 else length)
