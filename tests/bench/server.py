"""nginx on loopback addresses: plain, TLS with HTTP/1.1, TLS with HTTP/2; and its log → what was really asked.

Hosts are addresses of 127.0.0.0/8, so that both tools read the same documents and neither needs a name looked up.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme
from corpus import PAGE
from measure import BenchFault

HOSTS = tuple(f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(500))
_STARTS_IN_S = 5.0
_CONFIG = """
daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
  log_format seen '$msec $server_addr $connection $server_protocol $status $request_method $request_uri';
  access_log {folder}/access.log seen;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  root {folder}/www; default_type text/html; types {{ image/jpeg jpg; }}
  ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.pem;
  {servers}
}}
"""
_SERVER = """
server {{ {listens}
  location /page/ {{ try_files /page.html =404; }}
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
        """A URL of this server; `way`: `plain`, `tls` (HTTP/1.1) or `http2`."""
        return f"{'http' if way == 'plain' else 'https'}://{host}:{self.ports[way]}{path}"

    def forget(self) -> None:
        """Empty the log."""
        os.truncate(self.folder / "access.log", 0)

    def asked(self) -> list[Asked]:
        """What has been answered since the log was emptied."""
        time.sleep(0.05)
        lines = (self.folder / "access.log").read_text().splitlines()
        return [_read(line) for line in lines]


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
    try:
        _wait(process, server)
        yield server
    finally:
        process.terminate()
        process.wait()


def _prepared(folder: Path, program: str) -> Server:
    (folder / "www").mkdir(parents=True)
    (folder / "www" / "page.html").write_text(PAGE, encoding="utf-8")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert(HOSTS[0]).private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    ports = {way: _free_port() for way in ("plain", "tls", "http2")}
    listens = {
        "plain": " ".join(f"listen {host}:{ports['plain']};" for host in HOSTS),
        "tls": f"listen {HOSTS[0]}:{ports['tls']} ssl;",
        "http2": f"listen {HOSTS[0]}:{ports['http2']} ssl http2;",
    }
    servers = "".join(_SERVER.format(listens=listen) for listen in listens.values())
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_CONFIG.format(folder=folder, user=user, servers=servers))
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stderr
    return Server(folder, ports, said.strip().rpartition("/")[2])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOSTS[0], 0))
        return int(listener.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], server: Server) -> None:
    until = time.monotonic() + _STARTS_IN_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection((HOSTS[-1], server.ports["plain"]), timeout=1):
            return
        time.sleep(0.05)
    raise BenchFault("nginx does not start", (server.folder / "error.log").read_text()[-1000:])
