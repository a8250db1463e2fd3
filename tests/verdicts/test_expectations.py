"""One address, several references: each is judged by what it wants."""

from pathlib import Path

from command import files, linkcheck
from servers import Server, answer

PAGE = answer(200, b"<title>A page</title><p>It is there.</p>", media_type="text/html")


def test_a_link_to_what_an_image_tag_takes_for_a_picture_is_fine(tmp_path: Path) -> None:
    """The page is no image, which breaks the image and nothing else."""
    files(tmp_path, {"a.md": "[page](http://h.example/p)\n\n![picture](http://h.example/p)\n"})
    with Server({("h.example", "/p"): PAGE}) as server:
        done = linkcheck(
            tmp_path,
            *("run", "a.md", "--no-store", "--format", "jsonl", "--connect-to", server.connect_to),
            *("--fail-on", "never"),
        )
    found = {row["kind"]: (row["outcome"], row["reason"]) for row in done.rows}
    assert found == {"link": ("ok", "available"), "image": ("broken", "not-an-image")}
    # of a target, too, each is told what concerns it
    assert {row["kind"]: row["targets"][0]["reason"] for row in done.rows} == {
        "link": "available",
        "image": "not-an-image",
    }


def test_a_host_that_asked_for_a_long_rest_is_quoted(tmp_path: Path) -> None:
    """What it said is reported, not that we obeyed."""
    files(tmp_path, {"a.md": "[page](http://h.example/p)\n"})
    rest = answer(429, b"slow down", ("Retry-After", "300"))
    with Server({("h.example", "/p"): rest}) as server:
        done = linkcheck(
            tmp_path,
            *("run", "a.md", "--no-store", "--format", "jsonl", "--connect-to", server.connect_to),
            *("--fail-on", "never"),
        )
    assert [(row["reason"], row["targets"][0]["status"]) for row in done.rows] == [("rate-limited", 429)]
    assert "429" in done.rows[0]["detail"]
