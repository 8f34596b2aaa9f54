"""The app as a person feels it, beside a chat as Streamlit's tutorial has it (`_plain.py`).

    python -m tests.bench app [paint] [reruns] [load] [pages] [stop]

The app, the simulated Claude and Chromium are processes of their own. A relay between the app and Claude, in
this process, notes when each delta passes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.bench import _browser
from tests.bench._bench import ms, percentile, ratio, table
from tests.bench._load import CLICKERS, STREAMS, load
from tests.bench._running import lab, plain
from tests.bench._session import opened
from tests.browser import kit

PAGES = kit.ROOT / "lab" / "ui" / "pages"
QUESTIONS, TURNS, RERUNS, NAVIGATIONS, STOPS = 20, 10, 50, 10, 10


def main(arguments: list[str]) -> None:
    parts = {"paint": _paint, "reruns": _reruns, "load": _load, "pages": _pages, "stop": _stop}
    if unknown := set(arguments) - set(parts):
        sys.exit(f"There is no part {', '.join(unknown)}; there are {', '.join(parts)}.")
    for name in arguments or parts:
        parts[name]()


ARMS = {"plain Streamlit": plain, "Prompt Lab": lab}


def _paint() -> None:
    print(f"\n## First delta to paint: {QUESTIONS} questions of one conversation\n")
    rows, base = [("", "p50", "p90", "ratio")], None
    for name, arm in ARMS.items():
        with arm("--first-token", "0.3", "--interval", "0.02") as one, kit.chromium() as browser:
            took = _browser.paints(browser, one.url, one.relay, QUESTIONS)
        base = base or took
        rows.append((name, *ms(took, 0.5, 0.9), ratio(took, base)))
    table(rows)


def _reruns() -> None:
    print(f"\n## Rerun of a warm page, from the click to script_finished: {RERUNS} a page\n")
    with plain("--speed", "0") as one:
        base = asyncio.run(_clicks(one.url, TURNS))
    rows = [("", "p50", "p95", "ratio"), (f"plain Streamlit, {TURNS} turns", *ms(base, 0.5, 0.95), "1.00")]
    with lab("--speed", "0") as one:
        took = asyncio.run(_clicks(one.url, TURNS))
        rows.append((f"chat, {TURNS} turns", *ms(took, 0.5, 0.95), ratio(took, base)))
        for page, query in _addresses(one.folder):
            took = asyncio.run(_clicks(one.url, 0, page, query))
            name = " ".join((page, *query.split("=")[:1])).strip()
            rows.append((name, *ms(took, 0.5, 0.95), ratio(took, base)))
    table(rows)


def _addresses(folder: Path) -> list[tuple[str, str]]:
    """Each page as it is opened, and with one thing of what it lists."""
    kit.lab(folder, "check", "support-check", "--sim")
    run, call = (json.loads(kit.lab(folder, name, "--json"))[0]["id"] for name in ("runs", "logs"))
    one = {"prompts": "prompt=support", "runs": f"run={run}", "logs": f"call={call}"}
    pages = sorted(file.stem for file in PAGES.glob("[!_]*.py"))
    return [(page, query) for page in pages for query in ("", one.get(page)) if query is not None]


async def _clicks(url: str, turns: int, page: str = "", query: str = "") -> list[float]:
    """Seconds that each click takes on a page, after a conversation of so many turns there."""
    async with opened(url, page, query) as session:
        for number in range(turns):
            await session.ask(f"Turn {number}? How do I reset my password?")
            async for _ in session.drawn():
                pass
        return [await session.run() for _ in range(RERUNS)]


def _load() -> None:
    print(f"\n## {STREAMS} tabs stream 20 deltas a second, while {CLICKERS} others click once a second\n")
    rows = [("", "deltas", "lost", "lag p50", "p95", "most", "ratio of p95", "CPU, of a core")]
    base = None
    for name, arm in ARMS.items():
        with arm("--first-token", "0.3", "--interval", "0.05") as one:
            found = asyncio.run(load(one.url, one.relay, one.process, TURNS))
        lags = found.lags
        base = base or percentile(lags, 0.95)
        ratio = f"{percentile(lags, 0.95) / base:.2f}"
        rows.append((name, f"{len(lags):,}", found.lost, *ms(lags, 0.5, 0.95, 1), ratio, f"{found.cpu:.0%}"))
    table(rows)


def _pages() -> None:
    print(f"\n## Page load, from navigation until it is idle: {NAVIGATIONS} with a warm cache\n")
    rows, base = [("", "cold", "warm p50", "p90", "ratio", "until one can type, cold", "warm p50")], None
    for name, arm in ARMS.items():
        with arm("--speed", "0") as one, kit.chromium() as browser:
            (cold, typed), *warm = _browser.loads(browser, one.url, NAVIGATIONS)
        idle, field = zip(*warm, strict=True)
        base = base or idle
        rows.append(
            (
                name,
                *ms([cold], 0),
                *ms(idle, 0.5, 0.9),
                ratio(idle, base),
                *ms([typed], 0),
                *ms(field, 0.5),
            )
        )
    table(rows)


def _stop() -> None:
    print(f"\n## Stop while Claude is silent, from the click until the connection is closed: {STOPS} times\n")
    with lab("--first-token", "0.3", "--interval", "0.02") as one, kit.chromium() as browser:
        took = _browser.stops(browser, one.url, one.relay, STOPS)
    table([("", "p50", "most"), ("Prompt Lab", *ms(took, 0.5, 1))])
