"""Host name → addresses, each name asked once a run, several at a time, off the event loop.

Invariant: one lookup a name in flight; what was learned is kept, bad news too, except "try again".
"""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

Resolver = Callable[[str], Sequence[str]]
"""A name → its literal addresses in the order to try them; raises `socket.gaierror`. Called in a thread."""

Answer = tuple[str, ...] | socket.gaierror
"""What a lookup came to: one address or more, or why there is none."""


def system_resolver(name: str) -> tuple[str, ...]:
    """What the operating system says, in its order (RFC 6724), hosts file included."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def table_resolver(table: Mapping[str, Sequence[str]]) -> Resolver:
    """A resolver that knows the names of `table` and no other."""

    def resolver(name: str) -> Sequence[str]:
        if name not in table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return table[name]

    return resolver


class Names:
    """The memory of one run's lookups, for one event loop at a time."""

    def __init__(self, resolver: Resolver = system_resolver, threads: int = 32) -> None:
        self._resolver = resolver
        self._answers: dict[str, asyncio.Future[Answer]] = {}
        # asyncio's own executor has cores + 4 threads: a few dead name servers would hold up every lookup
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="names")

    async def addresses(self, name: str) -> Answer:
        """The addresses of `name`, from memory where possible; a failed lookup is a value."""
        answer = self._answers.get(name)
        if answer is None:
            answer = asyncio.ensure_future(self._ask(name))
            self._answers[name] = answer
        # shielded: one caller's cancellation must not take the answer from the others
        return await asyncio.shield(answer)

    async def _ask(self, name: str) -> Answer:
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._resolver, name)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                self.forget(name)
            return error
        except UnicodeError:
            # the codec behind getaddrinfo refuses labels that no name can have (empty, over 63 bytes)
            return socket.gaierror(socket.EAI_NONAME, "not a possible host name")
        except OSError as error:
            self.forget(name)
            return socket.gaierror(socket.EAI_FAIL, str(error))
        return tuple(found) or socket.gaierror(socket.EAI_NONAME, "no address")

    def forget(self, name: str) -> None:
        """Ask anew the next time: before a confirming look."""
        self._answers.pop(name, None)

    def close(self) -> None:
        """Let go of the threads; a lookup under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
