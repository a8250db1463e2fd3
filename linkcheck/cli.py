"""Words → calls, exit codes, progress. Everything heavy is imported by the command that needs it."""

import errno
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from linkcheck import __version__, options
from linkcheck.errors import LinkcheckError, OurFault, UserFault
from linkcheck.printing import INTERRUPTED, say, silence, writing

if TYPE_CHECKING:
    from linkcheck.config.settings import Settings
    from linkcheck.reports.progress import Progress
    from linkcheck.run import Ran

_OUR_FAULT = 3
_LONG_S = 10.0


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=lambda c, p, v: _version(c, v))
def linkcheck() -> None:
    """Check the links and images of an archive of articles."""


@linkcheck.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.together(options.READING)
@options.together(options.REPORTING)
@options.together(options.RUNNING)
@options.together(options.ASKING)
def run(paths: tuple[str, ...], config_file: str | None, **given: Any) -> None:
    """Check every reference in the documents of PATH and report what is wrong."""
    from linkcheck.config import assembly, outputs
    from linkcheck.config.clock import clock
    from linkcheck.run import run as check
    from linkcheck.stages import failing, report
    from linkcheck.store.connection import faults

    settings, folder = _settings(config_file, given)
    assembly.check(settings)
    # Before the plan, which begins the recording: a mistake must cost nobody the one that is there.
    wanted = outputs.outputs(settings, assembly.kept(settings, folder))
    plan = assembly.plan(settings, paths, folder, clock())
    signal.signal(signal.SIGTERM, _as_keyboard_interrupt)
    progress = _progress(settings)
    progress.start()
    try:
        ran = check(plan, progress)
        progress.stage("reporting")
    finally:
        progress.stop()
    with closing(ran.db):
        with faults(plan.store):
            summary = report.summary(ran.db, ran.run_id)
            _write_reports(ran.db, wanted, summary, outputs.rendering(settings))
        _close(ran, progress, settings)
        if ran.fault is not None:
            raise ran.fault
        if ran.was_interrupted:
            say("interrupted: what was known by then is reported, the rest is skipped")
            sys.exit(INTERRUPTED)
        failed = failing.fails(report.standing(ran.db, ran.run_id, settings.fail_on, ran.against), settings.fail_on)
        _say_never(ran, settings.fail_on)
    sys.exit(1 if failed else 0)


@linkcheck.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.together(options.READING)
def extract(paths: tuple[str, ...], config_file: str | None, **given: Any) -> None:
    """Print every reference in the documents of PATH as JSON Lines. Asks nothing."""
    from linkcheck.config import assembly
    from linkcheck.documents import LeftOut
    from linkcheck.model import Problem
    from linkcheck.reports import record
    from linkcheck.stages import collect

    settings, _ = _settings(config_file, given)
    assembly.check(settings)
    collecting = assembly.collecting(settings, paths)
    documents, number, left_out = 0, 0, LeftOut()
    with writing(None) as out:
        for item in collect.extract(collecting, left_out):
            if isinstance(item, Problem):
                say(f"not read: {item.path}: {item.message}")
                continue
            documents += 1
            number += len(item)
            # Line by line: a large piece may come to a pipe in part, without an error, when its reader has gone.
            out.buffer.writelines(record.lines(item))
    if left_out.number:
        from linkcheck.reports.summary import left_out_sentence

        say(left_out_sentence(left_out.number, [*left_out.first]))
    collect.refuse_nothing(collecting.paths, documents, number, allow_empty=settings.allow_empty)


@linkcheck.command()
@click.option(
    "--run", "run_id", type=click.IntRange(1, 2**63 - 1), metavar="ID", help="Report this run instead of the last one."
)
@click.option("--since", type=click.IntRange(1, 2**63 - 1), metavar="ID", help="Tell what changed since this run.")
@click.option("--baseline", metavar="FILE", help="Tell what changed since this JSON report or baseline.")
@options.together(options.REPORTING)
@options.STORE
@options.CONFIG
def report(run_id: int | None, since: int | None, config_file: str | None, **given: Any) -> None:
    """Render the last run again, or compare any two runs, in any format. Asks nothing."""
    from linkcheck.config import assembly, outputs
    from linkcheck.stages import report as reports
    from linkcheck.store.connection import faults, open_existing

    settings, folder = _settings(config_file, given)
    assembly.check(settings)
    store = assembly.store(settings, folder)
    if since is not None and given["baseline"] is not None:
        raise UserFault("--since and --baseline exclude each other")
    known = assembly.baseline(settings) if given["baseline"] is not None else None
    wanted = outputs.outputs(settings, assembly.kept(settings, folder))
    with faults(store), closing(open_existing(store)) as db:
        run = reports.find(db, run_id)
        summary = reports.summary(db, run.id, reports.compare(db, run, known, since))
        _write_reports(db, wanted, summary, outputs.rendering(settings))


