"""Whatever a person clicks while answers stream, nothing of these is lost, and nothing is asked twice."""

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
from tests.browser.clicking import Runs, operate_all  # noqa: E402
from tests.browser.kit import CHROMIUM, PATIENCE, Servers, ask, chromium, drawn, paced  # noqa: E402
from tests.browser.test_streaming import calls  # noqa: E402

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
SMALL = "claude-haiku-5-5"
COLUMNS = [{"prompt": f"support@{each}"} | more for more in ({}, {"model": SMALL}) for each in (1, 2)]
WORDS = 1500
ENDS = re.compile(r"\bStop|Delete|Collapse sidebar")
"""What is there to end an answer, to throw away what holds it, or to hide what is to be clicked."""
PATIENT = dict.fromkeys(
    (
        "LAB_TOTAL_TIMEOUT",
        "LAB_SILENCE_TIMEOUT",
        "LAB_THINKING_TIMEOUT",
        "LAB_FIRST_TOKEN_TIMEOUT",
        "LAB_GRACE",
    ),
    "100000",
)
"""However slow the machine is, no answer ends before it is told to."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def begun(browser: Browser, address: str) -> tuple[Page, Runs]:
    """A page that was opened, and when it has done what was clicked: once the last Stop is drawn."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    stop = re.compile(r"-(compare|chat)-stop-(?!all)")
    runs = Runs(page, lambda message: bool(stop.search(message.delta.new_element.button.id)))
    page.goto(address)
    drawn(page)
    return page, runs


def faultless(page: Page) -> None:
    """No traceback, and nothing that went wrong, whatever page this is."""
    for what in ("stException", "stAlertContentError"):
        shown = page.get_by_test_id(what)
        assert shown.count() == 0, f"{page.url}: {shown.first.inner_text()}"


def everything(page: Page, runs: Runs, servers: Servers, stops: str, count: int) -> list[str]:
    """Operate all there is while answers stream, and then let them end; gives what was operated."""
    home = page.url

    def back() -> None:
        page.go_back()
        runs.settle()
        if page.url.partition("&")[0] != home.partition("&")[0]:
            page.goto(home)
        expect(page.locator(stops)).to_have_count(count)

    expect(page.locator(stops)).to_have_count(count)
    done = operate_all(page, runs, ENDS, lambda: faultless(page), back)
    expect(page.locator(stops)).to_have_count(count)
    assert servers.stats()["open"] == servers.stats()["requests"] // 2  # none came to an end meanwhile
    servers.forward(10 * WORDS)
    expect(page.locator(stops)).to_have_count(0)
    drawn(page)
    faultless(page)
    return done


def whole(page: Page, servers: Servers, expected: int) -> None:
    """Each of the answers that were to come is there once, word for word, in the log and on the page."""
    found = calls(servers)
    assert [call["state"] for call in found] == ["ok"] * 2 * expected
    assert servers.stats()["requests"] == 2 * expected and not servers.stats()["disconnects"]
    shown = re.sub(r"\s+", " ", page.get_by_test_id("stMain").inner_text())
    long = [text for call in found if len((text := store.plain_text(call["answer"])).split()) == WORDS]
    assert len(long) == expected and all(text in shown for text in long)


def test_everything_on_compare_while_four_columns_stream(browser: Browser, tmp_path: Path) -> None:
    with paced(tmp_path, **PATIENT) as servers:
        page, runs = begun(browser, f"{servers.app}/compare?columns={quote(json.dumps(COLUMNS))}")
        ask(page, "Before? [[words 2]]")
        expect(page.locator("[class*=st-key-vote-] button")).to_have_count(12)
        drawn(page)
        ask(page, f"And now? [[words {WORDS}]]")
        done = everything(page, runs, servers, "[class*=st-key-compare-stop-] button", 5)
        for name in ("compare-differ", "compare-whole", "compare-save-now", "Logs", "compare-open-", "-tie"):
            assert any(name in each for each in done), (name, done)
        whole(page, servers, 4)
        page.context.close()


def test_everything_on_chat_while_an_answer_streams(browser: Browser, tmp_path: Path) -> None:
    with paced(tmp_path, **PATIENT) as servers:
        page, runs = begun(browser, f"{servers.app}/?prompt=support@2")
        ask(page, "Before? [[words 2]]")
        expect(page.get_by_test_id("stFeedback")).to_be_visible()
        drawn(page)
        ask(page, f"And now? [[words {WORDS}]]")
        done = everything(page, runs, servers, "[class*=st-key-chat-stop-] button", 1)
        for name in ("chat-tuning", "chat-noting-", "chat-rate-", "Compare"):
            assert any(name in each for each in done), (name, done)
        whole(page, servers, 1)
        page.context.close()
