"""What a user may choose about asking; light, since the configuration is read in every run and most ask nothing."""

from enum import StrEnum


class ImageCheck(StrEnum):
    """How far an image is proved."""

    COMPLETE = "complete"
    HEADER = "header"
    DECODE = "decode"


class Carrier(StrEnum):
    """Which transport asks."""

    AUTO = "auto"
    """The fast one; the reference transport for what it does not understand, and at once where that is known."""
    WIRE = "wire"
    """The fast one first, always."""
    HTTPX = "httpx"
    """The reference transport alone."""


class Method(StrEnum):
    """How a target is asked first."""

    AUTO = "auto"
    GET = "get"
    HEAD = "head"
