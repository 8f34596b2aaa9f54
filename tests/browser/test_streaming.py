"""An answer that streams goes on, whatever its reader does in the browser; what they say of it is kept."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="Playwright is not installed here")

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from lab import store  # noqa: E402
from lab.store import Store  # noqa: E402
from lab.types import Principal  # noqa: E402
from tests.browser.kit import CHROMIUM, PATIENCE, Servers, ask, chromium, drawn, opened, serving  # noqa: E402

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
ME = Principal("ana", "admin")
WORDS = 300
STOP = "[class*=st-key-chat-stop-] button"
"""The call's; while a page is drawn, Streamlit's own toolbar has a Stop too, for the script."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    """A slow model, so that there is time to do things while it answers, however long a reload takes."""
    with serving(tmp_path, speed=0.3, LAB_GRACE="60") as found:
        yield found


def calls(servers: Servers) -> list[dict[str, Any]]:
    base = Store(servers.folder / ".lab" / "lab.db")
    try:
        return [store.call(base.read, ME, each["id"]) for each in store.calls(base.read, ME, 99)]
    finally:
        base.close()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)  # between two looks at another process


def answered(page: Page) -> str:
    return page.get_by_test_id("stChatMessage").last.inner_text()


def streaming(page: Page) -> None:
    """Wait until the answer grows."""
    expect(page.locator(STOP)).to_be_visible()
    expect(page.get_by_test_id("stChatMessage").last).to_contain_text("simulated answer")


def test_nothing_interrupts_an_answer(browser: Browser, servers: Servers) -> None:
    page = opened(browser, servers.app)
    ask(page, "First?")
    expect(page.get_by_test_id("stFeedback")).to_be_visible()
    drawn(page)
    ask(page, f"[[words {WORDS}]]")
    streaming(page)
    page.get_by_label("Thumbs up").first.click()
    page.get_by_role("button", name="More").click()
    expect(page.get_by_text("Longest answer")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Logs").first.click()
    expect(page.get_by_role("heading", name="Logs")).to_be_visible()
    page.go_back()
    streaming(page)
    page.reload()
    streaming(page)
    expect(page.get_by_test_id("stFeedback")).to_have_count(2)
    drawn(page)
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4)
    newest, oldest = calls(servers)
    assert [newest["state"], oldest["state"]] == ["ok", "ok"]
    whole = store.plain_text(newest["answer"])
    assert len(whole.split()) == WORDS
    assert whole in re.sub(r"\s+", " ", answered(page))
    assert servers.stats()["requests"] == 2
    base = Store(servers.folder / ".lab" / "lab.db")
    assert [turn["rating"] for turn in store.turns(base.read, ME, oldest["conversation_id"], 9)] == [1, None]
    base.close()


def test_stop_ends_a_silent_wait(browser: Browser, servers: Servers) -> None:
    page = opened(browser, servers.app)
    ask(page, "[[hang 600]]")
    until(lambda: servers.stats()["requests"])
    page.locator(STOP).click()
    until(lambda: servers.stats()["disconnects"] == 1)
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    (call,) = calls(servers)
    assert call["state"] == "cancelled"


def test_a_closed_tab_ends_the_call_and_keeps_what_came(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, speed=0.3, LAB_GRACE="0.5") as servers:
        page = opened(browser, servers.app)
        ask(page, "[[words 3000]]")
        streaming(page)
        page.close()
        until(lambda: servers.stats()["disconnects"] == 1)
        until(lambda: calls(servers)[0]["state"] == "cancelled")
        (call,) = calls(servers)
        assert "simulated answer" in store.plain_text(call["answer"])


def test_two_browsers_at_once(browser: Browser, servers: Servers) -> None:
    pages = [opened(browser, servers.app) for _ in range(2)]
    for number, page in enumerate(pages):
        ask(page, f"Browser {number}? [[words 40]]")
    for number, page in enumerate(pages):
        expect(page.get_by_test_id("stFeedback")).to_be_visible()
        expect(page.get_by_test_id("stChatMessage").first).to_contain_text(f"Browser {number}?")
    assert [call["state"] for call in calls(servers)] == ["ok", "ok"]
    assert servers.stats()["requests"] == 2


def test_a_note_is_kept_by_a_click_elsewhere(browser: Browser, servers: Servers) -> None:
    page = opened(browser, servers.app)
    ask(page, "Why? [[words 5]]")
    note = page.get_by_role("button", name="Note")
    field = page.get_by_label("What is good or bad about this answer?")
    note.click()
    field.fill("Too long.")
    page.get_by_role("heading", name="Why?").click()
    expect(field).to_be_hidden()
    drawn(page)
    page.reload()
    note.click()
    expect(field).to_have_value("Too long.")
    page.context.close()
