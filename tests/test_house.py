"""The house: who may import whom, where third parties come in, and what no file may hold."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = {
    **dict.fromkeys(("prompts", "guards", "graders", "providers", "store"), 1),
    **{"alerts": 2, "cache": 2, "engine": 2, "evals": 3, "cli": 4, "ui": 4, "server": 4, "__main__": 5},
}
"""By room; every other file directly in lab/ is on the ground floor, 0."""
ALONE = (1, 4)
"""Floors whose rooms do not know each other."""
EXCEPTIONS = {("cli/sim.py", "sim"), ("cli/ui.py", "server")}
DOORS = {
    **dict.fromkeys(("anthropic", "httpx2", "aiohttp"), ("providers",)),
    **dict.fromkeys(("sqlite3", "pysqlite3", "sqlite_utils"), ("store",)),
    "streamlit": ("ui", "server"),
    "click": ("cli",),
    "opentelemetry": ("engine/telemetry.py", "engine/exporter.py"),  # for the trace layer alone
}
"""Rooms, or single files."""
BANNED = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
LOADERS = {"SafeLoader", "CSafeLoader"}
LINES, LONGEST = 250, 40

Tree = dict[str, str]
"""The text of each file of lab/, by its path from there."""


def imports(tree: ast.AST, room: str) -> Iterator[tuple[int, str, str]]:
    """(line, module, name) of every import; one relative to the room's door is written out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"lab.{room}.{node.module or ''}".rstrip(".") if node.level else node.module
            yield from ((node.lineno, module, alias.name) for alias in node.names)


def exports(tree: Tree, room: str) -> set[str]:
    """What a room's door hands out: its `__all__`, or every name that is bound in it."""
    door = ast.parse(tree.get(f"{room}/__init__.py", ""))
    for node in door.body:
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == "__all__" for one in node.targets):
            return set(ast.literal_eval(node.value))
    names = {getattr(node, "name", "") for node in door.body}
    return names | {
        alias.asname or alias.name for node in ast.walk(door) for alias in getattr(node, "names", ())
    }


def wrong_way(tree: Tree, path: str, room: str, module: str, name: str) -> str | None:
    """What is wrong with a file's import from lab."""
    parts = module.split(".")[1:]
    other, inner = (parts[0], parts[1:]) if parts else (name, [])
    rooms = {file.split("/")[0].removesuffix(".py") for file in tree}
    if other == room or other not in rooms or (path, other) in EXCEPTIONS:
        return None
    if "sim" in (room, other):
        return None if (room, other) == ("sim", "models") else "sim knows models alone, and nobody knows sim"
    here, there = FLOORS.get(room, 0), FLOORS.get(other, 0)
    if there > here or (here == there and here in ALONE):
        return f"floor {here} imports floor {there}"
    private = name.startswith("_") and not name.startswith("__")
    if (
        inner
        or private
        or (parts and f"{other}/__init__.py" in tree and name and name not in exports(tree, other))
    ):
        return "not through the door"
    return None


def calls(node: ast.Call, text: str) -> str | None:
    """What is wrong with a call."""
    function = node.func
    if isinstance(function, ast.Name) and function.id in ("eval", "exec", "__import__"):
        return function.id
    if isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "yaml":
        loads = function.attr in ("unsafe_load", "full_load", "load_all", "full_load_all", "unsafe_load_all")
        given = [*node.args[1:], *(one.value for one in node.keywords if one.arg == "Loader")]
        safe = given and any(loader in text for loader in LOADERS)
        return f"yaml.{function.attr}" if loads or (function.attr == "load" and not safe) else None
    return None


def violations(tree: Tree) -> list[str]:
    """Every rule that a file breaks, with its place."""
    found = []
    for path, text in sorted(tree.items()):
        room, parsed = path.split("/")[0].removesuffix(".py"), ast.parse(text)
        if text.count("\n") > LINES:
            found.append(f"{path}: {text.count(chr(10))} lines")
        for line, module, name in imports(parsed, room):
            root = module.split(".")[0]
            fault = wrong_way(tree, path, room, module, name) if root == "lab" else None
            if root in BANNED or {room, path}.isdisjoint(DOORS.get(root, (room,))):
                fault = "not its door"
            if fault:
                found.append(f"{path}:{line}: {module} {name}: {fault}")
        for node in ast.walk(parsed):
            place = f"{path}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                size = node.end_lineno - node.lineno + 1
                found += [f"{place}: {node.name} has {size} lines"] if size > LONGEST else []
            elif isinstance(node, ast.Call) and (fault := calls(node, text)):
                found.append(f"{place}: {fault}")
            elif isinstance(node, ast.ExceptHandler) and node.type is None:
                found.append(f"{place}: a bare except")
            elif isinstance(node, ast.keyword) and node.arg in (
                "unsafe_allow_html",
                "unsafe_allow_javascript",
            ):
                found.append(f"{place}: {node.arg}")
    return found


def house() -> Tree:
    folder = ROOT / "lab"
    return {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in folder.rglob("*.py")}


