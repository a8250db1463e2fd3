"""A text that grows by whole parts and knows what still fits, in bytes of UTF-8."""


class PageRoom:
    """Begins with `length_bytes` to fill."""

    def __init__(self, length_bytes: int) -> None:
        self._left_bytes = length_bytes
        self._parts: list[str] = []

    def fits(self, part: str) -> bool:
        """Whether `part` may still be added."""
        return len(part.encode("utf-8", "replace")) <= self._left_bytes

    def add(self, part: str) -> None:
        """Take it, whether it fits or not."""
        self._parts.append(part)
        self._left_bytes -= len(part.encode("utf-8", "replace"))

    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)
