"""A PostgreSQL server of our own: made, started on loopback with a password, stopped and taken away with the tests."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

USER, PASSWORD = "lister", "sesame-9f3"
_SETTINGS = {
    "fsync": "off",
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "16MB",
    "max_connections": "30",
    "timezone": "Asia/Kathmandu",
}
"""A time zone that nobody expects: times must not depend on it."""


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`; None when PostgreSQL is not installed."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "pg_ctl").is_file()), None)


def _owner() -> dict[str, object]:
    """As whom a server runs: it refuses to run as root."""
    if os.getuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


@dataclass
class Postgres:
    """A server that can be stopped and started again."""

    folder: Path
    bin: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str, password: str = PASSWORD) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def database(self, *options: str) -> str:
        """The address of a new and empty database."""
        name = f"db{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(" ".join(("CREATE DATABASE", name, *options)).encode())
        return self.url(name)

    def start(self) -> None:
        settings = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        place = f"-p {self.port} -k {self.folder}"
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", f"{place} {settings}", "start")

    def stop(self) -> None:
        """At once, as if it were killed."""
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if (owner := _owner()) and isinstance(uid := owner["user"], int):
            for path in (self.folder, secret):
                os.chown(path, uid, -1)
        words = ("--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run("initdb", "-D", "data", "-U", USER, f"--pwfile={secret}", *words)

    def _run(self, program: str, *words: str) -> None:
        # Not a pipe: the server would hold it open.
        with (self.folder / "said").open("w") as said:
            done = subprocess.run(
                [self.bin / program, *words],
                cwd=self.folder,
                stdout=said,
                stderr=said,
                timeout=60,
                check=False,
                **_owner(),  # type: ignore[call-overload]
            )
        assert done.returncode == 0, (self.folder / "said").read_text()


@contextmanager
def running(bin: Path) -> Iterator[Postgres]:  # noqa: A002 - the folder is called so
    """A new server."""
    # A short path, since a socket's has at most 107 bytes; and one that another user may enter.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = Postgres(folder, bin, _free_port())
    try:
        server.make()
        server.start()
        yield server
    finally:
        if (folder / "data/postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