def test_the_house_stands() -> None:
    found = violations(house())
    assert not found, "\n".join(found)


PLANTED = [
    ("types.py", "from lab.store import Store", "floor 0 imports floor 1"),
    ("types.py", "def f():\n    import lab.engine", "floor 0 imports floor 2"),
    ("graders/new.py", "from lab.providers import Providers", "floor 1 imports floor 1"),
    ("store/new.py", "from lab import engine", "floor 1 imports floor 2"),
    ("engine/new.py", "from lab.evals import run", "floor 2 imports floor 3"),
    ("evals/new.py", "from lab.cli import main", "floor 3 imports floor 4"),
    ("ui/new.py", "from lab.cli import printable", "floor 4 imports floor 4"),
    ("cli/new.py", "import lab.server", "floor 4 imports floor 4"),
    ("cli/new.py", "from lab.sim import serve", "nobody knows sim"),
    ("providers/new.py", "from lab import sim", "nobody knows sim"),
    ("sim/new.py", "from lab.types import Usage", "sim knows models alone"),
    ("engine/new.py", "from lab.store.calls import call_sent", "not through the door"),
    ("engine/new.py", "import lab.store.calls", "not through the door"),
    ("engine/new.py", "from lab.store import writer", "not through the door"),
    ("cli/new.py", "from lab.engine.layers.retry import retry", "not through the door"),
    ("engine/new.py", "from lab.models import _named", "not through the door"),
    ("engine/new.py", "import anthropic", "not its door"),
    ("engine/new.py", "import httpx2._client", "not its door"),
    ("cli/new.py", "from streamlit import write", "not its door"),
    ("ui/new.py", "import click", "not its door"),
    ("engine/new.py", "import sqlite3", "not its door"),
    ("engine/new.py", "import opentelemetry.trace", "not its door"),
    ("cli/new.py", "from opentelemetry.sdk.trace import TracerProvider", "not its door"),
    ("engine/new.py", "import pickle", "not its door"),
    ("types.py", "eval('1')", ": eval"),
    ("types.py", "def f():\n    exec('1')", ": exec"),
    ("types.py", "import yaml\nyaml.load('a')", "yaml.load"),
    ("types.py", "import yaml\nyaml.load('a', yaml.FullLoader)", "yaml.load"),
    ("types.py", "import yaml\nyaml.unsafe_load('a')", "yaml.unsafe_load"),
    ("types.py", "try:\n    pass\nexcept:\n    pass", "a bare except"),
    ("ui/new.py", "write('a', unsafe_allow_html=True)", "unsafe_allow_html"),
    ("types.py", "a = 1\n" * 251, "251 lines"),
    ("types.py", "def f():\n" + "    a = 1\n" * 40, "f has 41 lines"),
    ("sim/new.py", "async def f():\n" + "    a = 1\n" * 40, "f has 41 lines"),
]
GRANTED = [
    ("types.py", "from lab.errors import CallError"),
    ("store/new.py", "from lab import types\nfrom lab.types import Usage\nfrom lab.store.calls import x"),
    ("engine/new.py", "from lab import cost, store\nfrom lab.store import Store\nfrom lab.models import x"),
    ("cli/sim.py", "from lab.sim import serve"),
    ("cli/ui.py", "from lab import server"),
    ("sim/new.py", "from lab import sim\nfrom lab.models import x\nfrom lab.sim.tokens import y"),
    ("types.py", "import yaml\nyaml.load('a', type('Loader', (yaml.SafeLoader,), {}))\nyaml.safe_load('a')"),
    ("types.py", "a = 1\n" * 250),
    ("types.py", "def f():\n" + "    a = 1\n" * 39),
]


def planted(path: str, text: str) -> list[str]:
    """What is found in a small house where one file is replaced."""
    files = (
        "types.py",
        "errors.py",
        "models.py",
        "cost.py",
        "server.py",
        "sim/__init__.py",
        "cli/__init__.py",
    )
    rooms = ("graders", "providers", "engine", "evals", "ui")
    tree = dict.fromkeys((*files, *(f"{room}/__init__.py" for room in rooms)), "")
    tree |= {"store/__init__.py": "__all__ = ['Store']", "store/writer.py": "", "store/calls.py": ""}
    return violations(tree | {path: text})


@pytest.mark.parametrize(("path", "text", "fault"), PLANTED)
def test_a_planted_violation_is_found(path: str, text: str, fault: str) -> None:
    (found,) = planted(path, text)
    assert found.startswith(path)
    assert fault in found


@pytest.mark.parametrize(("path", "text"), GRANTED)
def test_what_is_allowed_is_not_reported(path: str, text: str) -> None:
    assert planted(path, text) == []


TOP = {".ci", ".gitignore", ".streamlit", "README.md", "action.yml", "datasets", "docs", "lab", "prompts",
       "pyproject.toml", "tests"}  # fmt: skip


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_nothing_else_stands_beside_the_house() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    assert {file.partition("/")[0] for file in listed.stdout.splitlines()} <= TOP