@linkcheck.command()
@click.option("--output", "-o", metavar="FILE", help="Write it there instead of to standard output.")
@click.option(
    "--run", "run_id", type=click.IntRange(1, 2**63 - 1), metavar="ID", help="Of this run, not of the last whole one."
)
@options.STORE
@options.CONFIG
def baseline(output: str | None, run_id: int | None, config_file: str | None, **given: Any) -> None:
    """Write the present problems as a file to commit, for `run --baseline`. Asks nothing."""
    from linkcheck.config import assembly, outputs
    from linkcheck.stages import report as reports
    from linkcheck.store.connection import faults, open_existing

    settings, folder = _settings(config_file, given)
    store = assembly.store(settings, folder)
    outputs.refuse([outputs.Output("baseline", output)], assembly.kept(settings, folder))
    if run_id is None and _wrote_known(settings, output):
        return
    with faults(store), closing(open_existing(store)) as db:
        run = reports.find_whole(db, run_id)
        summary = reports.summary(db, run.id)
        with writing(output) as out:
            reports.write(db, "baseline", out, summary)


def _wrote_known(settings: "Settings", output: str | None) -> bool:
    """Whether there is a team that knows of problems; they are its baseline."""
    from linkcheck.config import assembly

    team = assembly.team(settings)
    if team is None:
        return False
    from linkcheck.reports.baseline import write_rows
    from linkcheck.stages import sharing

    rows = sharing.known(team)
    if rows is None:
        return False
    with writing(output) as out:
        write_rows(out, rows)
    return True


@linkcheck.command()
@click.argument("word", metavar="WORD")
@click.option("--now", is_flag=True, help="Ask again first; only with a URL.")
@options.STORE
@options.CONFIG
@options.together(options.ASKING)
def explain(word: str, now: bool, config_file: str | None, **given: Any) -> None:
    """Explain a reason (what it means, how we know, what to do) or a URL (every request behind its verdict)."""
    from linkcheck.model import Reason
    from linkcheck.verdicts import catalogue

    if word in [reason.value for reason in Reason]:
        if now:
            raise UserFault("--now belongs to a URL; a reason is explained without asking")
        with writing(None) as out:
            out.write(catalogue.page(Reason(word)) + "\n")
        return
    _refuse_unknown_reason(word)
    from linkcheck.config import assembly
    from linkcheck.config.clock import clock
    from linkcheck.config.opening import opened
    from linkcheck.stages import explain as explaining
    from linkcheck.store.connection import faults

    settings, folder = _settings(config_file, given)
    store = assembly.store(settings, folder)
    with faults(store):
        if now:
            _print(assembly.asked_now(settings, word, clock()))
        else:
            with opened(settings, store) as db:
                _print(explaining.explain(db, word))


@linkcheck.command()
@click.argument("url", required=False, metavar="[URL]")
@click.option("--runs", type=click.IntRange(1), metavar="N", help="So many runs, without URL (default 30).")
@click.option("--survival", is_flag=True, help="Draw how links die with age.")
@click.option("--by", type=click.Choice(["host", "kind", "year", "site"]), help="With --survival: a curve for each.")
@click.option(
    "--save-first", is_flag=False, flag_value=50, type=click.IntRange(1), metavar="[N]", help="List what to save first."
)
@click.option("--format", "form", type=click.Choice(["console", "json", "svg"]), default="console", help="Show it as.")
@click.option("--rebuild", is_flag=True, help="Tell every state again from all observations.")
@click.option("--prune", is_flag=True, help="Take out observations that tell nothing any more.")
@click.option("--keep-runs", type=click.IntRange(1), metavar="N", help="With --prune: findings of N runs (default 10).")
@click.option("--keep-looks", type=click.IntRange(1), metavar="N", help="With --prune: N looks a target (default 5).")
@click.option("--export", "to", metavar="FILE", help="Write all observations as compressed JSON Lines.")
@click.option("--import", "source", metavar="FILE", help="Take in what another store exported.")
@options.STORE
@options.CONFIG
def history(config_file: str | None, store: str | None, **given: Any) -> None:
    """Show what was seen when (of URL, or run by run), how links die, and what to save first. Asks nothing."""
    from linkcheck.config import assembly, remembrance

    wishes = remembrance.wishes(given)
    settings, folder = _settings(config_file, {"store": store})
    assembly.check(settings)
    _print(remembrance.lines(settings, assembly.store(settings, folder), wishes, has_unicode=_speaks_unicode()))


