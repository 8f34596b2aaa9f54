"""Whatever the code can list, the documentation lists too."""

from __future__ import annotations

import re
import tempfile
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from lab import documents, graders
from lab.alerting import Alerting
from lab.alerts import rules
from lab.cli import Commands, datasets
from lab.config import TABLES, Settings
from lab.engine import LIST
from lab.evals.dataset import KEYS
from lab.sim.faults import FORMS, OPTIONS
from lab.store import Store
from lab.types import State

ROOT = Path(__file__).parents[1]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(page: str) -> dict[str, list[str]]:
    """The tables of a page: what stands in the first column's first code span -> the cells."""
    found = {}
    for line in page.splitlines():
        if match := re.match(r"\| `(?:\[\[)?([\w-]+)", line):
            found[match[1]] = [cell.strip() for cell in line.strip("|").split("|")]
    return found


def test_every_setting_stands_in_the_docs_with_its_default_and_meaning() -> None:
    table = rows(read("docs/settings.md"))
    settings = {field.name: field for field in fields(Settings) if field.name not in TABLES}
    assert list(table) == list(settings)
    for name, field in settings.items():
        assert field.default is not MISSING
        default = field.default
        shown = f"{default:g}" if isinstance(default, (int, float)) else str(default)
        assert table[name][1].strip("`") == (shown or "your login name"), name
        assert table[name][2].startswith(field.metadata["doc"].split(";")[0]), name


def test_every_key_of_alerts_stands_in_the_docs_with_its_default_and_every_rule() -> None:
    table = rows(read("docs/alerts.md"))
    for key in fields(Alerting):
        default = f"{key.default:g}" if isinstance(key.default, float) else "none"
        found = table[f"{key.name}"] if key.name not in rules() else _last(key.name)
        assert [found[1], found[2]] == [default, key.metadata["doc"]], key.name
    assert set(rules()) <= set(table)


def _last(name: str) -> list[str]:
    """The last row of a page's tables under this name: a rule and a key may share it."""
    lines = [line for line in read("docs/alerts.md").splitlines() if line.startswith(f"| `{name}`")]
    return [cell.strip() for cell in lines[-1].strip("|").split("|")]


def test_every_layer_stands_in_the_docs_in_its_place() -> None:
    listed = [name for name in rows(read("docs/engine.md")) if name in {layer.__name__ for layer in LIST}]
    assert listed == [layer.__name__ for layer in LIST]


def test_every_state_stands_in_the_docs() -> None:
    assert set(State.__args__) <= set(rows(read("docs/engine.md")))


def test_every_table_stands_in_the_docs_and_no_other() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "lab.db")
        # `spoken_data` and its like are SQLite's own, behind the full-text index `spoken`.
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'spoken_*'"
        tables = {row[0] for row in store.read.execute(named)}
        store.close()
    assert set(rows(read("docs/database.md"))) == tables


@pytest.mark.parametrize("directive", [*FORMS, *OPTIONS])
def test_every_directive_stands_in_the_docs(directive: str) -> None:
    word = re.split("[ ,]", directive)[0]
    assert re.search(rf"`[^`]*\b{re.escape(word)}\b", read("docs/simulated.md"))


def examples(page: str) -> dict[str, list[str]]:
    """The YAML of a page under the names in its headings."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        for name in heading.split(", "):
            found[name] = re.findall(r"^```yaml\n(.*?)^```", body, re.MULTILINE | re.DOTALL)
    return found


@pytest.mark.parametrize("name", graders.names())
def test_every_grader_stands_in_the_docs_with_an_example(name: str, tmp_path: Path) -> None:
    (tmp_path / "graders.py").write_text("def polite(text, columns):\n    return True\n")
    parsed = [
        grader.kind
        for text in examples(read("docs/graders.md")).get(name, ())
        for document in [documents.parse(text, "graders.md")]
        for grader in graders.parse_all(document.value, graders.Place(tmp_path, document.where))
    ]
    assert name in parsed


@pytest.mark.parametrize("name", Commands(name="lab").list_commands(None))
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert re.search(rf"^lab {name}\b", read("README.md"), re.MULTILINE)


def test_every_key_of_a_dataset_and_every_command_for_them_stands_in_the_docs() -> None:
    page = read("docs/datasets.md")
    assert [key for key in KEYS if f"`{key}`" not in page] == []
    assert [name for name in datasets.command.commands if not re.search(rf"`[^`]*\b{name}\b", page)] == []


def test_every_page_of_the_app_stands_in_its_docs_and_in_the_readme() -> None:
    files = (ROOT / "lab" / "ui" / "pages").glob("[!_]*.py")
    titles = [
        re.search(r'^TITLE, ICON, PLACE.* = "(\w+)"', file.read_text(), re.MULTILINE)[1] for file in files
    ]
    assert [title for title in titles if f"\n## {title}\n" not in read("docs/app.md")] == []
    assert [title for title in titles if f"- **{title}**" not in read("README.md")] == []


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"
