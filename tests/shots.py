"""`python -m tests.shots [FOLDER]`: a picture of every page, on a desk and on a phone, light and dark."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from lab import store
from lab.store import Store
from lab.types import Principal
from tests.browser.kit import ROOT, chromium, drawn, opened, serving

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
ME = Principal("ana", "admin")
ASKED = (
    ("-p", "support@2", "-v", "plan=team", "How do I reset my password?"),
    ("-c", "And how do I add a colleague?"),
    ("--max-tokens", "12", "Tell me about your plans. [[words 60]]"),
    ("What went wrong? [[400]]",),
    ("A question that is declined. [[refuse after 9]]",),
)
PROPOSED = ("datasets", "generate", "tickets-check", "-n", "3")
CHECKS = (
    ("support-check", "--sim", "-p", "support@1"),
    ("support-check", "--sim", "-p", "support@2"),
    ("support-check", "--sim", "-p", "support@1", "-p", "support@2"),
)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, serving(Path(work), speed=0, key=False) as servers:
        _fill(servers.folder)
        addresses = {"1-chat-empty": "", "3-prompts": "prompts"} | dict(_addresses(servers.folder))
        with chromium() as browser:
            for size, (width, height) in SIZES.items():
                for scheme in SCHEMES:
                    viewport = {"width": width, "height": height}
                    page = opened(browser, servers.app, viewport=viewport, color_scheme=scheme)
                    for name, address in addresses.items():
                        print(_shot(page, f"{servers.app}/{address}", folder / f"{name}-{size}-{scheme}.png"))
                    page.context.close()


def _shot(page: Page, url: str, file: Path) -> Path:
    page.goto(url)
    drawn(page)
    page.wait_for_load_state("networkidle")  # charts and tables are drawn by code that comes late
    page.wait_for_selector("[data-testid=stSkeleton]", state="detached")
    page.screenshot(path=file)
    return file


def _fill(folder: Path) -> None:
    """Conversations that end in different ways, ratings, and checks."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "LAB_"))}
    environ = clean | {"PYTHONPATH": str(ROOT), "LAB_USER": ME.user, "LAB_SIM_SPEED": "0"}
    for words in (*(("ask", *each) for each in ASKED), *(("check", *each) for each in CHECKS), PROPOSED):
        command = [sys.executable, "-m", "lab", *words]
        subprocess.run(command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True)
    base = Store(folder / ".lab" / "lab.db")
    for number, call in enumerate(store.calls(base.read, ME, 99)):
        if call["origin"] == "chat":
            base.post(store.rated(call["id"], ME, 1 - number % 3, "Short and right." if number % 2 else ""))
    base.close()


def _addresses(folder: Path) -> Iterator[tuple[str, str]]:
    """What each page shows, by the names of the pictures."""
    base = Store(folder / ".lab" / "lab.db")
    chats = [call for call in store.calls(base.read, ME, 999) if call["origin"] == "chat"]
    run = store.runs(base.read, ME, 1)[0]["id"]
    base.close()
    for name, call in zip(("declined", "failed", "cut"), chats, strict=False):
        yield f"2-chat-{name}", f"?c={call['conversation_id']}"
    yield "2-chat-two-turns", f"?c={chats[-1]['conversation_id']}"
    for view in ("read", "edit", "compare", "versions"):
        yield f"3-prompts-{view}", f"prompts?prompt=support&version=3&view={view}"
    yield "4-checks", "runs"
    yield "4-checks-one", f"runs?run={run}"
    yield "4-checks-failed", f"runs?run={run}&show=failed"
    for view in ("compare", "tags", "history"):
        yield f"4-checks-{view}", f"runs?run={run}&view={view}"
    yield "4-datasets", "runs?view=datasets"
    for part in ("cases", "proposed", "near"):
        yield f"4-datasets-{part}", f"runs?dataset=tickets-check&part={part}"
    yield "5-logs", "logs"
    yield "5-logs-one", f"logs?call={chats[-1]['id']}"


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".shots"))
