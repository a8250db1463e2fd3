"""What a user may choose about the shape of reports."""

from enum import StrEnum

from msgspec import Struct


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
    """Room that is left in GitHub's job summary."""


DEFAULTS = Rendering()
