"""Operating everything on a page that can be operated, one thing after the other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.kit import PATIENCE

THERE = """() => {
  const places = ["stPopoverBody", "stDialog", "stMain", "stSidebar", "stHeader"];
  const kinds = "button, a[href], summary, input, textarea, [role=tab]";
  for (const one of document.querySelectorAll("[data-operated]")) one.removeAttribute("data-operated");
  const seen = {}, found = [];
  for (const place of places)
    for (const root of document.querySelectorAll(`[data-testid=${place}]`))
      for (const one of root.querySelectorAll(kinds)) {
        if (one.disabled || one.closest("[aria-disabled=true], [inert]") || one.type === "file") continue;
        const box = one.type === "checkbox" ? one.closest("label") : one;
        if (!box?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        const kind = one.type === "checkbox" ? "toggle" :
          one.getAttribute("role") === "combobox" ? "list" :
          one.matches("input, textarea") ? (one.type === "number" ? "number" : "text") : "button";
        const named = one.closest("[class*=st-key-]")?.className.match(/st-key-(\\S+)/)[1] ?? "";
        const words = one.cloneNode(true);
        for (const icon of words.querySelectorAll("[data-testid=stIconMaterial]")) icon.remove();
        const label = kind === "button" ? one.getAttribute("aria-label") || words.textContent.trim() : kind;
        const what = [place, named, label].join(" | ");
        seen[what] = (seen[what] ?? 0) + 1;
        box.setAttribute("data-operated", found.length);
        found.push({ id: `${what} | ${seen[what]}`, number: found.length, place, kind });
      }
  return found;
}"""
"""All that can be seen and operated, what is in front first; each is marked with its number."""
FRONT = ("stPopoverBody", "stDialog")
NUMBER = re.compile(r"\b[0-9a-z]{12,}\b|\d+")
"""Of a call, a column, a turn."""


@dataclass(frozen=True)
class Thing:
    """One of them: its name, its number, where it is, and how it is operated."""

    id: str
    number: int
    place: str
    kind: str


FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Runs:
    """Whether the app has done what was clicked: the script has run as far as `reached` says, or ended."""

    def __init__(self, page: Page, reached: Callable[[ForwardMsg], bool]) -> None:
        self._page, self._reached = page, reached
        self._asked = self._begun = False
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._came)

    def _sent(self, data: bytes | str) -> None:
        message = BackMsg.FromString(data) if isinstance(data, bytes) else BackMsg()
        if message.WhichOneof("type") == "rerun_script" and not message.rerun_script.is_auto_rerun:
            self._asked, self._begun = True, False

    def _came(self, data: bytes | str) -> None:
        message = ForwardMsg.FromString(data) if isinstance(data, bytes) else ForwardMsg()
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._begun = self._asked
        elif self._begun and (kind == "script_finished" or self._reached(message)):
            self._asked = self._begun = False

    def settle(self) -> None:
        """Wait until that is so."""
        for _ in range(PATIENCE // 20):
            self._page.evaluate(FRAMES)
            if not self._asked:
                return
            self._page.wait_for_timeout(20)  # between two looks: what came is told in between
        raise TimeoutError(f"The app never did what was clicked on {self._page.url}.")


def operate_all(
    page: Page, runs: Runs, spared: re.Pattern[str], look: Callable[[], None], back: Callable[[], None]
) -> list[str]:
    """Operate each thing on a page once, `spared` ones apart, and of those that differ in a number alone the
    first two; gives their names. `look` is called after each, and `back` where it led away from the page."""
    home, done = page.url, list[str]()
    opened: str | None = None
    while True:
        things = [Thing(**each) for each in page.evaluate(THERE)]
        enough = {kind for kind, count in Counter(map(_kind, done)).items() if count >= 2}
        left = [
            each
            for each in things
            if each.id not in done and _kind(each.id) not in enough and not spared.search(each.id)
        ]
        if opened and not any(each.place in FRONT for each in left):
            page.keyboard.press("Escape")
            opened = None
            continue
        if not left:
            return done
        thing = left[0]
        done.append(thing.id)
        _operate(page, thing)
        runs.settle()
        look()
        inside = page.locator(", ".join(f"[data-testid={place}]" for place in FRONT)).count() > 0
        if page.url.partition("&")[0] != home.partition("&")[0]:
            back()
            inside = False
        if inside:
            opened = opened or thing.id
        elif opened:
            if thing.place in FRONT:
                done.remove(opened)  # it closed, and may hold more
            opened = None


def _kind(id: str) -> str:
    return NUMBER.sub("#", id)


def _operate(page: Page, thing: Thing) -> None:
    one = page.locator(f'[data-operated="{thing.number}"]')
    if thing.kind in ("text", "number"):
        one.fill("3" if thing.kind == "number" else "clicked")
        one.press("Tab")
        return
    one.click()
    options = page.get_by_role("option")
    if options.count():  # it was a list that opened
        options.last.click()
