"""What only a whole run shows, through the command line and real sockets."""

import json
from pathlib import Path

import pytest
from command import linkcheck
from pictures import encoded
from PIL import Image
from servers import Certificates, Routes, Seen, Server, answer, redirect

HOST = "site.world.lan"
TEXT = "A page that says the same whatever was asked, at some length, as catch-all pages of large sites do. " * 4
STORY = "The lighthouse keeper told the captain that no ferry would leave before dawn; two hundred slept. " * 6


def jpeg(width: int, height: int, seed: int) -> bytes:
    """A picture that differs with its seed."""
    return encoded(Image.new("RGB", (width, height), (seed * 30, 90, 140)), "JPEG")


def page(title: str, text: str = ""):
    return answer(200, f"<title>{title}</title><p>{text}</p>".encode(), media_type="text/html")


def checked(
    tmp_path: Path, routes: Routes, lines: list[str], *options: str, configuration: str = ""
) -> dict[str, dict]:
    """Findings by the last part of the URL's path."""
    (tmp_path / "a.md").write_text("\n\n".join(lines), encoding="utf-8")
    (tmp_path / "linkcheck.toml").write_text(f"retry_wait = 0.01\n{configuration}", encoding="utf-8")
    with Server(routes) as server:
        done = linkcheck(
            tmp_path,
            *("run", "a.md", "--format", "jsonl", "--host-rate", "0", "--retries", "0", "--fail-on", "never"),
            *("--connect-to", server.connect_to, *options),
        )
    assert done.code == 0, done.stderr
    return {row["raw"].rpartition("/")[2]: row for row in done.rows}


def said(finding: dict) -> tuple[str, str]:
    return finding["outcome"], finding["reason"]


def test_the_same_bytes_under_three_keys_are_a_placeholder(tmp_path: Path) -> None:
    """Three pictures that come as one are nobody's picture; two may be, and a query makes no new key."""
    same, pair = jpeg(120, 90, 1), jpeg(120, 90, 2)
    routes = {
        (HOST, f"/{name}.jpg"): answer(200, same if name < "d" else pair, media_type="image/jpeg") for name in "abcde"
    }
    names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "e.jpg?size=2"]
    found = checked(tmp_path, routes, [f"![x](http://{HOST}/{name})" for name in names])
    assert {said(found[name]) for name in names[:3]} == {("broken", "image-placeholder")}
    assert {said(found[name]) for name in names[3:]} == {("ok", "available")}
    assert found["a.jpg"]["targets"][0]["reason"] == "image-placeholder"


def test_tiny_decorations_may_be_alike(tmp_path: Path) -> None:
    """The same bullet under three names is a bullet."""
    routes = {(HOST, f"/{n}.jpg"): answer(200, jpeg(20, 20, 1), media_type="image/jpeg") for n in "abc"}
    found = checked(tmp_path, routes, [f"![x](http://{HOST}/{n}.jpg)" for n in "abc"])
    assert {said(finding) for finding in found.values()} == {("ok", "available")}


def test_one_address_for_everything_is_a_soft_404(tmp_path: Path) -> None:
    """Three old addresses that end at one section are gone; three redirects of one article's own are not."""
    routes: Routes = {(HOST, f"/2019/{n}/x"): redirect("/news", 302) for n in "abc"}
    routes |= {(HOST, "/news"): page("News"), (HOST, "/moved/x"): redirect("/2024/moved/x", 302)}
    routes[HOST, "/2024/moved/x"] = page("Moved")
    lines = [f"[x](http://{HOST}/2019/{n}/x)" for n in "abc"] + [f"[x](http://{HOST}/moved/x)"]
    (tmp_path / "a.md").write_text("")
    found = checked(tmp_path, routes, [line.replace("/x)", "/x?" + str(i) + ")") for i, line in enumerate(lines)])
    assert [said(found[f"x?{i}"]) for i in range(4)] == [("broken", "soft-not-found")] * 3 + [("ok", "available")]


def test_one_page_for_everything_is_a_soft_404_unless_all_are_alike(tmp_path: Path) -> None:
    """The same text under three addresses of a host that shows others too; one page for everything tells nothing."""
    routes: Routes = {(HOST, f"/{n}"): page("Welcome", TEXT) for n in "abc"}
    routes[HOST, "/d"] = page("A story", STORY)
    routes["app.world.lan", "*"] = page("Application", TEXT)
    lines = [f"[x](http://{HOST}/{n})" for n in "abcd"] + [f"[x](http://app.world.lan/{n})" for n in "efg"]
    found = checked(tmp_path, routes, lines)
    assert {said(found[n]) for n in "abc"} == {("broken", "soft-not-found")}
    assert {said(found[n]) for n in "defg"} == {("ok", "available")}


