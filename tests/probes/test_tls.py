import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from linkcheck.errors import UserFault
from linkcheck.probes.tls import Tls, _end_in_words, certificate_end, expires_at

KEY = ec.generate_private_key(ec.SECP256R1())
AUTHORITY = ssl.PEM_cert_to_DER_cert(trustme.CA().cert_pem.bytes().decode())


def test_a_context_is_built_once_for_all(ca_file: str) -> None:
    """Loading the stores takes time: everybody shares a context, but not with those who do not verify."""
    tls = Tls(ca_file)
    assert tls.context() is tls.context()
    assert len({tls.context(verify=verify, http2=http2) for verify in (True, False) for http2 in (True, False)}) == 4


def test_verification_is_the_default_and_can_be_switched_off(ca_file: str) -> None:
    """--insecure trusts everybody, and nothing else does but a diagnostic look."""
    assert Tls(ca_file).context().verify_mode is ssl.CERT_REQUIRED
    assert Tls(ca_file).context().check_hostname
    for context in (Tls(ca_file).context(verify=False), Tls(insecure=True).context()):
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_the_public_authorities_are_trusted_too(ca_file: str) -> None:
    """A file of my own comes on top of the usual trust."""
    assert len(Tls(ca_file).context().get_ca_certs()) == len(Tls().context().get_ca_certs()) + 1 > 100


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bad_file_of_authorities_is_my_mistake(tmp_path: Path, content: bytes | None) -> None:
    """A missing or empty file, or one without certificates, is said at once."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserFault, match=r"cannot read certificates from '.*ca\.pem'"):
        Tls(str(file))


def test_without_tls_nothing_expires() -> None:
    """A plain connection has no certificate."""
    assert expires_at(None) is None


CERTIFICATE_ENDS = st.datetimes(datetime(1951, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))


@settings(max_examples=40, deadline=None)
@given(end=CERTIFICATE_ENDS, serial=st.integers(1, 2**159 - 1), name=st.text("abc", min_size=1, max_size=60))
def test_the_end_of_a_certificate_is_read_as_openssl_reads_it(
    tmp_path_factory: pytest.TempPathFactory, end: datetime, serial: int, name: str
) -> None:
    """Before and after 2050, when its form changes; with numbers and names of any length."""
    end = end.replace(microsecond=0)
    called = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(1950, 1, 1, tzinfo=UTC))
        .not_valid_after(end)
        .sign(KEY, hashes.SHA256())
    )
    path = tmp_path_factory.getbasetemp() / "end.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    words = ssl._ssl._test_decode_cert(str(path))
    assert words["notAfter"].endswith(" GMT")
    assert certificate_end(certificate.public_bytes(serialization.Encoding.DER)) == end
    assert _end_in_words(words) == end


@given(st.binary(max_size=80), st.integers(0, 400), st.integers(0, 255))
def test_what_is_no_certificate_has_no_end(junk: bytes, place: int, value: int) -> None:
    """Any bytes at all, and a certificate with one byte changed: a time or None, nothing is raised."""
    changed = AUTHORITY[:place] + bytes([value]) + AUTHORITY[place + 1 :]
    for text in (junk, changed, changed[:place]):
        assert certificate_end(text) is None or isinstance(certificate_end(text), datetime)
