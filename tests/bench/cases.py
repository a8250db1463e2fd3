"""What is measured, in the page's order: each case with its goals, and why we are behind where we are."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobs import (
    Job,
    asking_takes_s,
    distinct,
    extraction,
    handshakes,
    head_of_line,
    https,
    images,
    latency,
    makespan,
    many_hosts,
    one_host,
    one_small_file,
    other_host_waits_s,
    unchanged,
    usage,
    whole_run,
)
from server import Asked
from tools import Tools

URL = "URL"
FILE = "file"
START = "start"


@dataclass(frozen=True, slots=True)
class Goals:
    """What we want to reach: ratios to lychee, or absolute figures of ours; None: no goal."""

    cpu: float | None = None
    """At most so many times lychee's."""
    throughput: float | None = None
    """At least so many times lychee's."""
    memory: float | None = None
    """At most so many times lychee's."""
    cpu_s: float | None = None
    """At most, for a run."""
    wall_s: float | None = None
    """At most, for a run."""
    peak_mb: float | None = None
    """At most."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured, and how it is read."""

    title: str
    unit: str
    build: Callable[[Tools, Path], Job]
    most_pairs: int = 99
    observed: str | None = None
    """Name of a further figure, drawn from the server's log."""
    observe: Callable[[list[Asked]], float] | None = None
    goals: Goals = Goals()
    why: str = ""
    """Why we are behind in this case when we are: a sentence for the page."""
    by_name_only: bool = False
    """Whether it takes minutes and is measured only when it is asked for."""


