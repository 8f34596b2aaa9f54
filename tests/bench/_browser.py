"""What a person in front of Chromium waits for."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.bench._relay import FIRST, Relay
from tests.browser.kit import IDLE, PATIENCE, ask, drawn, opened

TEXTS = "[data-testid=stChatMessage] [data-testid=stMarkdownContainer]"
FIELD = "[data-testid=stChatInputTextArea]"

ANSWERS = """([texts, first]) => {
  window.answers = () =>
    [...document.querySelectorAll(texts)].filter(one => one.textContent.startsWith(first)).length;
}"""
PAINT = """before => {
  window.painted = new Promise(done => {
    const observer = new MutationObserver(() => {
      if (window.answers() <= before) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.timeOrigin + performance.now());
        port2.postMessage(null);
      });
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}"""
"""Promises the moment, in milliseconds, at which one more answer has begun and its frame was painted."""

LOADED = """
for (const [name, selector] of Object.entries(%s))
  window[name] = new Promise(done => {
    const observer = new MutationObserver(() => {
      if (!document.querySelector(selector)) return;
      observer.disconnect();
      done(performance.now());
    });
    observer.observe(document, { childList: true, subtree: true, attributes: true });
  });
"""

CLICKED = """() => {
  window.clicked = new Promise(done =>
    document.addEventListener("click", () => done(performance.timeOrigin + performance.now()), true));
}"""


def paints(browser: Browser, url: str, relay: Relay, questions: int) -> list[float]:
    """Seconds that each answer's first delta took from the relay to the screen."""
    page = opened(browser, url)
    page.wait_for_selector(FIELD)
    page.evaluate(ANSWERS, [TEXTS, FIRST])
    found = []
    for number in range(questions + 1):
        page.wait_for_function("count => window.answers() === count", arg=number)
        page.evaluate(PAINT, number)
        ask(page, f"Question {number}? [[words 30]]")
        painted = page.evaluate("window.painted") / 1000
        drawn(page)
        found.append(painted - relay.call(f"Question {number}?".encode()).deltas[0][0])
    page.context.close()
    return found[1:]  # with the first, both sides load what they need for the others


def loads(browser: Browser, url: str, times: int) -> list[tuple[float, float]]:
    """Seconds until a page is idle, and until one can type; the first with an empty cache."""
    context = browser.new_context()
    context.add_init_script(LOADED % {"idle": IDLE, "field": FIELD})
    page = context.new_page()
    found = []
    for _ in range(times + 1):
        page.goto(url)
        idle, field = page.evaluate("Promise.all([window.idle, window.field])")
        found.append((idle / 1000, max(idle, field) / 1000))
    context.close()
    return found


def stops(browser: Browser, url: str, relay: Relay, times: int) -> list[float]:
    """Seconds from a click on Stop, while Claude is silent, until the connection to it is closed."""
    page = opened(browser, url)
    found = [_stopped(page, relay, f"Silence {number}?") for number in range(times)]
    page.context.close()
    return found


def _stopped(page: Page, relay: Relay, mark: str) -> float:
    ask(page, f"{mark} [[hang 60]]")
    button = page.get_by_role("button", name="Stop").last
    button.wait_for()
    _until(page, lambda: any(mark.encode() in call.asked for call in relay.calls))
    call = relay.call(mark.encode())
    page.evaluate(CLICKED)
    button.click()
    clicked = page.evaluate("window.clicked") / 1000
    _until(page, lambda: call.closed)
    page.get_by_role("button", name="Ask again").wait_for()
    drawn(page)
    return call.closed - clicked


def _until(page: Page, true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("It never came.")
        page.wait_for_timeout(5)
