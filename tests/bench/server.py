"""nginx on loopback addresses: plain, TLS with HTTP/1.1, TLS with HTTP/2; a slow server; their logs → what was asked.

Hosts are addresses of 127.0.0.0/8, so that both tools read the same documents and neither needs a name looked up.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme
from corpus import OWN_PATH, PAGE
from measure import BenchFault

HOSTS = tuple(f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(1000))
HTTP2_HOSTS = HOSTS[:50]
SLOW_HOSTS = HOSTS[:100]
PAUSE_S = 0.1
"""How long the slow server waits with each answer."""
_HOSTS_A_CERTIFICATE = 10
_LOGS = ("access.log", "slow.log")
_STARTS_IN_S = 10.0
_PAGE = PAGE.replace(OWN_PATH, "$request_uri")
_SLOW = Path(__file__).with_name("slow.py")
_CONFIG = """
daemon off; {user} worker_processes 1; worker_rlimit_nofile 32768; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 16384; }}
http {{
  log_format seen '$msec $server_addr $connection $server_protocol $status $request_method $request_uri';
  access_log {folder}/access.log seen;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  root {folder}/www; default_type text/html; types {{ image/jpeg jpg; }}
  {servers}
}}
"""
_SERVER = """
server {{ {listens} {certificate}
  location /page/ {{ return 200 '{page}'; }}
  location /gone/ {{ return 404; }}
  location /image/ {{ }} }}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of the log; the time is that of the answer."""

    at: float
    host: str
    connection: int
    protocol: str
    status: int
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Server:
    """A running nginx; `www` holds what it serves."""

    folder: Path
    ports: dict[str, int]
    version: str

    @property
    def www(self) -> Path:
        """The root of what is served."""
        return self.folder / "www"

    @property
    def ca_file(self) -> Path:
        """The certificate authority that both tools are to trust."""
        return self.folder / "ca.pem"

    def url(self, path: str, host: str = HOSTS[0], way: str = "plain") -> str:
        """A URL of this server; `way`: `plain`, `tls` (HTTP/1.1), `http2` or `slow` (plain)."""
        return f"{'https' if way in ('tls', 'http2') else 'http'}://{host}:{self.ports[way]}{path}"

    def forget(self) -> None:
        """Empty the logs."""
        for name in _LOGS:
            os.truncate(self.folder / name, 0)

    def asked(self) -> list[Asked]:
        """What has been answered since the logs were emptied."""
        time.sleep(0.05)
        return [_read(line) for name in _LOGS for line in (self.folder / name).read_text().splitlines()]


def _read(line: str) -> Asked:
    at, host, connection, protocol, status, method, path = line.split(" ", 6)
    return Asked(float(at), host, int(connection), protocol, int(status), method, path)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Start nginx with its files in `folder`, stop it at the end; raises BenchFault when it is missing."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise BenchFault("nginx is missing: install it (Debian and Ubuntu: apt-get install nginx-light)")
    server = _prepared(folder, program)
    process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    slow = subprocess.Popen(
        [sys.executable, _SLOW, str(server.ports["slow"]), str(PAUSE_S), folder / "slow.log", *SLOW_HOSTS]
    )
    try:
        _wait(process, HOSTS[-1], server, "plain")
        _wait(slow, SLOW_HOSTS[-1], server, "slow")
        yield server
    finally:
        for one in (process, slow):
            one.terminate()
            one.wait()


def _prepared(folder: Path, program: str) -> Server:
    (folder / "www").mkdir(parents=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    ports = {way: _free_port() for way in ("plain", "tls", "http2", "slow")}
    servers = _SERVER.format(
        listens=" ".join(f"listen {host}:{ports['plain']};" for host in HOSTS), certificate="", page=_PAGE
    )
    # A certificate for all addresses would be longer than any that a site has; one each would be a thousand of them.
    for first in range(0, len(HOSTS), _HOSTS_A_CERTIFICATE):
        hosts = HOSTS[first : first + _HOSTS_A_CERTIFICATE]
        certificate = folder / f"{first}.pem"
        authority.issue_cert(*hosts).private_key_and_cert_chain_pem.write_to_path(certificate)
        listens = [f"listen {host}:{ports['tls']} ssl;" for host in hosts]
        listens += [f"listen {host}:{ports['http2']} ssl http2;" for host in hosts if host in HTTP2_HOSTS]
        servers += _SERVER.format(
            listens=" ".join(listens),
            certificate=f"ssl_certificate {certificate}; ssl_certificate_key {certificate};",
            page=_PAGE,
        )
    (folder / "slow.log").touch()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_CONFIG.format(folder=folder, user=user, servers=servers))
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stderr
    return Server(folder, ports, said.strip().rpartition("/")[2])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOSTS[0], 0))
        return int(listener.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], host: str, server: Server, way: str) -> None:
    until = time.monotonic() + _STARTS_IN_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection((host, server.ports[way]), timeout=1):
            return
        time.sleep(0.05)
    raise BenchFault(f"the server for `{way}` does not start", (server.folder / "error.log").read_text()[-1000:])
