"""The command `linkcheck` under watch: `watched.py LOG WORDS...` writes what it connects to into LOG.

Nothing but loopback is let through; names are answered for here: `nxdomain…` does not exist, `servfail…` cannot be
looked up just now, any other is written down as a leak.
"""

import ipaddress
import socket
import sys
from pathlib import Path
from typing import Any

import uvloop


def watch(log: str) -> None:
    """Audit this process from now on."""
    # opened once: opening is audited too
    file = Path(log).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115 - open as long as the process

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            address = arguments[1]
            file.write(f"connect {address[0]}\n")
            if address[0] != "127.0.0.1":
                raise PermissionError(f"the world of this test ends here: {address}")
        elif event == "socket.getaddrinfo" and not _is_literal(arguments[0]):
            file.write(f"resolve {arguments[0]}\n")
            raise _no_address(str(arguments[0]))

    sys.addaudithook(hook)
    _watch_uvloop()


def _watch_uvloop() -> None:
    """uvloop connects by itself, below what Python audits."""
    connect = uvloop.Loop.create_connection

    async def watched(loop: uvloop.Loop, build: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        if host is not None:
            sys.audit("socket.connect", None, (host, port))
        return await connect(loop, build, host, port, **options)

    uvloop.Loop.create_connection = watched


def _no_address(name: str) -> socket.gaierror:
    if name.startswith("servfail"):
        return socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _is_literal(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    watch(sys.argv[1])
    from linkcheck.cli import main

    main(sys.argv[2:])
