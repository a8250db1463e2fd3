"""A server that answers every request after a pause, on many addresses; run as a process of its own by `server.py`.

Its log has the form of nginx's. It reads requests without bodies, pipelined or not, and keeps connections alive.
"""

import asyncio
import sys
import time
from itertools import count
from typing import TextIO

from corpus import OWN_PATH, PAGE

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
_numbers = count(1)


class _Connection(asyncio.Protocol):
    def __init__(self, pause_s: float, log: TextIO) -> None:
        self._pause_s = pause_s
        self._log = log
        self._number = next(_numbers)
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._host = transport.get_extra_info("sockname")[0]
        self._loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            method, path, _ = request.partition(b"\r\n")[0].decode("latin-1").split(" ", 2)
            self._loop.call_later(self._pause_s, self._answer, method, path)

    def _answer(self, method: str, path: str) -> None:
        if not self._transport.is_closing():
            body = PAGE.replace(OWN_PATH, path).encode()
            self._transport.write(_HEAD % len(body) + (b"" if method == "HEAD" else body))
            self._log.write(f"{time.time():.3f} {self._host} {self._number} HTTP/1.1 200 {method} {path}\n")


async def main() -> None:
    """`argv`: port, pause in seconds, log file, addresses."""
    port, pause_s, name, *hosts = sys.argv[1:]
    with open(name, "a", buffering=1, encoding="utf-8") as log:  # noqa: PTH123  a log for a whole process
        server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(float(pause_s), log), hosts, int(port), backlog=1024
        )
        await server.serve_forever()


asyncio.run(main())
