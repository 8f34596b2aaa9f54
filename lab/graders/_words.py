"""Words and sentences of a text, in any script."""

from __future__ import annotations

import re

_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0df3"
"""Accents and vowels that stand on a letter, which `\\w` leaves out."""
_LETTER = rf"(?:(?![{_ALONE}])[^\W_]|[{_MARKS}])"
WORD = re.compile(rf"[{_ALONE}]|{_LETTER}(?:{_LETTER}|['’‐-](?={_LETTER})|(?<=[0-9])[.,](?=[0-9]))*")

_SHORT = r"\b(?:[^\W\d_]|dr|mr|mrs|ms|prof|st|vs|cf|nr|no|ca|bzw|usw|e\.g|i\.e|z\.b|d\.h)"
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s|$)|[。！？]+[」』”]*")
_SHORTENED = re.compile(rf"{_SHORT}\.$", re.IGNORECASE)


def words(text: str) -> list[str]:
    """The words of a text: `don't`, `well-known` and `3.50` are one each, and so is every character of a
    script that puts no space between words."""
    return WORD.findall(text)


def sentences(text: str) -> int:
    """How many sentences there are: by their full stops, and a line that has none, such as a heading or an
    item of a list, is one too. `Dr.`, `e.g.` and initials end none, nor does what a small letter follows."""
    text = re.sub(r"\n[ \t]*(?=[a-zß-ÿ])", " ", text)
    return sum(_sentences(line) for line in text.splitlines())


def _sentences(line: str) -> int:
    count, start = 0, 0
    for end in _END.finditer(line):
        after = line[end.end() : end.end() + 10].lstrip()
        if after[:1].islower() or (after and _SHORTENED.search(line, start, end.end())):
            continue
        count, start = count + bool(WORD.search(line, start, end.end())), end.end()
    return count + bool(WORD.search(line, start))
