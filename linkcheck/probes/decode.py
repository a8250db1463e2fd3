"""The bytes of an image → facts with every pixel decoded, in one limited worker process outside the event loop.

Invariant: whatever the bytes do, a picture bomb, a crash or an endless loop, the answer is facts, never an exception
or a hang. Pillow is imported in the worker alone. One request or answer: four bytes of length, then that many bytes.
"""

import asyncio
import contextlib
import struct
import sys
import warnings
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from msgspec import Struct

from linkcheck.model import ImageFacts
from linkcheck.probes import images

if TYPE_CHECKING:
    from PIL import Image

BEYOND_LIMITS = "beyond our limits"
"""How the damage phrase begins when the image may be sound but is larger than what is decoded here."""

_LENGTH = struct.Struct(">I")
_PILLOW_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "ICO", "MPO")
_STUMBLES = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
)
"""What Pillow's format readers let through when bytes are not what they should be."""
_WORKER = "import sys; sys.path[:] = sys.argv[2:]; from linkcheck.probes.decode import serve; serve(sys.argv[1])"


class DecodeLimits(Struct, frozen=True):
    """What one image may cost."""

    body_bytes: int = 50_000_000
    pixels: int = 89_478_485
    """In one frame; Pillow's own default."""
    frames: int = 500
    memory_bytes: int = 2 << 30
    cpu_s: int = 20
    wall_s: float = 30.0


def decode(body: bytes, limits: DecodeLimits | None = None) -> ImageFacts:
    """Facts of the image with every pixel of its frames decoded, in this process; `damage` says why that failed.

    Only what `images` takes for an image is opened, and only by the reader its signature names; SVG and the formats
    Pillow has no reader for keep the facts of `images`. Damage that begins with `BEYOND_LIMITS` is no proof of damage.
    """
    limits = limits or DecodeLimits()
    seen = images.facts(body, complete=True)
    if seen is None:
        return ImageFacts("unknown", damage="no known image format")
    if len(body) > limits.body_bytes:
        return _damaged(seen, f"{BEYOND_LIMITS}: {len(body)} bytes")
    if seen.damage is not None or seen.format.upper() not in _PILLOW_FORMATS:
        return seen
    return _decoded(body, seen, limits)


def _decoded(body: bytes, seen: ImageFacts, limits: DecodeLimits) -> ImageFacts:
    from PIL import Image, ImageFile, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = limits.pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    formats = ["JPEG", "MPO"] if seen.format == "jpeg" else [seen.format.upper()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(body), formats=formats) as picture:
                return _loaded(picture, seen, limits)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _damaged(seen, f"{BEYOND_LIMITS}: {seen.width_px} x {seen.height_px} pixels")
    except MemoryError:
        return _damaged(seen, f"{BEYOND_LIMITS}: its decoding takes too much memory")
    except UnidentifiedImageError:
        is_cut = seen.ends_well is False
        return _damaged(seen, f"{seen.format} file is truncated" if is_cut else f"its {seen.format} header is damaged")
    except _STUMBLES as error:
        return _damaged(seen, _phrase(error))


def _loaded(picture: "Image.Image", seen: ImageFacts, limits: DecodeLimits) -> ImageFacts:
    """`load` and not `verify`: the latter overlooks a truncated JPEG, GIF, BMP or TIFF (measured with Pillow 13)."""
    frames = getattr(picture, "n_frames", 1)
    if frames > limits.frames:
        return _damaged(seen, f"{BEYOND_LIMITS}: {frames} frames")
    picture.load()
    width, height = picture.size
    is_uniform = frames == 1 and _is_uniform(picture)
    for frame in range(1, frames):
        picture.seek(frame)
        picture.load()
    # A missing end mark that no pixel depends on (a GIF's trailer, say) is nothing a reader notices.
    ends_well = seen.ends_well or None
    return ImageFacts(seen.format, width, height, ends_well, decoded=True, uniform=is_uniform)


def _is_uniform(picture: "Image.Image") -> bool:
    """All pixels alike, transparency included; every channel's least value is its greatest."""
    extrema = picture.getextrema()
    channels = extrema if isinstance(extrema[0], tuple) else (extrema,)
    return all(low == high for low, high in channels)


def _damaged(seen: ImageFacts, damage: str) -> ImageFacts:
    return msgspec.structs.replace(seen, damage=damage)


def _phrase(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return text[:1].lower() + text[1:] if text else type(error).__name__


def serve(limits_json: str) -> None:
    """The worker: decodes what comes on standard input until it ends."""
    limits = msgspec.json.decode(limits_json, type=DecodeLimits)
    _limit_memory(limits.memory_bytes)
    while (body := _receive(sys.stdin.buffer)) is not None:
        _limit_cpu(limits.cpu_s)
        answer = msgspec.json.encode(decode(body, limits))
        sys.stdout.buffer.write(_LENGTH.pack(len(answer)) + answer)
        sys.stdout.buffer.flush()


def _receive(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    return stream.read(length)


def _limit_memory(limit_bytes: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: int) -> None:
    """Renewed for each image: the limit counts what the process has used in all."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


class Decoder:
    """Decodes one image at a time in a worker process that is started at first use and anew after it died."""

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        self._limits = limits or DecodeLimits()
        self._worker: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def decode(self, body: bytes) -> ImageFacts:
        """As the function `decode`, but a crash, a bomb or a timeout of the worker is `damage` too."""
        seen = images.facts(body, complete=True)
        if seen is not None and len(body) > self._limits.body_bytes:
            return _damaged(seen, f"{BEYOND_LIMITS}: {len(body)} bytes")
        async with self._turn:
            try:
                async with asyncio.timeout(self._limits.wall_s):
                    return await self._ask(body)
            except TimeoutError:
                problem = f"{BEYOND_LIMITS}: its decoding takes longer than {self._limits.wall_s:g} s"
            except (EOFError, OSError):
                problem = "the decoder crashed on it"
            except asyncio.CancelledError:
                await self._stop()
                raise
            await self._stop()
        return _damaged(seen or ImageFacts("unknown"), problem)

    async def aclose(self) -> None:
        """End the worker; a later image would start a new one."""
        async with self._turn:
            await self._stop()

    async def _ask(self, body: bytes) -> ImageFacts:
        worker = self._worker or await self._start()
        if worker.stdin is None or worker.stdout is None:
            raise EOFError
        worker.stdin.write(_LENGTH.pack(len(body)))
        worker.stdin.write(body)
        await worker.stdin.drain()
        (length,) = _LENGTH.unpack(await worker.stdout.readexactly(_LENGTH.size))
        return msgspec.json.decode(await worker.stdout.readexactly(length), type=ImageFacts)

    async def _start(self) -> asyncio.subprocess.Process:
        """Isolated: nothing of the working directory, which may hold an untrusted archive, is imported."""
        self._worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-c",
            _WORKER,
            msgspec.json.encode(self._limits).decode(),
            *(place for place in sys.path if place),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return self._worker

    async def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
