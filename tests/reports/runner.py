"""A line of a job's log → the workflow command that GitHub's runner sees in it, by the rules of its ActionCommand."""

from dataclasses import dataclass

_COMMANDS = frozenset(
    "add-mask add-path add-matcher remove-matcher debug echo endgroup error group notice save-state set-env"
    " set-output stop-commands warning".split()
)
# The runner unescapes in this order, `%25` last.
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))


@dataclass(frozen=True)
class Command:
    """What the runner would do."""

    name: str
    properties: dict[str, str]
    data: str


def command(line: str) -> Command | None:
    """`::name key=value,…::data` at the start of a line, else `##[name key=value;…]data` anywhere in it."""
    return _new(line.lstrip()) or _old(line)


def commands(log: str) -> list[Command]:
    """All of a log; the runner reads lines that end at LF, CRLF or a lone CR."""
    lines = log.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [found for found in map(command, lines) if found is not None]


def _new(line: str) -> Command | None:
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    return _parsed(line[2:end], line[end + 2 :], ",", _PROPERTY, _DATA)


def _old(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    return _parsed(line[start + 3 : end], line[end + 1 :], ";", _OLD, _OLD)


def _parsed(
    head: str, data: str, separator: str, of_property: tuple[tuple[str, str], ...], of_data: tuple[tuple[str, str], ...]
) -> Command | None:
    name, _, properties = head.partition(" ")
    if name.lower() not in _COMMANDS:
        return None
    pairs = [pair.split("=", 1) for pair in properties.strip().split(separator) if "=" in pair]
    return Command(name, {key: _unescaped(value, of_property) for key, value in pairs}, _unescaped(data, of_data))


def _unescaped(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    for escape, character in escapes:
        text = text.replace(escape, character)
    return text
