"""Answers that stream side by side, as a person feels it, beside a page that only paints what the SDK brings.

    python -m tests.bench compare [quick] [paint] [ends] [bytes] [crowd]

The app, the simulated Claude and Chromium are processes of their own; a relay between the app and Claude, in
this process, notes when each delta passes, by the clock that the browser reads too.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import NamedTuple

from lab import store
from lab.store import Store
from lab.types import Principal
from tests.bench import _load, _loop
from tests.bench._bench import ms, percentile, ratio, table
from tests.bench._columns import address, bytes_of, ends, paints, watched
from tests.bench._running import Running, bare, lab
from tests.browser import kit

TURNS, CLICKING = 5, 10
"""Questions a page, and turns of a conversation in which somebody clicks."""
SECONDS = 0.008
"""Between two tokens where a column's whole time is measured: 125 a second, more than most models write."""
FAST = 0.0025
"""The same where bytes are counted."""
PARAGRAPH = 60
"""Words of a paragraph; one answer has a single one, of which nothing is finished before its end."""


class Size(NamedTuple):
    """How much is measured."""

    pages: int
    tokens: int
    words: tuple[int, ...]
    streams: int


FULL = Size(3, 2000, (500, 2000, 8000), 100)
QUICK = Size(2, 500, (250, 500, 1000), 25)


def main(arguments: list[str]) -> None:
    parts = {"paint": _paint, "ends": _ends, "bytes": _bytes, "crowd": _crowd}
    asked = [each for each in arguments if each != "quick"]
    if unknown := set(asked) - set(parts):
        sys.exit(f"There is no part {', '.join(unknown)}; there are {', '.join(parts)}, and quick.")
    for name in asked or parts:
        parts[name](QUICK if "quick" in arguments else FULL)


def _paint(size: Size) -> None:
    print(f"\n## First delta to paint, {size.pages * TURNS} questions, {TURNS} a page\n")
    rows = [("", "columns", "p50", "p90", "ratio", "wanted", "")]
    places = {"Compare": (address, ((1, 25), (4, 40))), "Chat": (lambda columns: "", ((1, 25),))}
    pace = ("--first-token", "0.3", "--interval", "0.02")
    base = {}
    with bare(*pace) as one, kit.chromium() as browser:
        for columns in (1, 4):
            url = f"{one.url}/?columns={columns}"
            base[columns] = paints(browser, url, one.relay, columns, size.pages, TURNS)
            rows.append(("bare page", columns, *ms(base[columns], 0.5, 0.9), "1.00", "", ""))
    with lab(*pace) as one, kit.chromium() as browser:
        for name, (path, wanted) in places.items():
            for columns, most in wanted:
                url = f"{one.url}/{path(columns)}"
                took = paints(browser, url, one.relay, columns, size.pages, TURNS)
                held = _held(percentile(took, 0.5) * 1000 <= most)
                figures = (*ms(took, 0.5, 0.9), ratio(took, base[columns]), f"p50 ≤ {most} ms", held)
                rows.append((name, columns, *figures))
    table(rows)


def _held(true: bool) -> str:
    return "reached" if true else "missed"


def _ends(size: Size) -> None:
    print(
        f"\n## {size.tokens:,} tokens a column, {1 / SECONDS:.0f} a second: from Enter until all is drawn\n"
    )
    rows = [("", "columns", "server's last delta", "drawn to the end", "ratio to 1 column", "wanted", "")]
    pace = ("--first-token", "0.3", "--interval", str(SECONDS))
    asked = f"Six at once? [[words {size.tokens} paragraph {PARAGRAPH}]]"
    for name, arm in {"bare page": bare, "Compare": lab}.items():
        with arm(*pace) as one, kit.chromium() as browser:
            alone = None
            for columns in (1, 6):
                path = f"?columns={columns}" if arm is bare else address(columns)
                found = ends(browser, f"{one.url}/{path}", one.relay, columns, asked)
                alone = alone or found.drawn
                share = found.drawn / alone
                said = ("≤ 1.10", _held(share <= 1.1)) if arm is lab and columns > 1 else ("", "")
                times = (f"{found.server:.2f} s", f"{found.drawn:.2f} s")
                rows.append((name, columns, *times, f"{share:.3f}", *said))
    table(rows)


def _bytes(size: Size) -> None:
    print(f"\n## What the browser is sent for an answer, {1 / FAST:.0f} words a second\n")
    pace = ("--first-token", "0.3", "--interval", str(FAST))
    asked = [(words, PARAGRAPH) for words in size.words] + [(size.words[-1], 0)]
    rows: dict[str, list[tuple[object, ...]]] = {"Compare": [], "Chat": []}
    with lab(*pace) as one, kit.chromium() as browser:
        paths = {"Compare": address(1), "Chat": ""}
        pages = {name: watched(browser, f"{one.url}/{path}") for name, path in paths.items()}
        base: dict[str, float] = {}
        for words, paragraph in asked:
            text = f"Long? [[words {words}{f' paragraph {paragraph}' if paragraph else ''}]]"
            for name, (bytes, messages) in bytes_of(pages, text).items():
                each = bytes / words
                share = each / base.setdefault(name, each)
                said = ("≤ 1.50", _held(share <= 1.5)) if paragraph else ("", "")
                counted = (f"{words:,}", paragraph or "all", f"{messages:,}", f"{bytes:,}", f"{each:,.0f}")
                rows[name].append((name, *counted, f"{share:.2f}", *said))
    head = ("", "words", "words a paragraph", "messages", "bytes", "bytes a word", "ratio", "wanted", "")
    table([head, *rows["Compare"], *rows["Chat"]])


def _crowd(size: Size) -> None:
    print(
        f"\n## {size.streams} tabs stream 20 deltas a second, {_load.CLICKERS} others click once a second\n"
    )
    head = ("", "deltas", "lost", "answers kept", "delta to tab p50", "p95", "event loop p50", "p95")
    rows, base = [(*head, "ratio", "wanted", "", "CPU, of a core")], None
    for name, arm in {"bare page": bare, "Prompt Lab": lab}.items():
        with arm("--first-token", "0.3", "--interval", "0.05") as one, _loop.asked(one.url) as late:
            at, app = (one.url, one.relay, one.process), arm is lab
            made = _load.load(*at, CLICKING, size.streams) if app else _load.bare(*at, size.streams)
            found = asyncio.run(made)
            kept = _kept(one) if app else ""
        p95 = percentile(late, 0.95)
        base = base or p95
        said = ("p95 ≤ 30 ms, none lost", _held(p95 <= 0.03 and not found.lost)) if app else ("", "")
        lags = (*ms(found.lags, 0.5, 0.95), *ms(late, 0.5, 0.95), f"{p95 / base:.2f}")
        rows.append((name, f"{len(found.lags):,}", found.lost, kept, *lags, *said, f"{found.cpu:.0%}"))
    table(rows)


def _kept(one: Running) -> str:
    """Of the answers that the server sent to the tabs, how many stand in the log word for word, and once."""
    base = Store(one.folder / ".lab" / "lab.db")
    who = Principal("ana", "admin")
    try:
        calls = [store.call(base.read, who, row["id"]) for row in store.calls(base.read, who, 10_000)]
    finally:
        base.close()
    texts = Counter(store.plain_text(call["answer"] or []) for call in calls)
    sent = [call.text for call in one.relay.calls if b"Tab " in call.asked]
    return f"{sum(texts[text] == 1 for text in sent):,} of {len(sent):,}"
