"""What a user may choose about the shape of reports."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from linkcheck.targets import Rules


class JunitDialect(StrEnum):
    """Whose JUnit: there is no standard, and each reader shows other attributes."""

    JENKINS = "jenkins"
    GITLAB = "gitlab"


class Rendering(Struct, frozen=True):
    """The options of all reports; each takes its own."""

    job: str = "linkcheck"
    """Tells apart the comments and analyses of several checks of one pull request."""
    junit_dialect: JunitDialect = JunitDialect.JENKINS
    csv_bom: bool = False
    step_summary_bytes: int = 900 * 1024
    """Room that is left in GitHub's job summary: it throws away what has more than 1,024 KiB a step, and something is
    left to the step's other commands."""
    rules: "Callable[[], Rules] | None" = None
    """Of sites: by which the sizes of a picture count as one thing; None: those that are shipped."""


DEFAULTS = Rendering()
