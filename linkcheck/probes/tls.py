"""Which certificates are trusted → the `ssl.SSLContext`s that every transport shares.

Invariant: trust is the same with every transport: certifi, the system's store, and the file the user named.
"""

import ssl
from datetime import UTC, datetime

from linkcheck.errors import UserFault

_SESSIONS_KEPT = 256


class Resuming(ssl.SSLContext):
    """A context that takes sessions up again where a name's were remembered.

    One is used for its own name only: the certificate was checked for that, and is not checked again.
    """

    def session(self, name: str) -> ssl.SSLSession | None:
        """What was remembered for `name`."""
        return self._sessions().get(name)

    def remember(self, name: str, connection: ssl.SSLSocket) -> None:
        """Keep the session of a connection of this context to `name`, unless there is one."""
        sessions = self._sessions()
        session = None if name in sessions else connection.session
        if session is None:
            return
        if len(sessions) >= _SESSIONS_KEPT:
            del sessions[next(iter(sessions))]
        sessions[name] = session

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

    def _built(self, *, verify: bool, http2: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if http2 else Resuming(ssl.PROTOCOL_TLS_CLIENT)
        context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
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


def _load(context: ssl.SSLContext, ca_file: str) -> None:
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UserFault(f"cannot read certificates from {ca_file!r}: {error}") from error


def expires_at(connection: ssl.SSLObject | ssl.SSLSocket | None) -> datetime | None:
    """When the peer's certificate ends, UTC; None without TLS, and for a certificate that was not verified."""
    certificate = connection.getpeercert() if connection is not None else None
    end = certificate.get("notAfter") if certificate else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None
