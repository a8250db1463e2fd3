"""Shared fixtures: the loopback server's authority, and trust in it."""

from pathlib import Path

import pytest
from servers import Certificates

from linkcheck.probes.tls import Tls


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    """One authority for all servers of a session: keys take time to make."""
    return Certificates()


@pytest.fixture(scope="session")
def ca_file(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The authority as a file for `--ca-file`."""
    return certificates.write_authority(Path(tmp_path_factory.mktemp("trust")) / "ca.pem")


@pytest.fixture(scope="session")
def tls(ca_file: str) -> Tls:
    """Trust in the authority."""
    return Tls(ca_file)
