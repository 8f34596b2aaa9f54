"""The Logs page of a long log in Chromium."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from tests.bench._bench import percentile
from tests.bench._figures import ms
from tests.browser import kit

TIMES = 10
ADDRESSES = {
    "all calls": "",
    "three filters": "?model=claude-opus-5-5&origin=chat&state=failed",
    "search": "?q=refund",
    "Costs": "costs",
}


def loaded(folder: Path) -> Iterator[tuple[str, ...]]:
    """Each address in a tab that was open, so that what a browser loads once is there."""
    with kit.app(folder) as (url, _), kit.chromium() as browser:
        page = kit.opened(browser, f"{url}/logs")
        for name, query in ADDRESSES.items():
            address = f"{url}/{query}" if query and query[0] != "?" else f"{url}/logs{query}"
            times = [_loaded(page, address) for _ in range(TIMES + 1)][1:]
            median = percentile(times, 0.5)
            mark = "" if median <= 1000 else " (missed)"
            yield name, f"≤ 1,000 ms{mark}", ms(median), ms(max(times))


def _loaded(page: Page, address: str) -> float:
    """Milliseconds from going there until everything is drawn."""
    began = time.perf_counter()
    page.goto(address)
    kit.drawn(page)
    return (time.perf_counter() - began) * 1000
