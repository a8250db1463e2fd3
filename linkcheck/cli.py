"""Words → calls, exit codes, progress. Everything heavy is imported by the command that needs it."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

import click

from linkcheck import __version__
from linkcheck.errors import LinkcheckError, OurFault, UserFault

if TYPE_CHECKING:
    from linkcheck.config.settings import Settings

INTERRUPTED = 130
_OUR_FAULT = 3
_READING = (
    click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of searching one."),
    click.option("--include", multiple=True, metavar="RE", help="Check only URLs in which RE is found."),
    click.option("--exclude", multiple=True, metavar="RE", help="Do not check URLs in which RE is found."),
    click.option("--exclude-path", multiple=True, metavar="GLOB", help="Do not read files that match."),
    click.option("--kind", multiple=True, metavar="KIND", help="Check only references of this kind."),
    click.option("--extension", multiple=True, metavar="EXT", help="Also read files with this extension."),
    click.option("--hidden/--no-hidden", default=None, help="Read hidden files and folders."),
    click.option("--gitignore/--no-gitignore", default=None, help="Leave out what .gitignore names (default)."),
    click.option("--root", metavar="DIR", help="Where /x starts, and what local references may not leave."),
    click.option("--allow-empty", is_flag=True, default=None, help="Nothing to check is no mistake."),
)
_RUNNING = (
    click.option("--format", "format", multiple=True, metavar="NAME[=FILE]", help="Report: console, json, jsonl."),
    click.option(
        "--fail-on",
        metavar="WHAT[,WHAT]",
        help="Exit with 1 for: broken (default), confirmed, at-risk, redirected, uncertain, new, never.",
    ),
    click.option("--store", metavar="FILE", help="The store (default .linkcheck/store.db)."),
    click.option("--no-store", is_flag=True, default=None, help="Remember nothing."),
    click.option("--max-age", metavar="AGE", help="Use an ok again that is younger than this (default 1d)."),
    click.option("--deadline", metavar="AGE", help="Stop asking after this time."),
)
_ASKING = (
    click.option("--concurrency", type=int, metavar="N", help="Requests under way in all (default 64)."),
    click.option("--host-concurrency", type=int, metavar="N", help="Requests under way at one host (0: no limit)."),
    click.option("--host-rate", type=float, metavar="R", help="Requests a second to one host (0: no limit)."),
    click.option("--timeout", type=float, metavar="S", help="Seconds for one request (default 30)."),
    click.option("--retries", type=int, metavar="N", help="Further attempts after a transient failure (default 2)."),
    click.option(
        "--connect-to", multiple=True, metavar="HOST1:PORT1:HOST2:PORT2", help="Connect elsewhere, keep the name."
    ),
    click.option("--ca-file", metavar="PEM", help="Trust these certificates too."),
    click.option("--insecure", is_flag=True, default=None, help="Accept any certificate."),
    click.option("--allow-private", is_flag=True, default=None, help="Ask private addresses too."),
    click.option("--offline", is_flag=True, default=None, help="Ask nothing."),
    click.option("--record", metavar="FILE", help="Record every exchange into a cassette."),
    click.option("--replay", metavar="FILE", help="Take every answer from a cassette."),
    click.option("--user-agent", metavar="TEXT", help="Say who we are."),
    click.option("--image-check", metavar="HOW", help="Prove images: complete (default), header or decode."),
    click.option("--method", metavar="HOW", help="Ask first by: auto (default), get or head."),
)
Command = Callable[..., Any]


def _with(options: Sequence[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=lambda c, p, v: _version(c, v))
def linkcheck() -> None:
    """Check the links and images of an archive of articles."""


@linkcheck.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@_with(_READING)
@_with(_RUNNING)
@_with(_ASKING)
def run(paths: tuple[str, ...], config_file: str | None, **given: Any) -> None:
    """Check every reference in the documents of PATH and report what is wrong."""
    from linkcheck.config import assembly
    from linkcheck.config.clock import clock
    from linkcheck.run import run as check
    from linkcheck.stages import failing, report

    settings, folder = _settings(config_file, given)
    plan = assembly.plan(settings, paths, folder, clock())
    outputs = assembly.outputs(settings)
    signal.signal(signal.SIGTERM, _as_keyboard_interrupt)
    progress = _progress()
    progress.start()
    try:
        ran = check(plan, progress)
    finally:
        progress.stop()
    summary = report.summary(ran.db, ran.run_id)
    # Files first: whoever leaves our standard output early must not cost them.
    for output in sorted(outputs, key=lambda output: output.file is None):
        with _opened(output.file) as out:
            report.write(ran.db, output.format, out, summary)
    if ran.was_interrupted:
        _say("interrupted: what was known by then is reported, the rest is skipped")
        sys.exit(INTERRUPTED)
    failed = failing.fails(summary.changes, summary.confirmed, settings.fail_on)
    _say_never(summary, settings.fail_on)
    sys.exit(1 if failed else 0)


@linkcheck.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@_with(_READING)
def extract(paths: tuple[str, ...], config_file: str | None, **given: Any) -> None:
    """Print every reference in the documents of PATH as JSON Lines. Asks nothing."""
    import msgspec

    from linkcheck.config import assembly
    from linkcheck.model import Problem
    from linkcheck.reports import record
    from linkcheck.stages import collect

    settings, _ = _settings(config_file, given)
    assembly.check(settings)
    collecting = assembly.collecting(settings, paths)
    documents = number = 0
    with _opened(None) as out:
        for item in collect.extract(collecting):
            if isinstance(item, Problem):
                _say(f"not read: {item.path}: {item.message}")
                continue
            documents += 1
            number += len(item)
            for reference in item:
                out.buffer.write(msgspec.json.encode(record.of_reference(reference)) + b"\n")
    collect.refuse_nothing(collecting.paths, documents, number, allow_empty=settings.allow_empty)


@linkcheck.command()
@click.option(
    "--run", "run_id", type=click.IntRange(1, 2**63 - 1), metavar="ID", help="Report this run instead of the last one."
)
@click.option("--format", "format", multiple=True, metavar="NAME[=FILE]", help="Report: console, json, jsonl.")
@click.option("--store", metavar="FILE", help="The store (default .linkcheck/store.db).")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of searching one.")
def report(run_id: int | None, config_file: str | None, **given: Any) -> None:
    """Render the last run again, in any format. Asks nothing."""
    from linkcheck.config import assembly
    from linkcheck.stages import report as reports
    from linkcheck.store.connection import faults, open_existing

    settings, folder = _settings(config_file, given)
    assembly.check(settings)
    store = assembly.store(settings, folder)
    with faults(store):
        db = open_existing(store)
        summary = reports.summary(db, run_id)
        for output in assembly.outputs(settings):
            with _opened(output.file) as out:
                reports.write(db, output.format, out, summary)


@linkcheck.command()
@click.argument("word", metavar="WORD")
@click.option("--now", is_flag=True, help="Ask again first; only with a URL.")
@click.option("--store", metavar="FILE", help="The store (default .linkcheck/store.db).")
@click.option("--config", "config_file", metavar="FILE", help="Read this configuration instead of searching one.")
@_with(_ASKING)
def explain(word: str, now: bool, config_file: str | None, **given: Any) -> None:
    """Explain a reason (what it means, how we know, what to do) or a URL (every request behind its verdict)."""
    from linkcheck.model import Reason
    from linkcheck.verdicts import catalogue

    if word in [reason.value for reason in Reason]:
        click.echo(catalogue.page(Reason(word)))
        return
    _refuse_unknown_reason(word)
    from linkcheck.config import assembly
    from linkcheck.config.clock import clock
    from linkcheck.stages import explain as explaining
    from linkcheck.store.connection import faults, open_existing

    settings, folder = _settings(config_file, given)
    store = assembly.store(settings, folder)
    with faults(store):
        lines = assembly.asked_now(settings, word, clock()) if now else explaining.explain(open_existing(store), word)
        for line in lines:
            click.echo(line)


def _refuse_unknown_reason(word: str) -> None:
    """A word that can be no URL is meant as a reason."""
    from linkcheck.config.settings import suggestion
    from linkcheck.errors import UserFault
    from linkcheck.model import Reason

    if not any(mark in word for mark in ":/.#"):
        raise UserFault(f"'{word}' is no reason{suggestion(word, [reason.value for reason in Reason])}")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `linkcheck`; never returns."""
    try:
        linkcheck.main(args=arguments, prog_name="linkcheck", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except LinkcheckError as fault:
        for line in str(fault).splitlines():
            _say(line)
        sys.exit(fault.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)
    except Exception:  # noqa: BLE001 - the last line of defence: a bug of ours must not look like a dead link
        traceback.print_exc()
        _say("this is a fault of linkcheck, not of your links; please report it")
        sys.exit(_OUR_FAULT)
    sys.exit(0)


def _settings(config_file: str | None, given: dict[str, Any]) -> tuple["Settings", Path]:
    """(flags over file over defaults, the folder that the store belongs to)."""
    from linkcheck.config import merging

    return merging.settings(Path(config_file) if config_file is not None else None, given)


def _progress() -> Any:
    from linkcheck.reports.live import live_progress

    return live_progress(sys.stderr)


@contextmanager
def _opened(file: str | None) -> Iterator[TextIO]:
    """A report's file, or standard output; raises OurFault when it cannot be written to the end."""
    name = f"the report '{file}'" if file is not None else "to standard output"
    try:
        if file is None:
            yield _standard_output()
            sys.stdout.flush()
        else:
            with Path(file).open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
                yield out
    except BrokenPipeError:
        # Whoever read our output has gone; click would make a 1 of it.
        _silence()
        sys.exit(INTERRUPTED)
    except OSError as error:
        if file is None:
            _silence()
        raise OurFault(f"cannot write {name}: {error.strerror}") from error


def _standard_output() -> TextIO:
    if sys.stdout is None:
        raise UserFault("standard output is closed; write the report to a file by --format NAME=FILE")
    # Names of files may hold anything; what cannot be printed must not end the report.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    return sys.stdout


def _silence() -> None:
    """Let nobody flush standard output at exit, where Python would complain once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str) -> None:
    from linkcheck.reports.printable import printable

    click.echo(f"linkcheck: {printable(message)}", err=True)


def _say_never(summary: Any, fail_on: Sequence[str]) -> None:
    """With `never`, say what would have happened: a green run must not look like a healthy archive."""
    from linkcheck.stages import failing

    would = failing.fails(summary.changes, summary.confirmed, ("broken",))
    if "never" in fail_on and would:
        _say(f"exit 0, since fail_on is 'never'; by default {would} broken references would have failed this run")


def _as_keyboard_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _version(context: click.Context, wanted: bool) -> None:
    if not wanted:
        return
    click.echo(f"linkcheck {__version__}")
    from importlib.metadata import packages_distributions

    others = set(packages_distributions().get("linkcheck", ())) - {"linkcheck-archive"}
    if others:
        _say(f"other distributions own files in the package folder 'linkcheck': {', '.join(sorted(others))}")
        _say("install linkcheck-archive in an environment of its own")
    context.exit(0)
