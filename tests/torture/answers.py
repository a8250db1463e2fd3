"""Rows: how servers answer, redirect, block, lie and fail when a page is asked for."""

from servers import End, Wait, after, answer, chunked, drip, endless, head, in_turn, redirect, short, steps
from torture import world
from torture.row import at_risk, broken, link, moved, ok, skipped, uncertain
from torture.world import (
    BUSY,
    CHALLENGE,
    CLOSED,
    ERROR,
    FINE,
    GONE,
    LOGIN,
    RESET,
    SILENT,
    by_method,
    by_scheme,
    chain,
    later_by_date,
    page,
    text,
)

FLAKY = [
    link("500-once", in_turn(ERROR, FINE), ok()),
    link("502-once", in_turn(text(502), FINE), ok()),
    link("503-once", in_turn(text(503), FINE), ok()),
    link("503-with-retry-after-once", in_turn(BUSY, FINE), ok()),
    link("429-with-seconds-once", in_turn(text(429, "slow", ("Retry-After", "1")), FINE), ok()),
    link("429-with-date-once", in_turn(later_by_date(429), FINE), ok()),
    link("429-with-words-once", in_turn(text(429, "slow", ("Retry-After", "1s")), FINE), ok()),
    link("408-once", in_turn(text(408), FINE), ok()),
    link("reset-once", in_turn(RESET, FINE), ok()),
    link("closed-once", in_turn(CLOSED, FINE), ok()),
    link("garbage-once", in_turn(steps(b"lorem ipsum\r\n\r\n", End.CLOSE), FINE), ok()),
    link("silent-once", in_turn(SILENT, FINE), ok(), is_slow=True),
    link("cut-once", in_turn(short(b"<title>H", 900), FINE), ok()),
    link("twice-wrong-then-right", in_turn(ERROR, ERROR, FINE), ok()),
]

HEADS = [
    link(f"head-{name}", by_method(says, FINE), ok(), path="/a.pdf")
    for name, says in {
        "dropped": CLOSED,
        "reset": RESET,
        "400": text(400),
        "403": text(403),
        "404": GONE,
        "405": text(405),
        "500": ERROR,
        "501": text(501),
        "redirects-in-a-circle": redirect("/a.pdf", 302),
    }.items()
]
HEADS += [
    link("head-200-get-404", by_method(FINE, GONE), broken("not-found", "404"), path="/a.html"),
    link("head-404-get-404", GONE, broken("not-found", "404"), path="/a.pdf"),
]

STATUSES = [
    link("404", GONE, broken("not-found", "404")),
    link("410", text(410), broken("gone", "for good")),
    link("400", text(400), broken("client-error", "400")),
    link("405", text(405), broken("client-error", "405")),
    link("406-unless-plain", in_turn(text(406), FINE), ok()),
    link("414", text(414), broken("client-error", "414")),
    link("418", text(418), broken("client-error", "418")),
    link("401", text(401), uncertain("blocked", "login")),
    link("402", text(402), uncertain("blocked", "payment")),
    link("403", text(403), uncertain("blocked", "forbids")),
    link("407", text(407), uncertain("blocked", "login")),
    link("451", text(451), uncertain("blocked", "legal")),
    link("511", text(511), uncertain("blocked", "login")),
    link("999", text(999), uncertain("blocked", "999")),
    link("408", text(408), uncertain("timed-out", "408")),
    link("500", ERROR, uncertain("server-error", "500")),
    link("503-for-ever", text(503), uncertain("server-error", "503")),
    link("504", text(504), uncertain("server-error", "504")),
    link("520", text(520), uncertain("server-error", "520")),
    link("530", text(530), uncertain("server-error", "530")),
    link("429-for-ever", text(429, "slow", ("Retry-After", "1")), uncertain("rate-limited", "too often")),
    link("429-for-an-hour", text(429, "slow", ("Retry-After", "3600")), uncertain("rate-limited", "too often")),
    link(
        "304-unasked",
        answer(304),
        uncertain("protocol-error", "304"),
    ),
    link("300-without-location", text(300), uncertain("protocol-error", "leads nowhere")),
    link("301-without-location", text(301), uncertain("protocol-error", "leads nowhere")),
]

