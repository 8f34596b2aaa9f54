"""The real app in a real browser: servers as processes of their own, and Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000
"""Milliseconds after which a test that waits for something gives up."""
IDLE = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
"""The page is drawn, and nothing more is coming."""


@dataclass(frozen=True)
class Servers:
    """The app and the simulated Claude that it asks, as if that were the API."""

    app: str
    sim: str
    folder: Path

    def stats(self) -> dict[str, Any]:
        """What the simulated Claude counted."""
        return json.load(urllib.request.urlopen(f"{self.sim}/stats"))

    def forward(self, seconds: float) -> None:
        """Put the simulated Claude's clock forward: its streams go on as if so much time had passed."""
        urllib.request.urlopen(f"{self.sim}/clock", json.dumps({"advance": seconds}).encode())


@contextmanager
def paced(folder: Path, **settings: str) -> Iterator[Servers]:
    """Both servers, with a word every two seconds, until a test puts the clock forward."""
    command = [sys.executable, "-m", "lab.sim", "--first-token", "0.2", "--interval", "2"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=_environ({}), stdin=pipe, stdout=pipe) as sim:
        try:
            url = f"http://127.0.0.1:{json.loads(sim.stdout.readline())['port']}"
            with app(folder, **pointed(url), **settings) as (address, _):
                yield Servers(address, url, folder)
        finally:
            sim.kill()


@contextmanager
def serving(folder: Path, speed: float, key: bool = True, **settings: str) -> Iterator[Servers]:
    """Both servers, in a folder with what the lab ships. Without a `key` the app starts its own simulator."""
    with _started(folder, {}, "sim", "--port", "0", "--speed", str(speed)) as sim:
        line = sim.stdout.readline()
        url = re.search(r"ANTHROPIC_BASE_URL=(\S+)", line)[1]
        settings = {"LAB_SIM_SPEED": str(speed)} | (pointed(url) if key else {}) | settings
        with app(folder, **settings) as (address, _):
            yield Servers(address, url, folder)


def pointed(url: str) -> dict[str, str]:
    """What makes an app ask this server, as if it were the API."""
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "simulated"}


@contextmanager
def app(folder: Path, **settings: str) -> Iterator[tuple[str, int]]:
    """The app in a folder with what the lab ships: its address, and its process's number."""
    for name in ("prompts", "datasets"):
        if not (folder / name).exists():
            shutil.copytree(ROOT / name, folder / name)
    with _started(folder, settings, "ui", "--no-browser", "--port", "0") as process:
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield found[0], process.pid


def lab(folder: Path, *arguments: str) -> str:
    """What a command of the lab prints in a folder, whether it was content or not."""
    command = [sys.executable, "-m", "lab", *arguments]
    return subprocess.run(command, cwd=folder, env=_environ({}), stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def _started(folder: Path, settings: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    environ, pipe = _environ(settings), subprocess.PIPE
    command = [sys.executable, "-m", "lab", *arguments]
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=pipe, stderr=pipe, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _environ(settings: dict[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "LAB_"))}
    return clean | {"PYTHONPATH": str(ROOT), "LAB_USER": "ana"} | settings


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Browser, url: str, **context: Any) -> Page:
    """A page in a profile of its own, once it is drawn."""
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    drawn(page)
    return page


def drawn(page: Page) -> None:
    """Wait until nothing more is coming."""
    page.wait_for_selector(IDLE, timeout=PATIENCE)


def ask(page: Page, text: str) -> None:
    """Type a question and send it."""
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(text)
    box.press("Enter")
