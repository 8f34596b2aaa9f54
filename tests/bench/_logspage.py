"""The pages of a long log in Chromium, tab by tab."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from tests.bench._bench import percentile
from tests.bench._figures import ms
from tests.bench._load import cpu
from tests.browser import kit

TIMES, AGE = 5, 6.0
"""Times each, and the seconds after which what was added up for a page is added up anew."""
MONTHS = "from=2026-08-31&to=2026-11-28"
ADDRESSES = {
    "Calls": "logs",
    "Calls, three filters": "logs?model=claude-opus-5-5&origin=chat&state=failed",
    "Calls, search": "logs?q=refund",
    "Conversations": "logs?view=conversations",
    "Health": "logs?view=health",
    "Health by version": "logs?view=health&by=version",
    "Alerts": "logs?view=alerts",
    "Spending": "costs",
    "Spending by conversation": "costs?by=conversation",
    "Spending, 90 days": f"costs?{MONTHS}",
    "Why it rose": "costs?view=why",
    "Cache": "costs?view=cache",
    "Cache by conversation": "costs?view=cache&by=conversation",
}
HEAD = ("", "wanted", "median", "longest", "CPU", "the first time", "CPU")


def loaded(folder: Path) -> Iterator[tuple[str, ...]]:
    """Each address in a tab that was open, so that what a browser loads once is there; the first time stands
    apart: nobody had looked at it since the app began."""
    with kit.app(folder) as (url, process), kit.chromium() as browser:
        page = kit.opened(browser, url)
        for name, address in ADDRESSES.items():
            first, *found = [_loaded(page, f"{url}/{address}", process) for _ in range(TIMES + 1)]
            times, cpus = zip(*found, strict=True)
            median = percentile([*times], 0.5)
            mark = "" if median <= 1000 else " (missed)"
            again = (ms(median), ms(max(times)), ms(percentile([*cpus], 0.5)))
            yield name, f"≤ 1,000 ms{mark}", *again, *map(ms, first)


def _loaded(page: Page, address: str, process: int) -> tuple[float, float]:
    """Milliseconds from going there until all is drawn, and those that the app took of the processor."""
    time.sleep(AGE)
    began, taken = time.perf_counter(), cpu(process)
    page.goto(address)
    kit.drawn(page)
    return (time.perf_counter() - began) * 1000, (cpu(process) - taken) * 1000