def test_a_host_that_is_down_is_one_finding(tmp_path: Path) -> None:
    """Twelve addresses of a dead host have one reason, and it is the host's."""
    from servers import unused_port

    (tmp_path / "a.md").write_text("\n".join(f"[x](http://down.world.lan/{n})" for n in range(12)))
    (tmp_path / "linkcheck.toml").write_text("retry_wait = 0.01")
    options = ["--connect-to", f"::127.0.0.1:{unused_port()}", "--retries", "0", "--host-rate", "0", "--no-store"]
    done = linkcheck(tmp_path, "run", "a.md", "--format", "jsonl", *options)
    assert done.code == 0
    assert {said(row) for row in done.rows} == {("uncertain", "host-down")}
    assert "12 of 12" in done.rows[0]["detail"]


def test_a_host_that_forbids_everything_is_a_wall(tmp_path: Path) -> None:
    """Whether one address or all of a host are forbidden makes a difference to a reader of the report."""
    found = checked(
        tmp_path, {(HOST, "*"): answer(403, b"no")}, [f"[x](http://{HOST}/{n})" for n in range(10)], "--no-store"
    )
    assert {said(finding) for finding in found.values()} == {("uncertain", "blocked")}
    assert "10 of 10 targets" in found["3"]["detail"]


def test_an_article_that_became_something_else_has_drifted(tmp_path: Path) -> None:
    """The archived title and text are compared with the page that is there now."""
    other = "Quarterly results of the insurance group exceeded what analysts expected; dividends will rise. " * 8
    routes = {(HOST, "/same"): page("The ferry", STORY), (HOST, "/other"): page("Insurance", other)}
    for name in ("same", "other"):
        article = f"<!--1687231026000-->\n[The night of the ferry](http://{HOST}/{name})\n------\n\n<p>{STORY}</p>"
        (tmp_path / f"{name}.md").write_text(article)
    with Server(routes) as server:
        done = linkcheck(
            tmp_path,
            *("run", "same.md", "other.md", "--format", "jsonl", "--no-store", "--connect-to", server.connect_to),
        )
    assert [said(row) for row in done.rows] == [("ok", "available"), ("uncertain", "content-drifted")]


def test_anchors_of_fetched_pages_are_checked_on_request(tmp_path: Path) -> None:
    """`anchors = true` looks for the place in the page; without it only the page counts."""
    routes = {(HOST, "/p"): answer(200, b'<title>t</title><h2 id="there">x</h2>', media_type="text/html")}
    lines = [f"[x](http://{HOST}/p#there)", f"[x](http://{HOST}/p#gone)", f"[x](http://{HOST}/p#!/route)"]
    found = checked(tmp_path, routes, lines, "--no-store", configuration="anchors = true")
    assert [said(found[f"p#{name}"]) for name in ("there", "gone")] == [
        ("ok", "available"),
        ("broken", "anchor-not-found"),
    ]
    assert said(checked(tmp_path, routes, lines, "--no-store")["p#gone"]) == ("ok", "available")


def test_an_unchanged_image_is_not_fetched_twice(tmp_path: Path) -> None:
    """The second night asks whether it changed, and a 304 stands for what was seen."""
    body = jpeg(120, 90, 7)

    def image(seen: Seen):
        if seen.header("if-none-match") == '"v1"':
            return answer(304, b"")(seen)
        return answer(200, body, ("ETag", '"v1"'), media_type="image/jpeg")(seen)

    (tmp_path / "a.md").write_text(f"![x](http://{HOST}/a.jpg)")
    with Server({(HOST, "/a.jpg"): image}) as server:
        command = ["run", "a.md", "--format", "json", "--connect-to", server.connect_to, "--max-age", "0s"]
        first = json.loads(linkcheck(tmp_path, *command).out)["findings"][0]
        second = json.loads(linkcheck(tmp_path, *command).out)["findings"][0]
        third = json.loads(linkcheck(tmp_path, *command).out)["findings"][0]
    statuses = [finding["targets"][0]["status"] for finding in (first, second, third)]
    assert statuses == [200, 304, 304]
    assert third["targets"][0]["content"] == first["targets"][0]["content"]
    assert said(third) == ("ok", "available")


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ("accept = [404]", ("ok", "available")),
        ('[hosts."*.world.lan"]\naccept = ["4xx"]', ("ok", "available")),
        ("[kinds.image]\naccept = [404]", ("broken", "not-found")),
        ('[[ignore]]\nreason = "not-found"\nwhy = "known"', ("skipped", "excluded")),
        ('[[ignore]]\nreason = "not-found"\nuntil = 2001-01-01', ("broken", "not-found")),
    ],
)
def test_policies_decide(tmp_path: Path, configuration: str, expected: tuple[str, str]) -> None:
    """Accepted statuses and known problems, with their dates, from the configuration file."""
    lines = [f"[x](http://{HOST}/gone)"]
    assert said(checked(tmp_path, {}, lines, "--no-store", configuration=configuration)["gone"]) == expected