_OTHER_HOST = "first request to the other host, s after the run's first"
_ASKING = "first to last request, s (lower bound 4.95)"
_MAKESPAN_S = 1.1 * 4.95
_LATENCY = "first to last answer, s (lower bound 1.50)"
_PYTHON = "A Python interpreter and our imports cost more than lychee's whole run; the work itself comes on top."
_HTTP2 = (
    "Over HTTP/2 lychee multiplexes and drops the streams of bodies it does not want; we ask over HTTP/1.1 and read "
    "what we prove."
)
_AROUND = (
    "The wire takes a tenth of it. The rest is what lychee does not do, in Python: the facts of each page, five rows "
    "in a store, a finding with its evidence and history for every reference, and a report of them all."
)
_PROVED = "Each image is read, digested (a fifth of it is SHA-256) and proved to be whole; lychee drops the bodies."
_BY_HEADER = "A third of it is our start-up. Each image is proved by its first 4 KB, and gets five rows in a store."
_PACED = "The wall time is that of the pace; CPU and memory are those of Python, our start-up and a store."
CASES: dict[str, Case] = {
    "extraction": Case(
        "5,000 articles extracted, with exact spans (lychee: `--dump`, without positions)",
        FILE,
        extraction,
        goals=Goals(cpu=1.2, throughput=0.9, memory=3),
        why="Each of nine references a file gets kind, exact place and targets and is printed, by Python: some 20 µs "
        "each, where lychee prints a URL. A sixth of the time is our start-up.",
    ),
    "one-host": Case(
        "10,000 plain URLs, 1 host, unthrottled",
        URL,
        one_host,
        goals=Goals(cpu=0.6, throughput=1.6, memory=0.6),
        why=_AROUND,
    ),
    "many-hosts": Case(
        "5,000 plain URLs, 500 hosts, unthrottled",
        URL,
        many_hosts,
        goals=Goals(cpu=0.6, throughput=1.6, memory=0.6),
        why=_AROUND,
    ),
    "https": Case(
        "5,000 HTTPS URLs, 1 host, keep-alive",
        URL,
        https,
        goals=Goals(cpu=1.0, throughput=1.1, memory=0.8),
        why=_AROUND,
    ),
    "handshakes": Case(
        "2,000 HTTPS URLs, 1,000 hosts (handshakes)",
        URL,
        handshakes,
        goals=Goals(cpu=1.2, throughput=0.9, memory=1.2),
        why="A full handshake is OpenSSL's work, and costs it more than lychee's rustls.",
    ),
    "images-complete": Case(
        "2,000 HTTPS images, 20-200 KB, `complete`, HTTP/1.1",
        URL,
        images("complete", "tls"),
        goals=Goals(cpu=0.75, throughput=1.5, memory=0.8),
        why=_PROVED,
    ),
    "images-complete-http2": Case(
        "2,000 HTTPS images, 20-200 KB, `complete`, HTTP/2", URL, images("complete", "http2"), why=_HTTP2
    ),
    "images-header": Case(
        "2,000 HTTPS images, 20-200 KB, `header`, HTTP/1.1",
        URL,
        images("header", "tls"),
        goals=Goals(cpu=0.4, throughput=2.5, memory=0.8),
        why=_BY_HEADER,
    ),
    "images-header-http2": Case(
        "2,000 HTTPS images, 20-200 KB, `header`, HTTP/2",
        URL,
        images("header", "http2"),
        goals=Goals(cpu=0.9, throughput=1.0),
        why=_HTTP2,
    ),
    "latency": Case(
        "4,000 plain URLs, 100 hosts that answer after 100 ms, 256 requests under way",
        URL,
        latency,
        observed=_LATENCY,
        observe=asking_takes_s,
        goals=Goals(cpu=0.6, throughput=1.0),
        why=_AROUND,
    ),
    "head-of-line": Case(
        "600 URLs on one host, then 20 on another, a document each, 20/s a host",
        URL,
        head_of_line(a_document_each=True),
        most_pairs=2,
        observed=_OTHER_HOST,
        observe=other_host_waits_s,
        why=_PACED,
    ),
    "head-of-line-mixed": Case(
        "the same 620 URLs in one document",
        URL,
        head_of_line(a_document_each=False),
        most_pairs=2,
        observed=_OTHER_HOST,
        observe=other_host_waits_s,
        why=_PACED,
    ),
    "makespan": Case(
        "12 hosts of 100 URLs, a document each, 20/s a host",
        URL,
        makespan(a_document_each=True),
        observed=_ASKING,
        observe=asking_takes_s,
        goals=Goals(wall_s=_MAKESPAN_S),
        why=_PACED,
    ),
    "makespan-mixed": Case(
        "the same 1,200 URLs in one document",
        URL,
        makespan(a_document_each=False),
        observed=_ASKING,
        observe=asking_takes_s,
        goals=Goals(wall_s=_MAKESPAN_S),
        why=_PACED,
    ),
    "unchanged": Case(
        "unchanged re-run, 1,000 articles, 9,000 URLs, warm store (lychee: `--cache`)",
        FILE,
        unchanged,
        goals=Goals(cpu=0.5, throughput=2),
        why="We write a finding for each of 9,000 references, with its history; lychee lists failures only.",
    ),
    "whole-run": Case(
        "whole run over HTTPS, 1,000 articles, 6,000 links, 2,000 images, default options, no throttle, HTTP/1.1",
        FILE,
        whole_run("tls"),
        goals=Goals(cpu=0.75, throughput=1.5, memory=0.8),
        why=_AROUND,
    ),
    "whole-run-http2": Case("the same, HTTP/2", FILE, whole_run("http2"), why=_HTTP2),
    "one-small-file": Case(
        "`run` on one article with 8 links", START, one_small_file, goals=Goals(cpu_s=0.2), why=_PYTHON
    ),
    "help": Case("`--help`", START, usage, goals=Goals(cpu_s=0.1), why=_PYTHON),
    "200k": Case(
        "200,000 distinct plain URLs, 500 hosts", URL, distinct(200_000), most_pairs=1, by_name_only=True, why=_AROUND
    ),
    "million": Case(
        "1,000,000 distinct plain URLs, 500 hosts",
        URL,
        distinct(1_000_000),
        most_pairs=1,
        goals=Goals(cpu=0.5, throughput=2, memory=0.06, peak_mb=400),
        by_name_only=True,
        why=_AROUND,
    ),
}
