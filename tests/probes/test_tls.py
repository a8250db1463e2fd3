import ssl
from pathlib import Path

import pytest

from linkcheck.errors import UserFault
from linkcheck.probes.tls import Tls, expires_at


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
