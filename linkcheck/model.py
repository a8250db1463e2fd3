"""All the nouns of the program, frozen; nothing here reads, asks or decides.

files → Document → Reference → Target → Probe (of Exchanges) → Verdict → Finding → report
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Format(StrEnum):
    """How a document's text is read."""

    MARKDOWN = "markdown"
    HTML = "html"
    TEXT = "text"


class Kind(StrEnum):
    """What a reference is to the document that holds it."""

    ARTICLE = "article"
    IMAGE = "image"
    IMAGE_PROXY = "image-proxy"
    CROSS_REFERENCE = "cross-reference"
    LINK = "link"
    MEDIA = "media"
    RESOURCE = "resource"


class Role(StrEnum):
    """What a target is to the reference that leads to it."""

    SELF = "self"
    PROXIED = "proxied"
    ORIGIN = "origin"
    PAGE = "page"
    API = "api"
    LOCAL = "local"


class Expects(StrEnum):
    """What a reader expects to get, the weakest first."""

    ANY = "any"
    PAGE = "page"
    JSON = "json"
    IMAGE = "image"


class Outcome(StrEnum):
    """What CI acts on."""

    OK = "ok"
    REDIRECTED = "redirected"
    AT_RISK = "at-risk"
    BROKEN = "broken"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Public ids: SARIF rule, ignore key, documentation heading, `explain` word."""

    AVAILABLE = "available"
    AVAILABLE_LOCALLY = "available-locally"
    MOVED_PERMANENTLY = "moved-permanently"
    MOVED_TO_HTTPS = "moved-to-https"
    PROXY_CACHE_ONLY = "proxy-cache-only"
    API_ONLY = "api-only"
    CERTIFICATE_EXPIRING = "certificate-expiring"
    NOT_FOUND = "not-found"
    GONE = "gone"
    HOST_NOT_FOUND = "host-not-found"
    REDIRECT_LOOP = "redirect-loop"
    REDIRECT_TO_ROOT = "redirect-to-root"
    SOFT_NOT_FOUND = "soft-not-found"
    PARKED_DOMAIN = "parked-domain"
    NOT_AN_IMAGE = "not-an-image"
    IMAGE_TRUNCATED = "image-truncated"
    IMAGE_CORRUPT = "image-corrupt"
    IMAGE_EMPTY = "image-empty"
    IMAGE_PLACEHOLDER = "image-placeholder"
    PROXY_FAULT = "proxy-fault"
    INVALID_URL = "invalid-url"
    FILE_NOT_FOUND = "file-not-found"
    ANCHOR_NOT_FOUND = "anchor-not-found"
    CLIENT_ERROR = "client-error"
    BLOCKED = "blocked"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    TIMED_OUT = "timed-out"
    CONNECTION_REFUSED = "connection-refused"
    CONNECTION_RESET = "connection-reset"
    DNS_FAILURE = "dns-failure"
    CERTIFICATE_INVALID = "certificate-invalid"
    PROTOCOL_ERROR = "protocol-error"
    HOST_DOWN = "host-down"
    CONTENT_DRIFTED = "content-drifted"
    EXCLUDED = "excluded"
    UNSUPPORTED_SCHEME = "unsupported-scheme"
    PRIVATE_ADDRESS = "private-address"
    BLOCKED_PORT = "blocked-port"
    OUTSIDE_ROOT = "outside-root"
    ROBOTS = "robots"
    NOT_DUE = "not-due"
    OFFLINE = "offline"
    INTERRUPTED = "interrupted"


PROBLEMS = (Outcome.BROKEN, Outcome.AT_RISK, Outcome.UNCERTAIN)
"""What someone should look at, the worst first."""


class Change(StrEnum):
    """How a finding compares with the last run's (SARIF's baselineState)."""

    NEW = "new"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    ABSENT = "absent"


class Failure(StrEnum):
    """How an exchange ended when it ended without a whole response."""

    HOST_NOT_FOUND = "host-not-found"
    DNS_FAILURE = "dns-failure"
    CONNECTION_REFUSED = "connection-refused"
    CONNECTION_RESET = "connection-reset"
    TIMED_OUT = "timed-out"
    CERTIFICATE_INVALID = "certificate-invalid"
    PROTOCOL_ERROR = "protocol-error"
    PRIVATE_ADDRESS = "private-address"
    BLOCKED_PORT = "blocked-port"
    HOST_DOWN = "host-down"
    HOST_RESTS = "host-rests"
    ROBOTS_FORBID = "robots-forbid"
    TUNNEL_REFUSED = "tunnel-refused"
    """By a forward proxy on our side: the host was never reached."""


class Purpose(StrEnum):
    """Why a request is sent; the first five continue what was asked before, the others begin anew."""

    RETRY = "retry"
    SECOND_LOOK = "second-look"
    REDIRECT = "redirect"
    GET_AFTER_HEAD = "get-after-head"
    PLAIN_GET = "plain-get"
    FIRST = "first"
    ALTERNATE = "alternate"
    DIAGNOSIS = "diagnosis"
    REFERER = "referer"
    RENDITION = "rendition"
    SIBLING = "sibling"
    FALLBACK = "fallback"


class Ending(StrEnum):
    """How the reading of a response body ended."""

    COMPLETE = "complete"
    LIMIT = "limit"
    CUT = "cut"


class Document(Struct, frozen=True):
    """One file as read: its text and what its head says of it."""

    path: str
    """POSIX, relative to the working directory where possible; `-` for standard input."""
    text: str
    """Decoded, without byte order mark; line ends as in the file."""
    format: Format
    encoding: str = "utf-8"
    root: str = "."
    """Where `/x` starts when the document has no web base; POSIX, relative like `path`."""
    title: str | None = None
    url: str | None = None
    """The document's own article URL, absolute and serialised; None when it names none."""
    base: str | None = None
    """What relative references resolve against; None: the file itself."""
    published_at: datetime | None = None
    archived_at: datetime | None = None
    body_start: int = 0
    """Offset in `text` where front matter has ended (0 without)."""


