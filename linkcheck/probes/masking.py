"""Text that may hold secrets → text that may be kept: each secret replaced by a digest that only the secret repeats.

Invariant: masking twice is masking once, so that a replayed redirect leads to the key it was recorded under.

The price of a replay that still matches: whoever has the cassette can try guesses, as the salt is in its header.
So the digest is slow (scrypt, about 50 ms and 16 MiB a guess): hopeless for a random token, but a short or common
password can be found. Rotate what was recorded by mistake; do not publish cassettes made with weak passwords.
"""

import hashlib
import re
from collections.abc import Iterable

_DONE = re.compile(r"(masked-[0-9a-f]{16})")

_USERINFO = re.compile(r"((?://|%2F%2F))((?:(?!%2F|%3F|%23|%26)[^/?#&\s])+)(?=@|%40)", re.IGNORECASE)


class Masking:
    """One cassette's masking: configured patterns (regular expressions, each match a secret) and userinfo."""

    def __init__(self, salt: bytes, patterns: Iterable[str] = ()) -> None:
        self._salt = salt
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._digests: dict[str, str] = {}

    def url(self, url: str) -> str:
        """A URL with every match of a pattern and every userinfo masked, also in URLs within it."""
        text = self.text(url)
        if "@" not in text and "%40" not in text:
            return text
        return _USERINFO.sub(lambda match: match[1] + self._masked(match[2]), text)

    def text(self, text: str) -> str:
        """Any text with every match of a pattern masked."""
        for pattern in self._patterns:
            parts = _DONE.split(text)
            # what is masked already stands at the odd places; a pattern must not bite into it
            parts[::2] = [pattern.sub(lambda match: self._masked(match.group()), part) for part in parts[::2]]
            text = "".join(parts)
        return text

    def _masked(self, secret: str) -> str:
        if not secret or _DONE.fullmatch(secret):
            return secret
        if secret not in self._digests:
            digest = hashlib.scrypt(secret.encode(), salt=self._salt, n=2**14, r=8, p=1, dklen=8)
            self._digests[secret] = f"masked-{digest.hex()}"
        return self._digests[secret]
