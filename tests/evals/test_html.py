"""The HTML report: a page of its own, in which no answer is anything but text."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from lab.evals import compare, reports
from lab.evals.reports import Subject
from tests.evals.test_reports import HOSTILE, MIXED, cost, result, run

EVIL = (
    "<script>document.title='pwned'</script><img src=//127.0.0.1:9/x onerror=\"document.title='pwned'\">"
    "<svg onload=document.title='pwned'><style>*{display:none}</style></div></details></body>"
    "\"'><iframe src=//127.0.0.1:9></iframe><base href=http://127.0.0.1:9/><form action=http://127.0.0.1:9>"
    f"<link rel=stylesheet href=//127.0.0.1:9/a.css><a href=javascript:alert(1)>x</a>&lt;b&gt;\u202e{HOSTILE}"
)
TAGS = """html head meta title style body header div h1 h2 h3 span p table thead tbody tr th td figure
    figcaption b svg rect button input details summary ul li ins del script"""
ATTRIBUTES = """lang charset http-equiv content name class viewbox preserveaspectratio role aria-label width
    height x id hidden type data-kind aria-pressed placeholder data-kinds"""


RECT = re.compile(r'<rect class="(\w+)" x="([\d.-]+)" width="([\d.]+)"')


class Parts(HTMLParser):
    """Every tag and attribute of a page, and the text of its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.code: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.code:
            self.code[self._inside].append(data)


def decision(name: str) -> dict[str, Any]:
    """What the gate says of a drop of 5 points, 10 at most, where 3 are the margin."""
    measure = {
        "name": name, "cases": 80, "old": 0.9, "new": 0.85, "value": -0.05, "low": -0.1, "high": 0.0,
        "lost": 5, "gained": 1, "adjusted": 0.2,
    }  # fmt: skip
    return {"new": name, "old": name, "state": name, "margin": 0.03, "measures": [measure]}


def hostile() -> Subject:
    """A run in which everything that somebody else wrote is hostile, and one before it."""

    def one(case: str, passed: bool, text: str) -> dict[str, Any]:
        answer = [{"type": "text", "text": text}, {"type": "tool_use", "name": EVIL, "input": {"a": EVIL}}]
        grades = [{"name": EVIL, "passed": passed, "reason": EVIL, "score": 0.5}]
        return result(case, passed, answer=answer, grades=grades, variant=EVIL, state=EVIL, call_id=EVIL)

    settings = {
        "variants": [EVIL], "repeats": 1, "needs": 1, "description": EVIL,
        "selection": {"words": EVIL},
        "imported": {"user": EVIL, "file": EVIL, "at": EVIL},
    }  # fmt: skip
    score = {"variant": EVIL, "passed": 1, "failed": 1, "missing": 0, "rate": 0.5, "seconds": 1.0, **cost(5)}
    about = {
        "settings": settings, "dataset": EVIL, "user": EVIL, "id": EVIL,
        "summary": {"sentence": EVIL, "scores": [score], "decisions": [decision(EVIL)]},
    }  # fmt: skip
    before = run(one(EVIL, True, "Up."), one(f"gone {EVIL}", True, EVIL), **about)
    after = run(one(EVIL, False, EVIL), result("e", None, EVIL, variant=EVIL), **about)
    return Subject(after, compare(before, after), {EVIL: EVIL})


def test_no_answer_is_anything_but_text() -> None:
    page = reports.text(hostile(), ".html")
    parts = Parts(page)
    assert set(parts.tags) <= set(TAGS.split())
    assert {name for name, _ in parts.attributes} <= set(ATTRIBUTES.split())
    assert [parts.tags.count(tag) for tag in ("script", "style", "body", "h1")] == [1, 1, 1, 1]
    assert "\u202e" not in page and "\x1b" not in page and "\ud800" not in page


def test_it_may_do_nothing_but_draw_itself() -> None:
    parts = Parts(reports.text(Subject(run(*MIXED)), ".html"))
    policy = next(value for name, value in parts.attributes if name == "content" and "default-src" in value)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for kind in ("script", "style"):
        digest = hashlib.sha256("".join(parts.code[kind]).encode()).digest()
        assert rules[f"{kind}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"
    addresses = [value for _, value in parts.attributes if value and "//" in value]
    assert addresses == []


def test_what_changed_stands_there_word_by_word() -> None:
    before = run(result("a", True), result("b", True), result("z", True)) | {"id": "r0"}
    other = [{"type": "text", "text": "Up & away."}]
    page = reports.text(
        Subject(after := run(result("a", False, answer=other), result("b", True)), compare(before, after)),
        ".html",
    )
    assert "<del>Up.</del><ins>Up &amp; away.</ins>" in page
    assert page.count("<del>") == 1
    assert "newly failing</span>" in page and "Not asked any more: z." in page
    assert page.index('<span class="id">a</span>') < page.index('<span class="id">b</span>')
    assert 'data-kinds="changed failed worse"' in page


@pytest.mark.parametrize("state", ["interrupted", "running", "invalid"])
def test_a_run_without_a_verdict_has_a_page(state: str) -> None:
    tally = {"done": 1, "passed": 1, "failed": 0, "missing": 0, "began": None}
    settings = {"variants": ["p@1 · m"], "repeats": 1, "needs": 1, "cases": 3}
    found = run(result("a", True), state=state, summary=None, tally=tally, settings=settings)
    assert "1 of 3 answers" in reports.text(Subject(found), ".html")


def test_what_the_gate_found_is_drawn_against_the_margin() -> None:
    found = run(*MIXED)
    assert "The gate" not in reports.text(Subject(found), ".html")
    found["summary"]["decisions"] = [decision("tone")]
    page = reports.text(Subject(found), ".html")
    drawn = {css: (x, width) for css, x, width in RECT.findall(page)}
    whole = 0.1 + 0.03
    assert drawn["shut"] == ("0.0", f"{1000 * 0.07 / whole:.1f}")
    assert drawn["range"] == ("0.0", f"{1000 * 0.1 / whole:.1f}")
    assert "-5.0 (-10.0 to +0.0)" in page
    assert "| tone | tone | 80 | 90.0% | 85.0% | -5.0 |" in reports.text(Subject(found), ".md")


def test_an_unknown_cost_is_no_bar_and_no_zero() -> None:
    found = run(result("a", True))
    found["summary"]["scores"][0] |= {"cost": None, "cost_floor": None, "cost_upper": None}
    page = reports.text(Subject(found), ".html")
    assert "unknown" in page and "$0" not in page.partition("<h2>Cases")[0]


def test_in_a_browser_nothing_runs_and_nothing_is_fetched(tmp_path: Path) -> None:
    from tests.browser.kit import CHROMIUM, chromium

    if not CHROMIUM or not shutil.which(CHROMIUM):
        pytest.skip("there is no Chromium")
    file = tmp_path / "r.html"
    reports.write([file], hostile())
    with chromium() as browser:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        assert page.title() != "pwned" and asked == [file.as_uri()]
        assert page.locator(".case").count() == 2
        page.locator("#tools button", has_text="Failed").click()
        assert page.locator(".case:not([hidden])").count() == 1
        page.locator(".case:not([hidden]) > summary").click()
        assert "<script>" in page.locator(".case:not([hidden]) ins").first.inner_text()
        page.locator("#tools button", has_text="All").click()
        assert page.locator(".case:not([hidden])").count() == 2
        assert page.title() != "pwned" and asked == [file.as_uri()]