def _print(lines: Iterable[str]) -> None:
    """Each line as it comes."""
    for line in lines:
        with writing(None) as out:
            out.write(line + "\n")


def _speaks_unicode() -> bool:
    """Whether standard output can draw curves; ours is UTF-8 unless it is a terminal that says otherwise."""
    return sys.stdout is None or not sys.stdout.isatty() or (sys.stdout.encoding or "").lower().startswith("utf")


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
            say(line)
        sys.exit(fault.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(INTERRUPTED)
    except Exception as fault:  # noqa: BLE001 - the last line of defence: a bug of ours must not look like a dead link
        if isinstance(fault, OSError) and fault.errno == errno.ENOSPC and fault.filename is None:
            silence()
            say(f"cannot write to standard output: {fault.strerror}")
            sys.exit(_OUR_FAULT)
        import traceback

        traceback.print_exc()
        say("this is a fault of linkcheck, not of your links; please report it")
        sys.exit(_OUR_FAULT)
    sys.exit(0)


def _settings(config_file: str | None, given: dict[str, Any]) -> tuple["Settings", Path]:
    """(flags over file over defaults, the folder that the store belongs to)."""
    from linkcheck.config import merging

    settings, folder = merging.settings(Path(config_file) if config_file is not None else None, given)
    _colour(settings)
    return settings, folder


def _progress(settings: "Settings") -> "Progress":
    from linkcheck.reports.plain import progress

    return progress(sys.stderr, os.environ, is_quiet=settings.quiet, is_verbose=settings.verbose)


def _close(ran: "Ran", progress: "Progress", settings: "Settings") -> None:
    """After a run that was long, or when asked: where the time went."""
    timings = progress.timings()
    if settings.quiet or not (settings.verbose or sum(seconds for _, seconds in timings) >= _LONG_S):
        return
    from linkcheck.reports import closing
    from linkcheck.store import hosts

    for line in closing.lines(timings, hosts.slow(ran.db, ran.run_id), hosts.throttled(ran.db, ran.run_id)):
        say(line)


def _colour(settings: "Settings") -> None:
    """What is typed wins over NO_COLOR and FORCE_COLOR, which rich obeys."""
    if settings.color == "always":
        os.environ.pop("NO_COLOR", None)
        os.environ["FORCE_COLOR"] = "1"
    elif settings.color == "never":
        os.environ.pop("FORCE_COLOR", None)
        os.environ["NO_COLOR"] = "1"


def _write_reports(db: Any, outputs: Sequence[Any], summary: Any, rendering: Any) -> None:
    """Every report that can be written, files first; what cannot be costs the others nothing. Raises OurFault."""
    from linkcheck.stages import report

    faults: list[OurFault] = []
    for output in outputs:
        try:
            with writing(output.file, "a" if output.appends else "w") as out:
                report.write(db, output.format, out, summary, rendering)
        except OurFault as fault:
            faults.append(fault)
    if faults:
        raise OurFault("\n".join(map(str, faults)))


def _say_never(ran: "Ran", fail_on: Sequence[str]) -> None:
    """With `never`, say what would have happened: a green run must not look like a healthy archive."""
    if "never" not in fail_on:
        return
    from linkcheck.stages import failing, report

    would = failing.fails(report.standing(ran.db, ran.run_id, ("broken",), ran.against), ("broken",))
    if would:
        say(f"exit 0, since fail_on is 'never'; by default {would} broken references would have failed this run")


def _as_keyboard_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _version(context: click.Context, wanted: bool) -> None:
    if not wanted:
        return
    click.echo(f"linkcheck {__version__}")
    from importlib.metadata import packages_distributions

    others = set(packages_distributions().get("linkcheck", ())) - {"linkcheck-archive"}
    if others:
        say(f"other distributions own files in the package folder 'linkcheck': {', '.join(sorted(others))}")
        say("install linkcheck-archive in an environment of its own")
    context.exit(0)
