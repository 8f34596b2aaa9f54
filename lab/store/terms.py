"""What text is in the full-text index, and what is looked for in it.

The index splits at spaces and signs (unicode61, accents removed) and takes 0.7 times the text. Trigrams would
find every part of a word, at 3.1 times the text (measured on 20,000 calls); so what has no spaces, or is a
sign, is made words of beforehand: each character of Chinese, Japanese, Thai and their like, and each emoji.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from lab.errors import BadInput
from lab.types import digest

AROUND = 60
"""Characters of a text that are shown on each side of what was found in it."""
LONGEST = 60
"""Words that are looked for at once, at most."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_PICTURE = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_PIECES = re.compile(r'"([^"]*)"|([^\s"]+)')
_SURROGATES = re.compile("[\ud800-\udfff\0]")


def indexed(text: str) -> str:
    """A text as it goes into the index."""
    text = _SURROGATES.sub(" ", text)
    if text.isascii():
        return text
    return _PICTURE.sub(lambda found: f" u{ord(found[0]):x} ", _UNSPACED.sub(r" \g<0> ", text))


def sought(words: str, *, beginnings: bool = False) -> str | None:
    """What a person looks for, as FTS5 asks for it: all words, `"these in a row"`, and `begin*`, what begins
    so; with `beginnings` every word may be one. Nothing else means anything. None: there is no word in it.

    Raises BadInput for more than LONGEST words.
    """
    found = [_phrase(row, False) if row else _phrase(word.rstrip("*"), beginnings or word.endswith("*"))
             for row, word in _PIECES.findall(words)]  # fmt: skip
    asked = [each for each in found if each]
    if len(asked) > LONGEST:
        raise BadInput(f"These are {len(asked)} words to look for; at most {LONGEST} can be.")
    return f"{{asked answered}} : ({' '.join(asked)})" if asked else None


def fact(name: str, value: object) -> str:
    """What the index holds of a property of a call: a word that nobody says."""
    return f"f{digest(f'{name}={value}').hex()[:12]}"


def known(facts: Mapping[str, object]) -> str:
    """What asks for calls that have all of these properties, behind what `sought` gives."""
    return "".join(f' AND facts : "{fact(name, value)}"' for name, value in facts.items())


def _phrase(text: str, beginning: bool) -> str | None:
    words = indexed(text)
    return f'"{words}"{" *" if beginning else ""}' if any(map(str.isalnum, words)) else None


def excerpt(text: str, words: str) -> str | None:
    """The part of a text round the first of these words, on one line; None where it says none of them."""
    text = " ".join(text.split())
    plain, asked = _plain(text), [row or word.strip("*") for row, word in _PIECES.findall(words)]
    places = [place for each in asked if (place := _place(plain, _plain(each))) is not None]
    return around(text, min(places)) if places else None


def around(text: str, at: int = 0) -> str:
    """Some of a text, before and behind a place in it."""
    at = max(0, at - AROUND)
    end = at + 2 * AROUND
    return ("…" if at else "") + text[at:end] + ("…" if len(text) > end else "")


def _plain(text: str) -> str:
    """Without accents and capitals, each character in its place."""
    if text.isascii():
        return text.lower()
    return "".join(unicodedata.normalize("NFD", each)[0].lower()[0] for each in text)


def _place(text: str, words: str) -> int | None:
    """Where a word begins so, or these do in a row, whatever signs stand between them."""
    pattern = _pattern(words)
    found = pattern.search(text) if pattern else None
    return found.start() if found else None


def spots(text: str, words: str) -> list[tuple[int, int]]:
    """From where to where a text says any of these words, in its order; none within another."""
    plain, found = _plain(text), []
    for row, word in _PIECES.findall(words):
        pattern = _pattern(_plain(row or word.strip("*")), "" if word.endswith("*") else r"(?![^\W_])")
        found += [match.span() for match in pattern.finditer(plain)] if pattern else []
    found.sort(key=lambda spot: (spot[0], -spot[1]))
    return [spot for at, spot in enumerate(found) if all(spot[0] >= end for _, end in found[:at])]


def _pattern(words: str, end: str = "") -> re.Pattern[str] | None:
    parts = re.findall(r"[^\W_]+|[^\w\s]", words)
    start, end = (r"(?<![^\W_])", end) if words.isascii() else ("", "")
    return re.compile(start + r"[\W_]*".join(map(re.escape, parts)) + end) if parts else None