class Span(Struct, frozen=True, gc=False):
    """A place in a document's text: offsets and columns in code points, lines and columns from 1, ends exclusive."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


class Target(Struct, frozen=True, gc=False):
    """One thing to ask for."""

    url: str
    """Absolute and WHATWG-serialised, fragment kept; for `Role.LOCAL` a relative URL from the working directory."""
    role: Role
    expects: Expects = Expects.ANY
    alternates: tuple[str, ...] = ()
    """Other spellings of the same target, tried in order when this one fails (an assumed scheme)."""
    renditions: tuple[str, ...] = ()
    """The same image in other sizes, asked before the image is called lost; largest first."""
    fallbacks: tuple[str, ...] = ()
    """APIs that may still have the article when this page of it is gone."""
    substitutes: tuple[str, ...] = ()
    """Where a proxy redirects when it fails (`default=`): an answer from there is a failure."""
    referer: str | None = None
    """The document's own URL, for the test of hot-link protection."""
    etag: str | None = None
    """Of the last good answer, for a conditional request."""
    last_modified: str | None = None
    title: str | None = None
    """Of the archived article that this is the page of; None for all else."""


class Reference(Struct, frozen=True, gc=False):
    """One URL as a document writes it, where it stands, and what it leads to."""

    path: str
    span: Span
    raw: str
    """Exactly `document.text[span.start:span.end]`."""
    url: str | None
    """`raw` unescaped and resolved; None with a `problem` when that cannot be."""
    kind: Kind
    element: str | None = None
    attribute: str | None = None
    problem: str | None = None
    rel: tuple[str, ...] = ()
    """Lower-cased link types of the element that holds it."""
    targets: tuple[Target, ...] = ()
    ignored_by: str | None = None
    """The rule that excludes it from checking, as a sentence; None: it is checked."""
    key: str | None = None
    """The site rule's key of the article that a cross-reference leads to; None for all others."""


class Timeouts(Struct, frozen=True, gc=False):
    """Seconds; `total_s` spans first byte out to last byte in."""

    connect_s: float = 10.0
    read_s: float = 20.0
    total_s: float = 30.0


class Request(Struct, frozen=True, omit_defaults=True, gc=False):
    """One HTTP request to send; no redirect is followed for it."""

    method: str
    url: str
    """Absolute, WHATWG-serialised, without fragment; sent byte for byte."""
    headers: tuple[tuple[str, str], ...] = ()
    read_limit_bytes: int = 65_536
    """Body bytes to read at most; what lies beyond is not waited for."""
    timeouts: Timeouts = Timeouts()
    verify: bool = True
    """False only for the diagnostic look behind a bad certificate."""
    purpose: Purpose = Purpose.FIRST
    expects: Expects = Expects.ANY
    """What facts to draw from the body."""
    asked_for: str | None = None
    """The target's own URL, when this request is for another one on its behalf (a redirect, say)."""
    wants_text: bool = False
    """Whether a page's text is going to be compared; else its beginning is enough."""
    wants_bytes: bool = False
    """Whether all bytes of an image are wanted; else those are enough that prove it."""


