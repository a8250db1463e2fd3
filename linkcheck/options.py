"""The options of the commands, those together that several commands share; what they mean is `config`'s."""

from collections.abc import Callable, Sequence
from typing import Any

import click

Command = Callable[..., Any]
CONFIG = click.option(
    "--config", "config_file", metavar="FILE", help="Read this configuration instead of searching one."
)
STORE = click.option(
    "--store", metavar="FILE", help="The store (default .linkcheck/store.db), or postgresql://HOST/DB."
)
READING = (
    CONFIG,
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
REPORTING = (
    click.option(
        "--format",
        "format",
        multiple=True,
        metavar="NAME[=FILE]",
        help="Report: console, json, jsonl, junit, sarif, github, gitlab, markdown, html, csv, baseline.",
    ),
    click.option("--color", metavar="WHEN", help="Colours: auto (default: on a terminal), always, never."),
    click.option("--job", metavar="NAME", help="Tells apart the comments and analyses of several checks."),
    click.option("--junit-dialect", metavar="WHOSE", help="For whom junit is written: jenkins (default), gitlab."),
    click.option("--csv-bom", is_flag=True, default=None, help="Begin csv with a byte order mark, for Excel."),
)
RUNNING = (
    click.option(
        "--fail-on",
        metavar="WHAT[,WHAT]",
        help="Exit with 1 for: broken (default), confirmed, at-risk, redirected, uncertain, new, never.",
    ),
    STORE,
    click.option("--no-store", is_flag=True, default=None, help="Remember nothing."),
    click.option("--resume", is_flag=True, default=None, help="Go on with a run that was killed or interrupted."),
    click.option("--baseline", metavar="FILE", help="Compare with this JSON report, or with what `baseline` wrote."),
    click.option(
        "--changed",
        is_flag=False,
        flag_value="",
        metavar="[BASE]",
        help="Read only the documents that differ from BASE in git (default: what the pull request goes into).",
    ),
    click.option("--max-age", metavar="AGE", help="Use a younger ok again (default 1d; auto: by due times)."),
    click.option("--quiet", "-q", is_flag=True, default=None, help="Say nothing but what is wrong."),
    click.option("--verbose", "-v", is_flag=True, default=None, help="Tell each verdict as it comes, and the timings."),
    click.option("--deadline", metavar="AGE", help="Stop asking after this time, the most overdue first."),
    click.option("--budget", type=int, metavar="N", help="Send at most N requests, for the most overdue first."),
)
ASKING = (
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
    click.option("--transport", metavar="HOW", help="Ask through: auto (default), wire or httpx."),
)


def together(options: Sequence[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """A decorator that gives a command these options, in this order."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add