WALLS = [
    link("challenge-403", page("Just a moment...", "", 403, CHALLENGE), uncertain("blocked", "cloudflare challenge")),
    link("challenge-503", page("Just a moment...", "", 503, CHALLENGE), uncertain("blocked", "cloudflare challenge")),
    link(
        "challenge-429",
        page("Just a moment...", "", 429, CHALLENGE, ("Retry-After", "1")),
        uncertain("blocked", "cloudflare challenge"),
    ),
    link("challenge-404", page("Not found", "", 404, CHALLENGE), uncertain("blocked", "cloudflare challenge")),
    link("challenge-without-header", page("Just a moment...", "", 403), uncertain("blocked", "cloudflare challenge")),
    link(
        "challenge-with-200",
        page("", "<script>window._cf_chl_opt={cvId:'3'};</script>"),
        uncertain("blocked", "cloudflare challenge"),
    ),
    link("anubis", page("Making sure you're not a bot!"), uncertain("blocked", "anubis")),
    link(
        "vercel",
        text(429, "", ("x-vercel-mitigated", "challenge"), ("Retry-After", "1")),
        uncertain("blocked", "vercel"),
    ),
    link("withheld", text(451, "", ("Link", '<https://law.torture/>; rel="blocked-by"')), uncertain("blocked", "451")),
    link(
        "policy-names-a-wall",
        page("", "", 404, ("Content-Security-Policy", "script-src challenges.cloudflare.com")),
        broken("not-found", "404"),
    ),
    link(
        "policy-in-the-page",
        page("Harbour", "<meta http-equiv=Content-Security-Policy content='script-src //cdn.dan.com/ window.park=\"'>"),
        ok(),
    ),
    link("to-login", {"/a": redirect("/login?next=/a", 302), "/login": LOGIN}, uncertain("blocked", "login")),
    link("to-consent", {"/a": redirect("/consent", 302), "/consent": page("Cookies")}, uncertain("blocked", "consent")),
    link(
        "to-login-elsewhere",
        {"/a": redirect("http://id.to-login-elsewhere.torture/signin", 302), "id.{host}/signin": LOGIN},
        uncertain("blocked", "login"),
    ),
    link("the-login-itself", LOGIN, ok(), path="/login"),
    link("cookie-wall", world.COOKIE_WALL, ok()),
    link(
        "cookie-wall-without-end",
        answer(302, b"", ("Location", "/a"), ("Set-Cookie", "seen=1")),
        broken("redirect-loop", "circle"),
    ),
]
SOFT = [
    link("soft-en", page("Page not found - The Harbour"), broken("soft-not-found", "Page not found")),
    link("soft-de", page("Seite nicht gefunden – Der Hafen"), broken("soft-not-found", "nicht gefunden")),
    link("soft-hans", page("页面不存在 - 联合早报"), broken("soft-not-found", "页面不存在")),
    link("soft-hant", page("找不到網頁 | 德國之聲"), broken("soft-not-found", "找不到網頁")),
    link("soft-number", page("404"), broken("soft-not-found", "404")),
    link("soft-heading", page("The Harbour", "<h1>找不到此頁面</h1>"), broken("soft-not-found", "找不到此頁面")),
    link(
        "soft-gbk",
        answer(200, "<title>页面不存在</title>".encode("gbk"), media_type="text/html; charset=gbk"),
        broken("soft-not-found", "页面不存在"),
    ),
    link("soft-gzip", world.GZIPPED, broken("soft-not-found", "Page not found")),
    link(
        "soft-error-page",
        {"/a": redirect("/404.html", 302), "/404.html": page("Sorry")},
        broken("soft-not-found", "error page"),
    ),
    link("to-home", {"/a": redirect("/", 302), "/": page("Home")}, broken("redirect-to-root", "home page")),
    link("to-home-for-good", {"/a": redirect("/", 301), "/": page("Home")}, broken("redirect-to-root", "home page")),
    link(
        "to-language-root",
        {"/zh/a/1": redirect("/zh/", 301), "/zh/": page("首頁")},
        broken("redirect-to-root", "home page"),
        path="/zh/a/1",
    ),
    link(
        "to-index",
        {"/a": redirect("/index.html", 301), "/index.html": page("Home")},
        broken("redirect-to-root", "home page"),
    ),
    link("home-to-language", {"/": redirect("/zh/", 302), "/zh/": page("首頁")}, ok(), path="/"),
    link("headline-with-404", page("404 Not Found 的歷史：網路如何遺忘"), ok()),
    link("headline-not-exists", page("不存在的國家"), ok()),
    link("only-the-text-says-so", page("Harbour", "<p>Page not found, said the librarian.</p>"), ok()),
    link("parked-title", page("parked-title.torture is for sale"), broken("parked-domain", "for sale")),
    link("parked-script", page("", '<script>window.park = "x"</script>'), broken("parked-domain", "marks")),
    link(
        "parked-elsewhere",
        {
            "/a": redirect("http://ww1.parked-elsewhere.torture/", 302),
            "ww1.{host}/": page("", "<img src=//img.sedoparking.com/x>"),
        },
        broken("parked-domain", "sedo"),
    ),
    link("for-sale-headline", page("The Washington Post is for sale"), ok()),
]

