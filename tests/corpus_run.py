"""`python tests/corpus_run.py DIR`: a whole run over an archive of yours against a loopback server, then its replay.

Every host is played by the loopback server, with answers of all kinds by the hash of the URL; nothing leaves the
machine. Says whether every reference got exactly one finding and whether the replay gave the same bytes.
"""

import hashlib
import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from servers import Seen, Server, answer, redirect, short

HERE = Path(__file__).parent.parent


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 48), 40).save(out, "JPEG")
    return out.getvalue()


PICTURE = jpeg()


def anything(seen: Seen):
    """An answer that depends on the URL alone."""
    number = int.from_bytes(hashlib.sha256(f"{seen.host}{seen.target}".encode()).digest()[:2]) % 100
    if number < 5:
        return answer(404, b"gone")(seen)
    if number < 7:
        return answer(500, b"trouble")(seen)
    if number < 9:
        return answer(403, b"no")(seen)
    if number < 12:
        return redirect(f"/elsewhere/{number}", 301)(seen)
    if number < 13:
        return short(PICTURE[:100], 400, media_type="image/jpeg")(seen)
    if "image" in (seen.header("accept") or "").partition(",")[0]:
        return answer(200, PICTURE + seen.target.encode(), media_type="image/jpeg")(seen)
    return answer(200, f"<title>{seen.target}</title>".encode(), media_type="text/html")(seen)


def main(folder: str) -> None:
    with Server({("*", "*"): anything}) as server, tempfile.TemporaryDirectory() as place:
        authority = server.certificates.write_authority(Path(place) / "ca.pem")
        cassette, live, again = (Path(place) / name for name in ("all.jsonl.gz", "live.jsonl", "again.jsonl"))
        common = ["--fail-on", "never", "--no-store"]
        extracted = _linkcheck(["extract", folder], capture=True).count(b"\n")
        began = time.perf_counter()
        _linkcheck(
            ["run", folder, *common, "--format", f"jsonl={live}", "--record", str(cassette)]
            + ["--connect-to", server.connect_to, "--ca-file", authority, "--host-rate", "0", "--host-concurrency", "8"]
            + ["--retries", "1"]
        )
        asked, replaying = time.perf_counter() - began, time.perf_counter()
        _linkcheck(["run", folder, *common, "--format", f"jsonl={again}", "--replay", str(cassette)])
        replayed = time.perf_counter() - replaying
        findings = live.read_bytes()
        outcomes: dict[str, int] = {}
        for line in findings.splitlines():
            found = json.loads(line)
            name = f"{found['outcome']} {found['reason']}"
            outcomes[name] = outcomes.get(name, 0) + 1
        print(f"{extracted} references, {len(findings.splitlines())} findings, {len(server.log)} requests")
        print(f"run {asked:.1f} s, replay {replayed:.1f} s, cassette {cassette.stat().st_size / 1e6:.1f} MB")
        differing = [
            pair
            for pair in zip(findings.splitlines(), again.read_bytes().splitlines(), strict=True)
            if pair[0] != pair[1]
        ]
        print(f"replay equals run byte for byte: {not differing} ({len(differing)} lines differ)")
        for one, other in differing[:3]:
            print(f"- {one.decode()}\n+ {other.decode()}")
        for name, number in sorted(outcomes.items(), key=lambda pair: -pair[1]):
            print(f"  {number:6} {name}")


def _linkcheck(arguments: list[str], *, capture: bool = False) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "linkcheck", *arguments],
        cwd=HERE,
        stdout=subprocess.PIPE if capture else None,
        check=False,
    )
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)
    return done.stdout or b""


if __name__ == "__main__":
    main(sys.argv[1])
