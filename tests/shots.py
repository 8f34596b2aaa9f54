"""`python -m tests.shots [FOLDER]`: a picture of every page, empty, streaming, full and failed, on a desk and
on a phone, light and dark; `index.html` shows them all, `sheet-*.png` the same as pictures."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from lab import store
from lab.store import Store
from lab.types import Principal
from tests.bench._million import filled
from tests.browser.kit import ROOT, ask, chromium, drawn, opened, serving

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
ME = Principal("ana", "admin")
ASKED = (
    ("-p", "support@2", "-v", "plan=team", "How do I reset my password?"),
    ("-c", "And how do I add a colleague?"),
    ("--max-tokens", "12", "Tell me about your plans. [[words 60]]"),
    ("-m", "claude-haiku-5-5", "What went wrong? [[400]]"),
    ("-m", "claude-opus-5-5", "A question that is declined. [[refuse after 9]]"),
)
JUDGED = """prompt: support
cases: support.jsonl
repeats: 2
graders:
- {name: friendly, judge: {rubric: "A friendly answer about the plan, as asked.", scale: 4, threshold: 2}}
"""
"""A dataset with a judge."""
CHECKS = (
    ("judged", "--sim"),
    ("support-check", "--sim", "-p", "support@1"),
    ("support-check", "--sim", "-p", "support@2"),
    ("support-check", "--sim", "--sample", "30", "-m", "claude-sonnet-5-5", "-m", "claude-haiku-5-5"),
    ("support-check", "--sim", "-p", "support@1", "-p", "support@2"),
)
LONG = "Tell me a long story. [[words 3000]]"
WATCHED = {
    "logs": "logs",
    "conversations": "logs?view=conversations",
    "health": "logs?view=health",
    "alerts": "logs?view=alerts",
    "costs": "costs",
    "why": "costs?view=why",
    "cache": "costs?view=cache",
}
"""Where a team sees what its calls do and cost."""
MANY = 8_000
"""Calls of such a team."""
EMPTY = {name: name for name in ("compare", "prompts", "runs")} | {
    "chat": "",
    "datasets": "runs?view=datasets",
    "judges": "runs?view=judges",
    "settings": "settings?view=routing",
    **WATCHED,
}
FAILED = {
    "chat": "?c=nothing",
    "compare": "compare?id=nothing",
    "prompts": "prompts?prompt=nothing",
    "runs": "runs?run=nothing",
    "datasets": "runs?dataset=nothing",
    "logs": "logs?call=nothing",
    "costs": "costs?from=nothing",
}
SHEET = 6
"""Pictures beside each other."""


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, chromium() as browser:
        full, empty, many = (Path(work, name) for name in ("full", "empty", "many"))
        for place in (full, empty, many / ".lab"):
            place.mkdir(parents=True)
        with serving(empty, speed=0, key=False) as servers:
            for name in ("prompts", "datasets"):
                _emptied(empty / name)
            _pictures(browser, servers.app, folder, {f"empty-{name}": to for name, to in EMPTY.items()})
        with serving(full, speed=1, key=False) as servers:
            _fill(full)
            with _checking(full) as running:
                _streaming(browser, servers.app, folder, f"runs?run={running}")
            _pictures(browser, servers.app, folder, dict(_addresses(full)))
        filled(many / ".lab" / "lab.db", MANY)
        with serving(many, speed=0, key=False) as servers:
            _pictures(browser, servers.app, folder, {f"many-{name}": to for name, to in WATCHED.items()})
    _index(folder)


def _emptied(folder: Path) -> None:
    """The app is open, and its team has written nothing yet."""
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


def _pictures(browser: Browser, app: str, folder: Path, addresses: Mapping[str, str]) -> None:
    for look, page in _looks(browser, app):
        for name, address in addresses.items():
            page.goto(f"{app}/{address}")
            drawn(page)
            page.wait_for_load_state("networkidle")  # charts and tables are drawn by code that comes late
            page.wait_for_selector("[data-testid=stSkeleton]", state="detached")
            _kept(page, folder / f"{name}-{look}.png")


def _streaming(browser: Browser, app: str, folder: Path, check: str) -> None:
    """A long answer, and a check, while they come."""
    grown = "document.querySelector('[data-testid=stMain]')?.innerText.length > 1200"
    for look, page in _looks(browser, app):
        for name, address in (("chat", ""), ("compare", "compare")):
            page.goto(f"{app}/{address}")
            drawn(page)
            ask(page, LONG)
            page.wait_for_function(grown)
            _kept(page, folder / f"streaming-{name}-{look}.png")
            page.get_by_role("button", name="Stop").last.click()
            drawn(page)
        _kept(page, folder / f"full-compare-{look}.png")
        page.goto(f"{app}/{check}")
        page.wait_for_selector("[data-testid=stProgress], [data-testid=stAlert]")
        _kept(page, folder / f"streaming-runs-{look}.png")


def _looks(browser: Browser, app: str) -> Iterator[tuple[str, Page]]:
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            viewport = {"width": width, "height": height}
            page = opened(browser, app, viewport=viewport, color_scheme=scheme)
            yield f"{size}-{scheme}", page
            page.context.close()


def _kept(page: Page, file: Path) -> None:
    """The picture; and that the page can not be moved sideways."""
    page.screenshot(path=file)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    print(file, f"is {wider} pixels wider than the window" if wider > 0 else "", flush=True)


def _fill(folder: Path) -> None:
    """Conversations that end in different ways, ratings, checks, and what two people say of a judge's."""
    asked = [{"input": f"What does plan {number} cost?"} for number in range(60)]
    (folder / "datasets" / "support.jsonl").write_text("\n".join(map(json.dumps, asked)))
    (folder / "datasets" / "judged.yaml").write_text(JUDGED)
    for words in (*(("ask", *each) for each in ASKED), *(("check", *each) for each in CHECKS)):
        _command(folder, "0", *words).communicate()
    base = Store(folder / ".lab" / "lab.db")
    for number, call in enumerate(store.calls(base.read, ME, 999)):
        if call["origin"] == "chat":
            base.post(store.rated(call["id"], ME, 1 - number % 3, "Short and right." if number % 2 else ""))
    run = store.runs(base.read, ME, 9, dataset="judged")[0]["id"]
    for number, each in enumerate(store.answered(base.read, ME, run)):
        for who, slips in (("ann", 7), ("ben", 5)):
            said = str(1 + (number + (number % slips == 0)) % 4)
            base.post(store.reviewed(store.Review(each["call_id"], "friendly", who, "judged", said)))
    base.close()