def test_an_article_that_only_the_api_still_has_is_at_risk(
    tmp_path: Path, certificates: Certificates, ca_file: str
) -> None:
    """A page of a known site that is gone is asked for at its API before it is called lost."""
    routes: Routes = {("www.dw.com", f"/zh/x/a-7000000{n}"): answer(404, b"gone") for n in (1, 2)}
    routes["www.dw.com", "/graph-api/zh/content/article/70000001"] = answer(
        200, b'{"data": {"content": {"id": 70000001}}}', media_type="application/json"
    )
    (tmp_path / "a.md").write_text("\n".join(f"[x](https://www.dw.com/zh/x/a-7000000{n})" for n in (1, 2)))
    with Server(routes, certificates) as server:
        done = linkcheck(
            tmp_path,
            *("run", "a.md", "--format", "jsonl", "--no-store", "--fail-on", "never", "--host-rate", "0"),
            *("--connect-to", server.connect_to, "--ca-file", ca_file),
        )
    assert [said(row) for row in done.rows] == [("at-risk", "api-only"), ("broken", "not-found")]


def test_a_url_is_explained_with_every_request(tmp_path: Path) -> None:
    """`explain URL` shows each hop, the headers that mattered and the rule, and where the URL is used."""
    routes = {(HOST, "/old"): redirect("/new", 301), (HOST, "/new"): answer(404, b"gone")}
    checked(tmp_path, routes, [f"[x](http://{HOST}/old)"])
    done = linkcheck(tmp_path, "explain", f"http://{HOST}/old")
    assert done.code == 0
    for words in ("broken not-found", "301 Moved Permanently", "Location: /new", "404 Not Found", "a.md:1:5", "How we"):
        assert words in done.out
    unknown = linkcheck(tmp_path, "explain", "http://never.met/")
    assert (unknown.code, "does not know" in unknown.stderr) == (2, True)


def test_two_runs_on_one_store_do_not_mix(tmp_path: Path) -> None:
    """While one run has the store, another says so and asks nothing."""
    from linkcheck.store.connection import held

    (tmp_path / "a.md").write_text(f"[x](http://{HOST}/a)")
    with held(tmp_path / "s.db"):
        done = linkcheck(tmp_path, "run", "a.md", "--store", "s.db", "--offline")
    assert (done.code, "another run is using the store 's.db'" in done.stderr) == (3, True)
    assert linkcheck(tmp_path, "run", "a.md", "--store", "s.db", "--offline").code == 0


def test_the_first_bytes_of_an_image_prove_its_head(tmp_path: Path) -> None:
    """`--image-check header` reads 4 KB of each image: enough for what it is, and for what is none."""
    whole = encoded(Image.effect_noise((300, 200), 60).convert("RGB"), "PNG")

    def ranged(seen: Seen):
        assert seen.header("range") == "bytes=0-4095"
        total = ("Content-Range", f"bytes 0-4095/{len(whole)}")
        return answer(206, whole[:4096], total, media_type="image/png")(seen)

    routes: Routes = {(HOST, "/a.png"): ranged, (HOST, "/whole.png"): answer(200, whole, media_type="image/png")}
    routes |= {(HOST, "/page.png"): page("no image"), (HOST, "/none.png"): answer(200, b"", media_type="image/png")}
    lines = [f"![x](http://{HOST}/{name}.png)" for name in ("a", "whole", "page", "none")]
    found = checked(tmp_path, routes, lines, "--no-store", "--image-check", "header")
    assert said(found["a.png"]) == said(found["whole.png"]) == ("ok", "available")
    assert found["a.png"]["targets"][0]["content"]["image"] == {"format": "png", "width_px": 300, "height_px": 200}
    assert said(found["page.png"]) == ("broken", "not-an-image")
    assert said(found["none.png"]) == ("broken", "image-empty")


def test_drift_is_remembered_while_the_answer_is_used_again(tmp_path: Path) -> None:
    """A second run asks nothing and still says that the article has drifted; a changed document is compared anew."""
    other = "Quarterly results of the insurance group exceeded what analysts expected; dividends will rise. " * 8
    head = f"<!--1687231026000-->\n[{{title}}](http://{HOST}/a)\n------\n\n<p>{STORY}</p>"
    (tmp_path / "a.md").write_text(head.format(title="The night of the ferry"))
    with Server({(HOST, "/a"): page("Insurance", other)}) as server:
        command = ["run", "a.md", "--format", "jsonl", "--connect-to", server.connect_to, "--max-age", "1d"]
        first, second = (linkcheck(tmp_path, *command).rows[0] for _ in range(2))
        (tmp_path / "a.md").write_text(head.format(title="Insurance results exceed expectations"))
        third = linkcheck(tmp_path, *command).rows[0]
        assert len([seen for seen in server.log if seen.path == "/a"]) == 1
    assert said(first) == said(second) == ("uncertain", "content-drifted")
    assert second["detail"] == first["detail"]
    assert said(third) == ("ok", "available")