class ImageFacts(Struct, frozen=True, omit_defaults=True, gc=False):
    """What the bytes of an image say."""

    format: str
    """Lower case: `jpeg png gif webp avif heic bmp tiff ico jxl svg`."""
    width_px: int | None = None
    height_px: int | None = None
    ends_well: bool | None = None
    """The format's end mark (or declared size) is there; None: not looked at, or the format has none."""
    damage: str | None = None
    """Why the bytes do not decode, a phrase; None: no damage seen."""
    decoded: bool = False
    """Whether every pixel was decoded."""
    uniform: bool | None = None
    """All pixels alike; None: not decoded."""


class PageFacts(Struct, frozen=True, omit_defaults=True, gc=False):
    """What a fetched HTML page says of itself."""

    title: str | None = None
    headings: tuple[str, ...] = ()
    """Texts of its `h1`s."""
    canonical: str | None = None
    """`<link rel=canonical>`, else `og:url`; absolute."""
    og_title: str | None = None
    text: str = ""
    """The first visible text, white space folded; capped."""
    anchors: tuple[str, ...] = ()
    """Values of `id` and `name`, only when anchors are asked for."""
    refresh: str | None = None
    """Target of an immediate `<meta http-equiv=refresh>`; absolute."""
    signs: tuple[str, ...] = ()
    """Exact marks of walls and parking seen in the body."""


class Content(Struct, frozen=True, omit_defaults=True, gc=False):
    """What came as the body of a response, before content decoding."""

    media_type: str | None
    length_bytes: int
    """Bytes read."""
    declared_bytes: int | None
    """Content-Length, or the total of Content-Range; None when neither was sent."""
    ended: Ending
    sha256: str | None = None
    """Lower-case hex of the bytes read, when all were read; else None."""
    body: bytes = b""
    """The bytes read, of a long image the first of them; dropped (empty) once the facts are drawn."""
    image: ImageFacts | None = None
    page: PageFacts | None = None
    tail: bytes = b""
    """The last bytes read, where `body` holds the first only; dropped like these."""


class Exchange(Struct, frozen=True, omit_defaults=True, gc=False):
    """One request and what came of it: a response, or a failure with its causes."""

    request: Request
    started_at: datetime
    elapsed_s: float
    status: int | None = None
    reason_phrase: str = ""
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """In the order received; names as sent."""
    content: Content | None = None
    failure: Failure | None = None
    """Set when no response came, or when it broke off inside the body (`status` is then set too)."""
    error: tuple[str, ...] = ()
    """The chain of causes, outermost first, as `Type: message`; empty without failure."""
    peer: str | None = None
    """`address:port` that was connected to."""
    certificate_expires_at: datetime | None = None

    def header(self, name: str) -> str | None:
        """The first value of header `name` (given in lower case), or None."""
        length = len(name)
        for key, value in self.headers:
            if len(key) == length and key.lower() == name:
                return value
        return None


class Probe(Struct, frozen=True, gc=False):
    """The evidence on one target: every exchange, in time order. It judges nothing."""

    target: Target
    exchanges: tuple[Exchange, ...]
    skipped: Reason | None = None
    """Why nothing was asked; None when something was."""
    note: str | None = None
    """The rule behind `skipped`, or what else the verdict should say."""


class Verdict(Struct, frozen=True, gc=False):
    """The judgement on one target."""

    outcome: Outcome
    reason: Reason
    detail: str
    """One sentence that says who said what."""
    status: int | None = None
    final_url: str | None = None
    attempts: int = 0
    elapsed_s: float = 0.0
    checked_at: datetime | None = None
    content: Content | None = None


class Memento(Struct, frozen=True):
    """A capture of a resource in a web archive."""

    url: str
    captured_at: datetime
    archive: str


class Finding(Struct, frozen=True):
    """A reference and what became of it: exactly one a reference."""

    reference: Reference
    verdicts: tuple[Verdict, ...]
    """One for each of the reference's targets, in their order."""
    outcome: Outcome
    reason: Reason
    detail: str
    change: Change = Change.NEW
    confirmed: bool = False
    failing_since: datetime | None = None
    memento: Memento | None = None
    checked_at: datetime | None = None


class Problem(Struct, frozen=True):
    """Something about an input that the user should know and that is no finding."""

    path: str
    message: str