def _command(folder: Path, speed: str, *words: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "LAB_"))}
    environ = clean | {"PYTHONPATH": str(ROOT), "LAB_USER": ME.user, "LAB_SIM_SPEED": speed}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "lab", *words], cwd=folder, env=environ, **quiet)


@contextmanager
def _checking(folder: Path) -> Iterator[str]:
    """A slow check that goes on meanwhile; gives its run."""
    before = _runs(folder)
    process = _command(
        folder, "0.05", "check", "support-check", "--sim", "-p", "support@2", "--concurrency", "2"
    )
    try:
        while process.poll() is None and _runs(folder) == before:
            pass
        yield _runs(folder)[0]
    finally:
        process.terminate()
        process.wait()


def _runs(folder: Path) -> list[str]:
    base = Store(folder / ".lab" / "lab.db")
    found = [run["id"] for run in store.runs(base.read, ME, 9)]
    base.close()
    return found


def _addresses(folder: Path) -> Iterator[tuple[str, str]]:
    """What each page shows, by the names of the pictures."""
    base = Store(folder / ".lab" / "lab.db")
    chats = [call for call in store.calls(base.read, ME, 9999) if call["origin"] == "chat"]
    asked = [call for call in chats if call["model"] != "claude-sonnet-5-5" or call["stop_reason"]]
    run, several = (store.runs(base.read, ME, 9)[at]["id"] for at in (1, 2))
    judged = store.runs(base.read, ME, 9, dataset="judged")[0]["id"]
    base.close()
    for name, call in zip(("declined", "failed", "cut"), asked, strict=False):
        yield f"failed-chat-{name}", f"?c={call['conversation_id']}"
    for name, address in FAILED.items():
        yield f"failed-{name}", address
    yield "full-chat", f"?c={chats[-1]['conversation_id']}"
    yield "full-prompts", "prompts"
    for view in ("read", "edit", "compare", "versions"):
        yield f"full-prompts-{view}", f"prompts?prompt=support&version=3&view={view}"
    yield "full-runs", "runs"
    yield "full-runs-new", "runs?new=check"
    yield "full-runs-one", f"runs?run={run}"
    yield "full-runs-failed", f"runs?run={run}&show=failed"
    for view in ("compare", "tags", "history"):
        yield f"full-runs-{view}", f"runs?run={run}&view={view}"
    for view in ("flakes", "rate"):
        yield f"full-runs-{view}", f"runs?run={judged}&view={view}"
    yield "full-judges", "runs?view=judges"
    yield "full-datasets", "runs?view=datasets"
    yield "full-datasets-one", "runs?dataset=support-check"
    for name, address in WATCHED.items():
        yield f"full-{name}", address
    yield "full-logs-one", f"logs?call={chats[-1]['id']}"
    for view in ("settings", "models", "routing", "health"):
        yield f"full-settings-{view}", f"settings?view={view}"
    yield "full-settings-routing-run", f"settings?view=routing&on={several}"


def _index(folder: Path) -> None:
    """One page with all pictures, and a picture of those of each size and scheme."""
    from PIL import Image

    names = sorted({file.name.rsplit("-", 2)[0] for file in folder.glob("*-*-*.png")} - {"sheet"})
    looks = [f"{size}-{scheme}" for size in SIZES for scheme in SCHEMES]
    rows = "".join(
        f"<h2>{html.escape(name)}</h2><p>"
        + "".join(
            f'<a href="{name}-{look}.png"><img src="{name}-{look}.png" alt="{look}"></a>' for look in looks
        )
        for name in names
    )
    style = "body{font:15px sans-serif;background:#888}img{height:420px;margin:4px}"
    (folder / "index.html").write_text(f"<!doctype html><title>Pages</title><style>{style}</style>{rows}")
    for look in looks:
        size = SIZES[look.partition("-")[0]]
        wide, high = (720, 720 * size[1] // size[0]) if size[0] > 720 else size
        files = [folder / f"{name}-{look}.png" for name in names]
        sheet = Image.new("RGB", (SHEET * (wide + 8), -(-len(files) // SHEET) * (high + 8)), "#888888")
        for at, file in enumerate(file for file in files if file.exists()):
            picture = Image.open(file).convert("RGB").resize((wide, high))
            sheet.paste(picture, (at % SHEET * (wide + 8), at // SHEET * (high + 8)))
        sheet.save(folder / f"sheet-{look}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".shots"))
