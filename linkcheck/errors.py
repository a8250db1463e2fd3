"""The faults that end a run: the user's and our own. What the web does is a value, never one of these.

LinkcheckError
├── UserFault            exit 2: wrong usage or configuration
│   ├── InputFault           nothing to read, or a named path that cannot be read
│   └── ConfigurationFault   every mistake of a configuration, each with its place
└── OurFault             exit 3
    ├── CassetteFault        a recording that is unusable, or lacks what is asked
    ├── StoreFault           a store that is unusable
    │   └── StoreLoss            full, read-only or damaged: a run goes on without it
    └── NetworkFault         our own network is down: nothing may be judged
"""


class LinkcheckError(Exception):
    """A fault with one clear sentence; `exit_code` is what the command ends with."""

    exit_code = 3


class UserFault(LinkcheckError):
    """Wrong usage."""

    exit_code = 2


class InputFault(UserFault):
    """Nothing to read, or a named path that cannot be read."""


class ConfigurationFault(UserFault):
    """A configuration that cannot be used; `mistakes` has one sentence each, with file and line."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class OurFault(LinkcheckError):
    """Not the user's doing and not the web's."""


class CassetteFault(OurFault):
    """A recording that cannot be read or written, or has no answer to what is asked."""


class StoreFault(OurFault):
    """A store that cannot be opened, read or written."""


class StoreLoss(StoreFault):
    """A store that cannot be written or read any more, which is no reason to lose what a run finds."""


class NetworkFault(OurFault):
    """Our own network is down."""
