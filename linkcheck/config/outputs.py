"""Settings and the environment → where each report goes, looked at before anything is asked."""

import os
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from linkcheck.config.files import is_same
from linkcheck.config.rules import rules
from linkcheck.config.settings import Settings
from linkcheck.errors import UserFault
from linkcheck.reports.rendering import DEFAULTS, Rendering

CLOSED = "standard output is closed; write the report to a file by --format NAME=FILE"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""GitHub names the file of a step's summary by this variable."""


class Output(Struct, frozen=True):
    """Where one report goes."""

    format: str
    file: str | None
    """None: standard output."""
    appends: bool = False
    """Whether what is in the file stays."""


def outputs(settings: Settings, kept: Sequence[Path] = ()) -> list[Output]:
    """The reports that are wanted, files first: whoever reads standard output may leave early.

    `kept`: files that no report may overwrite. Raises UserFault at once for a file that cannot be written.
    """
    wanted = []
    for form in settings.format:
        name, mark, file = form.partition("=")
        wanted.append(Output(name, file if mark else None))
    refuse(wanted, kept)
    summary = _step_summary(wanted, os.environ)
    _refuse_unwritable(summary)
    return sorted([*wanted, *summary], key=lambda output: output.file is None)


def refuse(wanted: Sequence[Output], kept: Sequence[Path]) -> None:
    """Raise UserFault for reports that cannot be written, or would destroy one of the files `kept`."""
    if sys.stdout is None and any(output.file is None for output in wanted):
        raise UserFault(CLOSED)
    _refuse_unwritable(wanted)
    _refuse_the_same(wanted, kept)


def rendering(settings: Settings) -> Rendering:
    """The options of all reports."""
    return Rendering(
        job=settings.job,
        junit_dialect=settings.junit_dialect,
        csv_bom=settings.csv_bom,
        step_summary_bytes=max(0, DEFAULTS.step_summary_bytes - _size_bytes(os.environ.get(STEP_SUMMARY))),
        rules=rules(settings),
    )


def _step_summary(wanted: Sequence[Output], environment: Mapping[str, str]) -> list[Output]:
    """`github` fills the step's summary too, unless another report is sent there by name."""
    file = environment.get(STEP_SUMMARY)
    is_wanted = any(output.format == "github" for output in wanted)
    is_taken = any(output.file is not None and file and is_same(output.file, file) for output in wanted)
    return [Output("step-summary", file, appends=True)] if file and is_wanted and not is_taken else []


def _refuse_unwritable(wanted: Sequence[Output]) -> None:
    for output in wanted:
        if output.file is not None:
            _writable(Path(output.file))


def _refuse_the_same(wanted: Sequence[Output], kept: Sequence[Path]) -> None:
    """Two spellings of one file, and files of ours that a report would destroy."""
    files = [output.file for output in wanted if output.file is not None]
    for number, file in enumerate(files):
        for other in files[:number]:
            if is_same(file, other):
                raise UserFault(f"two reports into the same file: '{other}' and '{file}'")
        for own in kept:
            if is_same(file, str(own)):
                raise UserFault(f"the report '{file}' would overwrite a file that this command reads")


def _writable(path: Path) -> None:
    try:
        existed = path.exists()
        with path.open("a"):
            pass
        if not existed and stat.S_ISREG(path.stat().st_mode):
            path.unlink()
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise UserFault(f"cannot write the report '{path}': {said}") from error


def _size_bytes(file: str | None) -> int:
    try:
        return Path(file).stat().st_size if file else 0
    except OSError:
        return 0