REDIRECTS = [
    link("301", {"/a": redirect("/b", 301), "/b": FINE}, moved("/b")),
    link("308", {"/a": redirect("/b", 308), "/b": FINE}, moved("/b")),
    link("301-then-308", {"/a": redirect("/b", 301), "/b": redirect("/c", 308), "/c": FINE}, moved("/c")),
    link("302", {"/a": redirect("/b", 302), "/b": FINE}, ok()),
    link("303", {"/a": redirect("/b", 303), "/b": FINE}, ok()),
    link("307", {"/a": redirect("/b", 307), "/b": FINE}, ok()),
    link("301-then-302", {"/a": redirect("/b", 301), "/b": redirect("/c", 302), "/c": FINE}, ok()),
    link("302-then-301", {"/a": redirect("/b", 302), "/b": redirect("/c", 301), "/c": FINE}, ok()),
    link("301-then-404", {"/a": redirect("/b", 301), "/b": GONE}, broken("not-found", "404")),
    link("301-then-500-once", {"/a": redirect("/b", 301), "/b": in_turn(ERROR, FINE)}, moved("/b")),
    link("301-to-chinese", {"/a": world.CHINESE_LOCATION, "/%E6%B8%AF%E5%8F%A3": FINE}, moved("%E6%B8%AF")),
    link("301-with-fragment", {"/a": redirect("/b#part", 301), "/b": FINE}, moved("/b")),
    link("10-redirects", chain(10), ok()),
    link("11-redirects", chain(11), broken("redirect-loop", "more than 10")),
    link("loop", {"/a": redirect("/b", 302), "/b": redirect("/a", 302)}, broken("redirect-loop", "circle")),
    link("loop-to-itself", redirect("/a", 301), broken("redirect-loop", "circle")),
    link("to-private", redirect("http://10.0.0.1/admin", 302), skipped("private-address", "10.0.0.1")),
    link("to-metadata", redirect("http://169.254.169.254/latest/", 302), skipped("private-address", "169.254")),
    link("to-odd-private", redirect("http://0x7f.1/", 302), skipped("private-address", "127.0.0.1")),
    link("to-database", redirect("http://to-database.torture:6379/", 302), skipped("blocked-port", "6379")),
    link("to-mail", redirect("mailto:a@to-mail.torture", 302), uncertain("protocol-error", "no web address")),
    link("to-no-host", redirect("http://nxdomain.torture/", 302), broken("host-not-found", "redirect")),
]

TRANSPORT = [
    link("nxdomain", {}, broken("host-not-found", "does not exist")),
    link("servfail", {}, uncertain("dns-failure", "resolved")),
    link("refused", {}, uncertain("connection-refused", "refused")),
    link("reset", RESET, uncertain("connection-reset", "before it answered")),
    link("closed", CLOSED, uncertain("connection-reset", "before it answered")),
    link("half-a-head", steps(b"HTTP/1.1 200 OK\r\nContent-Le", End.CLOSE), uncertain("connection-reset", "before")),
    link("reset-inside", short(b"<title>H", 900, End.RESET), uncertain("connection-reset", "of 900 bytes")),
    link("cut-inside", short(b"<title>H", 900), uncertain("protocol-error", "HTTP")),
    link("chunked-cut", chunked(b"<title>H", cut=True), uncertain("protocol-error", "HTTP")),
    link("bad-chunk", world.BAD_CHUNK, uncertain("protocol-error", "HTTP")),
    link("garbage-status", steps(b"HTTP/1.1 fine\r\n\r\n", End.CLOSE), uncertain("protocol-error", "HTTP")),
    link("no-http", steps(b"220 mail ESMTP\r\n\r\n", End.CLOSE), uncertain("protocol-error", "HTTP")),
    link(
        "two-lengths",
        steps(head(200, ("Content-Length", "2"), ("Content-Length", "3")), b"hi"),
        uncertain("protocol-error", "HTTP"),
    ),
    link("silent", SILENT, uncertain("timed-out", "did not answer"), is_slow=True),
    link(
        "silent-inside",
        steps(head(200, ("Content-Length", "9")), b"abc", End.HANG),
        uncertain("timed-out", "did not"),
        is_slow=True,
    ),
    link("drip", drip(b"x", 0.1), uncertain("timed-out", "did not answer"), is_slow=True),
    link("late", after(0.3, FINE), ok()),
    link("endless", endless(), ok()),
    link("hints-first", world.HINTS_FIRST, ok()),
    link("http-1.0", world.OLD_HTTP, ok()),
    link(
        "in-small-parts",
        steps(b"HTT", Wait(0.01), b"P/1.1 200 OK\r\nContent-Le", Wait(0.01), b"ngth: 2\r\n\r\nhi"),
        ok(),
    ),
    link("gzip-that-is-none", world.NO_GZIP, uncertain("protocol-error", "gzip")),
    link("gzip-cut", world.CUT_GZIP, ok()),
    link("tls", FINE, ok(), by="https"),
    link("to-https", by_scheme(redirect("https://to-https.torture/a", 301), FINE), moved("https://", "moved-to-https")),
    link("to-https-for-now", by_scheme(redirect("https://to-https-for-now.torture/a", 302), FINE), ok()),
    link("expiring", FINE, at_risk("certificate-expiring", "ends on"), by="https"),
    link("expired", FINE, uncertain("certificate-invalid", "expired"), by="https"),
    link("wrong-name", FINE, uncertain("certificate-invalid", "match"), by="https"),
    link("untrusted", FINE, uncertain("certificate-invalid", "without verification"), by="https"),
    link("tls-garbage", {}, uncertain("protocol-error", "HTTP"), by="https"),
]

ROWS = [*FLAKY, *HEADS, *STATUSES, *WALLS, *SOFT, *REDIRECTS, *TRANSPORT]
