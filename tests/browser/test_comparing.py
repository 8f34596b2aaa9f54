"""Columns that stream side by side go on, whatever their reader does in the browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("playwright", reason="Playwright is not installed here")

from playwright.sync_api import Browser, Page, expect  # noqa: E402

from lab import store  # noqa: E402
from tests.browser.kit import CHROMIUM, PATIENCE, ask, chromium, drawn, opened, serving  # noqa: E402
from tests.browser.test_streaming import calls  # noqa: E402

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
COLUMNS = [{"max_tokens": 1000}, {"max_tokens": 2000}, {"max_tokens": 3000}]
"""Of one model, so that none is done long before the others."""
WORDS = 240
STOPS = "[class*=st-key-compare-stop-] button"
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def streaming(page: Page) -> None:
    """Wait until all columns grow; four buttons: each column's, and that for all."""
    expect(page.locator(STOPS)).to_have_count(4)
    expect(page.get_by_text("This is a simulated answer;")).to_have_count(3)


def test_nothing_interrupts_three_columns(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, speed=0.15, LAB_GRACE="60") as servers:
        page = opened(browser, f"{servers.app}/compare?columns={quote(json.dumps(COLUMNS))}")
        ask(page, f"[[words {WORDS}]]")
        streaming(page)
        page.get_by_text("Whole answers", exact=True).click()
        streaming(page)
        page.get_by_role("link", name="Logs").first.click()
        expect(page.get_by_role("heading", name="Logs")).to_be_visible()
        page.go_back()
        streaming(page)
        page.reload()
        streaming(page)
        votes = page.locator("[class*=st-key-vote-] button")
        expect(votes).to_have_count(8)
        drawn(page)
        found = calls(servers)
        assert [(call["origin"], call["state"]) for call in found] == [("compare", "ok")] * 3
        assert {call["max_tokens"] for call in found} == {column["max_tokens"] for column in COLUMNS}
        shown = re.sub(r"\s+", " ", page.get_by_test_id("stMain").inner_text())
        for call in found:
            whole = store.plain_text(call["answer"])
            assert len(whole.split()) == WORDS and whole in shown
        assert servers.stats()["requests"] == 3
        page.get_by_role("heading").first.click()
        page.keyboard.press("t")
        expect(page.locator("[class*=st-key-vote-] button[kind=primary]")).to_have_text(re.compile("Tie"))
        drawn(page)
        page.reload()
        expect(page.locator("[class*=st-key-vote-] button[kind=primary]")).to_have_text(re.compile("Tie"))
        page.context.close()
