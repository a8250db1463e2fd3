"""The servers that the example archive's recording was made from: a loopback server that plays every host.

`python tests/example_world.py` records `cassettes/example.jsonl` anew.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from servers import Routes, Server, answer, redirect, short

HERE = Path(__file__).parent.parent
CASSETTE = HERE / "cassettes" / "example.jsonl"
LIVING = """api.harbour-post.example static.harbour-post.example www.harbour-post.example blog.harbour-post.example
images.weserv.nl town.example weather.example school.example prizes.example printshop.example video.example
river.example museum.example pictures.example""".split()


def jpeg(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A small picture with something in it."""
    picture = Image.new("RGB", (width, height), colour)
    picture.paste((240, 200, 90), (width // 4, height // 4, width // 2, height // 2))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=30)
    return out.getvalue()


def page(title: str, more: str = "", status: int = 200):
    """An HTML page."""
    html = f"<!doctype html><meta charset=utf-8><title>{title}</title>{more}<h1>{title}</h1>"
    return answer(status, html.encode(), media_type="text/html; charset=utf-8")


def picture(width: int, height: int, colour: tuple[int, int, int]):
    """An image."""
    return answer(200, jpeg(width, height, colour), media_type="image/jpeg")


def refusal(message: str):
    """weserv's way to say no."""
    body = f'{{"status":"error","code":404,"message":"{message}"}}'
    return answer(404, body.encode(), media_type="application/json")


def weserv(seen):
    """One path, so the query decides."""
    inner = seen.target.partition("url=")[2]
    if "80003" in inner:
        return refusal("The hostname of the origin is unresolvable (DNS) or blocked by policy.")(seen)
    if "80004" in inner:
        return refusal("The requested URL returned error: 404")(seen)
    return picture(700, 394, (30, 60, 90 + 20 * int(inner.partition("/8000")[2][:1])))(seen)


ROUTES: Routes = {
    ("www.harbour-post.example", "/zh/lighthouse%20keepers/a-70010001"): page("燈塔管理員退休後　守望改由志工接手"),
    ("www.harbour-post.example", "/zh/the-night-the-ferry-stopped/a-70010002"): page("渡輪停駛的那一夜"),
    ("www.harbour-post.example", "/zh/a-70009990"): page("找不到網頁", status=404),
    ("www.harbour-post.example", "/zh/a-70009001"): page("找不到網頁", status=404),
    ("api.harbour-post.example", "/detail/article/70009990"): answer(
        200, b'{"id": 70009990, "name": "Town history"}', media_type="application/json"
    ),
    ("api.harbour-post.example", "/detail/article/70009001"): answer(
        404, b'{"error": "unknown id"}', media_type="application/json"
    ),
    ("static.harbour-post.example", "/image/80001_303.jpg"): picture(700, 394, (20, 40, 80)),
    ("static.harbour-post.example", "/image/80002_303.jpg"): answer(404, b"gone"),
    ("static.harbour-post.example", "/image/80003_303.jpg"): picture(700, 394, (80, 40, 20)),
    ("static.harbour-post.example", "/image/80004_303.jpg"): answer(410, b"gone"),
    ("static.harbour-post.example", "/image/80005_303.jpg"): picture(700, 394, (20, 80, 40)),
    ("images.weserv.nl", "*"): weserv,
    ("blog.harbour-post.example", "/2024/paper-boats/"): page("Paper boats"),
    ("town.example", "*"): page("Town of North Cape"),
    ("weather.example", "/stations/north-cape"): page("Wind at North Cape"),
    ("weather.example", "/archive/2023/12/02"): redirect("https://weather.example/days/2023-12-02", 301),
    ("weather.example", "/days/2023-12-02"): page("2 December 2023"),
    ("school.example", "/paper-boats"): page("Page not found - North Cape School"),
    ("prizes.example", "/2019/boats"): redirect("https://prizes.example/", 302),
    ("prizes.example", "/"): page("Prizes"),
    ("printshop.example", "/"): page("printshop.example is for sale"),
    ("video.example", "/watch/boats"): redirect("https://video.example/login?next=/watch/boats", 302),
    ("video.example", "/login"): page("Log in"),
    ("river.example", "/rules"): answer(403, b"<title>Just a moment...</title>", ("cf-mitigated", "challenge")),
    ("museum.example", "/boats"): answer(503, b"busy", ("Retry-After", "1")),
    ("pictures.example", "/boats/row.jpg"): picture(640, 480, (90, 90, 120)),
    ("pictures.example", "/boats/winner.png"): page("Log in to see pictures"),
    ("pictures.example", "/boats/half.jpg"): short(jpeg(640, 480, (10, 90, 60))[:900], 4000, media_type="image/jpeg"),
}


def record() -> None:
    """Run linkcheck over the example archive against the loopback server, recording everything."""
    from linkcheck.cli import main

    CASSETTE.parent.mkdir(exist_ok=True)
    CASSETTE.unlink(missing_ok=True)
    with Server(ROUTES) as server, tempfile.TemporaryDirectory() as folder:
        authority = server.certificates.write_authority(Path(folder) / "ca.pem")
        rules = [option for host in LIVING for option in ("--connect-to", f"{host}::127.0.0.1:{server.port}")]
        main(
            ["run", "examples", "--config", str(_live(Path(folder))), "--root", "examples", "--no-store"]
            + ["--record", str(CASSETTE)]
            + ["--ca-file", authority, *rules]
        )


def _live(folder: Path) -> Path:
    """The example's own configuration without its replay."""
    text = (HERE / "examples" / "linkcheck.toml").read_text(encoding="utf-8")
    live = folder / "linkcheck.toml"
    live.write_text("\n".join(line for line in text.splitlines() if not line.startswith("replay")), encoding="utf-8")
    return live


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    record()
