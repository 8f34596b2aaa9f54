"""What a person in front of Chromium sees of answers that stream side by side."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from urllib.parse import quote

from playwright.sync_api import Browser, Page

from tests.bench._browser import FIELD
from tests.bench._relay import FIRST, Passed, Relay
from tests.browser.kit import IDLE, PATIENCE, ask, drawn, opened

LONGEST = 100_000
"""The `max_tokens` of the first column; each further one has one more, by which a call tells its column."""
NOBODY = {"model": "claude-nobody"}
"""A second column that cannot be asked: a comparison has two at least."""

ANSWERS = """([cell, text, first]) => {
  window.answers = () => {
    const found = {};
    for (const one of document.querySelectorAll(text)) {
      if (!one.textContent.startsWith(first)) continue;
      const letter = one.closest(cell)?.textContent.trim()[0] ?? "A";
      found[letter] = (found[letter] ?? 0) + 1;
    }
    return found;
  };
}"""
"""How many answers stand in each column, by its letter; without columns all are those of A."""
PAINTS = """([before, columns]) => {
  window.painted = new Promise(done => {
    const at = {}, waiting = new Set();
    const observer = new MutationObserver(() => {
      for (const [letter, count] of Object.entries(window.answers())) {
        if (count <= before || waiting.has(letter)) continue;
        waiting.add(letter);
        if (waiting.size === columns) observer.disconnect();
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            at[letter] = performance.timeOrigin + performance.now();
            if (Object.keys(at).length === columns) done(at);
          };
          port2.postMessage(null);
        });
      }
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}"""
"""Promises the moments, in milliseconds, at which each column's next answer was first painted."""
OVER = """idle => {
  window.over = new Promise(done => {
    let began = false;
    const look = () => {
      const still = document.querySelector(idle);
      began ||= !still;
      if (began && still) done(performance.timeOrigin + performance.now());
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
"""Promises the moment at which the page has been drawn to its end."""


def address(columns: int) -> str:
    """The page Compare, with so many columns that answer."""
    asked = [{"max_tokens": LONGEST + column} for column in range(columns)]
    shown = asked if columns > 1 else [*asked, NOBODY]
    return f"compare?columns={quote(str(shown).replace(chr(39), chr(34)))}"


def called(relay: Relay, mark: str, column: int | None) -> Passed:
    """The newest call that asked this; of a column, where several did."""
    return next(
        call
        for call in reversed(relay.calls)
        if mark.encode() in call.asked
        and (column is None or re.search(rb'"max_tokens": ?%d\b' % (LONGEST + column), call.asked))
    )


def paints(browser: Browser, url: str, relay: Relay, columns: int, pages: int, turns: int) -> list[float]:
    """Seconds from each answer's first delta, at the relay, to its paint: so many questions on so many pages.
    Those of the first question are left out: for it a browser loads its code."""
    found: list[float] = []
    for opening in range(pages):
        page = opened(browser, url)
        page.wait_for_selector(FIELD)
        page.evaluate(ANSWERS, ["[data-testid=stColumn]", "[data-testid=stMarkdownContainer]", FIRST])
        for turn in range(turns):
            mark = f"Question {opening}.{turn} of {columns}?"
            page.evaluate(PAINTS, [turn, columns])
            ask(page, f"{mark} [[words 12]]")
            at = page.evaluate("window.painted")
            drawn(page)
            calls = {"ABCDEF"[n]: called(relay, mark, n if columns > 1 else None) for n in range(columns)}
            if opening or turn:
                found += [at[letter] / 1000 - call.deltas[0][0] for letter, call in calls.items()]
        page.context.close()
    return found


@dataclass
class Ended:
    """Seconds from Enter to the server's last delta, and until the page was drawn to its end."""

    server: float
    drawn: float


def ends(browser: Browser, url: str, relay: Relay, columns: int, text: str) -> Ended:
    """One question to so many columns, until all of them are answered."""
    page = opened(browser, url)
    page.wait_for_selector(FIELD)
    page.get_by_test_id("stChatInputTextArea").fill(text)
    began = time.time()
    over = _asked(page)
    calls = relay.calls[-columns:]
    assert len(calls) == columns and all(call.over for call in calls), "an answer is not at its end"
    page.context.close()
    return Ended(max(call.deltas[-1][0] for call in calls) - began, over - began)


def _asked(page: Page) -> float:
    page.evaluate(OVER, IDLE)
    page.get_by_test_id("stChatInputTextArea").press("Enter")
    return page.evaluate("window.over") / 1000


@dataclass
class Watched:
    """A page, and the bytes that its websocket has brought."""

    page: Page
    bytes: int = 0
    frames: int = field(default=0)


def watched(browser: Browser, url: str) -> Watched:
    """Open a page and count what it is sent, from before it is there."""
    found = Watched(browser.new_context().new_page())
    found.page.set_default_timeout(5 * PATIENCE)

    def came(data: bytes | str) -> None:
        found.bytes += len(data)
        found.frames += 1

    found.page.on("websocket", lambda socket: socket.on("framereceived", came))
    found.page.goto(url)
    drawn(found.page)
    found.page.wait_for_selector(FIELD)
    return found


def bytes_of(pages: dict[str, Watched], text: str) -> dict[str, tuple[int, int]]:
    """Bytes and messages that each page was sent for one question, all of them asked at the same time."""
    before = {name: (one.bytes, one.frames) for name, one in pages.items()}
    for one in pages.values():
        one.page.evaluate(OVER, IDLE)
        ask(one.page, text)
    for one in pages.values():
        one.page.evaluate("window.over")
    return {name: (one.bytes - before[name][0], one.frames - before[name][1]) for name, one in pages.items()}
