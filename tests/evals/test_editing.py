"""Cases edited as a table: what is written, what stays to the byte, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab import documents
from lab.errors import BadInput
from lab.evals import load
from lab.evals.editing import Changes, Conflict, Grid, edit, grid, save, typed

HEAD = 'prompt: p\ninput: "{{q}}"\n'


def made(folder: Path, name: str, text: str | bytes, head: str = HEAD) -> Path:
    """A dataset whose cases are in a file with this content, or, without a name, in itself."""
    path = folder / "x.yaml"
    data = text.encode() if isinstance(text, str) else text
    if name:
        (folder / name).write_bytes(data)
        path.write_text(f"{head}cases: {name}\n")
    else:
        path.write_bytes(head.encode() + data)
    return path


def changed(
    path: Path,
    cells: Mapping[int, Mapping[str, Any]] = {},
    added: Sequence[Any] = (),
    deleted: Sequence[int] = (),
) -> bytes:
    """The file after a change."""
    found = grid(path)
    done = save(path, found.hash, Changes(cells, added, deleted))
    load(path)
    assert done.file.read_bytes().decode() == done.after
    assert grid(path).hash != found.hash or done.after == done.before
    return done.file.read_bytes()


CELL, ROW = {1: {"q": "B"}}, [{"q": "n"}]
FIRST = "  - q: a # A\n    m: |\n      x\n      # y\n"
INLINE = f"cases:\n  # one\n{FIRST}\n  # two\n\n  - {{q: b}}\n  -   q: 'c'\n# end\nmodels: m\n"
WRITTEN = [
    ("c.csv", "q,m\na,1\n\n\"b\",2\nc,3\n", CELL, (), (), "q,m\na,1\n\nB,2\nc,3\n"),
    ("c.csv", "\ufeffq\r\na\r\nb", {0: {"q": "=1, \"2\""}}, ROW, (), '\ufeffq\r\n"=1, ""2"""\r\nb\r\nn\r\n'),
    ("c.csv", "q\ra\rb\r", {0: {"q": "x\ry"}}, (), (1,), 'q\r"x\ry"\r'),
    ("c.csv", "q,m\na,\nb,\n,,\n".replace(",,", ","), {}, (), (0,), "q,m\nb,\n,\n"),
    ("c.csv", "q\na\nb\n", {1: {"new": "z, z"}}, (), (), 'q,new\na,\nb,"z, z"\n'),
    ("c.csv", 'q,m\n"a\nb",1\nc,2\n', {}, [{"q": "d", "m": None}], (1,), 'q,m\n"a\nb",1\nd,\n'),
    ("c.tsv", "q\tm\na\t1,2\n", {0: {"q": "b\tc"}}, (), (), 'q\tm\n"b\tc"\t1,2\n'),
    ("c.jsonl", '{"q":"a"}\n\n{ "q": "b" }\r\n{"q":"c"}', CELL, ROW, (0,),
     '\n{"q": "B"}\r\n{"q":"c"}\r\n{"q": "n"}\r\n'),
    ("c.jsonl", '{"q": "é", "n": 1}\n', {0: {"n": None, "t": ["ü"]}}, (), (), '{"q": "é", "t": ["ü"]}\n'),
    ("c.yaml", "- q: a\n- q: b # x\n", CELL, ROW, (), "- q: a\n- q: B\n- q: n\n"),
    ("c.yml", "# all\n- {q: a}\n\n# b\n- {q: b}", {}, ROW, (0,), "# all\n\n# b\n- {q: b}\n- q: n\n"),
    ("c.yaml", "[{q: a}, {q: b}]\n", CELL, (), (), "- q: a\n- q: B\n\n"),
    ("", INLINE, CELL, (), (), INLINE.replace("{q: b}", "q: B")),
    ("", INLINE, {}, ROW, (0,), INLINE.replace(FIRST, "")
     .replace("'c'\n", "'c'\n  - q: n\n")),
    ("", "cases:\r\n- q: a\r\n- q: b\r\n", CELL, (), (), "cases:\r\n- q: a\r\n- q: B\r\n"),
    ("", "cases: [{q: a}, {q: b}] # x\nmodels: m\n", CELL, ROW, (),
     "cases:\n  - q: a\n  - q: B\n  - q: n # x\nmodels: m\n"),
    ("", "cases:\n  - q: a\n  - q: b", CELL, ROW, (), "cases:\n  - q: a\n  - q: B\n  - q: n\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "cells", "added", "deleted", "after"), WRITTEN)
def test_what_is_written(
    tmp_path: Path, name: str, text: str, cells: Any, added: Any, deleted: Any, after: str
) -> None:
    path = made(tmp_path, name, text)
    assert changed(path, cells, added, deleted).decode() == ("" if name else HEAD) + after
    if name:
        assert path.read_text() == f"{HEAD}cases: {name}\n"


def test_nothing_changed_writes_nothing(tmp_path: Path) -> None:
    for name, text in (("c.csv", "q\na"), ("c.jsonl", '{"q" : "a"}'), ("c.yaml", "-  q: a"), ("", INLINE)):
        path = made(tmp_path, name, text)
        file = tmp_path / (name or "x.yaml")
        before = file.stat().st_mtime_ns
        changed(path)
        assert file.stat().st_mtime_ns == before


def test_a_grid_is_what_stands_there(tmp_path: Path) -> None:
    found = grid(made(tmp_path, "c.jsonl", '{"q": "a", "n": 1}\n{"q": "b", "t": [1]}\n'))
    assert (found.file.name, found.columns) == ("c.jsonl", ("q", "n", "t"))
    assert found.rows == ({"q": "a", "n": 1}, {"q": "b", "t": [1]})


@pytest.mark.parametrize(
    ("row", "column", "text", "value"),
    [
        (0, "q", "5", "5"), (0, "n", "5", 5), (0, "n", "five", "five"), (1, "t", '["a"]', ["a"]),
        (0, "t", "[2]", [2]), (None, "n", "2.5", 2.5), (None, "q", "[", "["), (None, "new", "5", "5"),
        (0, "n", None, None),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_as_its_column_is(row: int | None, column: str, text: str, value: Any) -> None:
    of = Grid(Path(), "", (), ({"q": "a", "n": 1}, {"q": "b", "t": [1]}))
    assert typed(of, row, column, text) == value
    with pytest.raises(BadInput, match="in 't' is not JSON"):
        typed(of, row, "t", "[1")


REFUSED = [
    ({}, [{"id": "1", "q": "z"}], (), "row 4: the id '1' is that of", "row 2"),
    ({1: {"id": ""}}, (), (), "row 3: the id in 'id' is empty", ""),
    ({0: {"tags": "must-pass"}}, (), (), "row 2: the tag 'must-pass' guards nothing", ""),
    ({0: {"q": "a\0"}}, (), (), "c.csv, line 2: a NUL character", ""),
    ({0: {"q": "\ud800"}}, (), (), "half of a character", ""),
    ({0: {" ": "a"}}, (), (), "row 1: column 4 has no name", ""),
    ({0: {"id": "", "q": "", "tags": ""}}, (), (), "would be read otherwise", ""),
    ({7: {"q": "a"}}, (), (), "no case at position 7; it has 2", ""),
    ({}, (), (0, 1), "would have no case left", ""),
    ({}, [{"q": ""}], (), "a case that was added is empty", ""),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "added", "deleted", "words", "then"), REFUSED)
def test_what_cannot_be_loaded_is_not_written(
    tmp_path: Path, cells: Any, added: Any, deleted: Any, words: str, then: str
) -> None:
    path = made(tmp_path, "c.csv", "id,q,tags\n1,a,\n2,b,\n")
    with pytest.raises(BadInput) as refused:
        changed(path, cells, added, deleted)
    assert words in str(refused.value) and then in str(refused.value).partition(words)[2]
    assert (tmp_path / "c.csv").read_text() == "id,q,tags\n1,a,\n2,b,\n"
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize(
    ("name", "text"), [("c.csv", "q\na\n"), ("c.jsonl", '{"q": "a"}'), ("", "cases: [{q: a}]")]
)
def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path, name: str, text: str) -> None:
    path = made(tmp_path, name, text)
    found = grid(path)
    found.file.write_text(
        found.file.read_text().replace("cases", "# b\ncases").replace("a\n", "z\n").replace('"a"', "5")
    )
    before = found.file.read_text()
    with pytest.raises(Conflict, match="was changed meanwhile. Nothing was saved"):
        save(path, found.hash, Changes({0: {"q": "b"}}))
    assert found.file.read_text() == before


def test_files_elsewhere_are_not_written_and_links_stay_links(tmp_path: Path) -> None:
    folder, other = tmp_path / "datasets", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    path = made(folder, "", "cases: ../other/c.csv\n")
    (other / "c.csv").write_text("q\na\n")
    with pytest.raises(BadInput, match="lies outside"):
        changed(path, {0: {"q": "b"}})
    (folder / "real.csv").write_text("q\na\n")
    (folder / "real.csv").chmod(0o640)
    (folder / "link.csv").symlink_to("real.csv")
    path.write_text(f"{HEAD}cases: link.csv\n")
    assert changed(path, {0: {"q": "b"}}) == b"q\nb\n"
    assert (folder / "link.csv").is_symlink() and (folder / "real.csv").stat().st_mode & 0o777 == 0o640


def test_a_change_is_a_patch_that_git_applies(tmp_path: Path) -> None:
    folder = tmp_path / "datasets"
    folder.mkdir()
    path = made(folder, "c.csv", "q\r\na\r\nb")
    done = edit(path, grid(path).hash, Changes({1: {"q": "c"}}))
    assert (folder / "c.csv").read_bytes() == b"q\r\na\r\nb"
    applied = subprocess.run(["git", "apply"], input=done.patch(tmp_path).encode(), cwd=tmp_path)
    assert applied.returncode == 0
    assert (folder / "c.csv").read_bytes() == done.after.encode() == b"q\r\na\r\nc"


def test_formulas_are_kept_and_told(tmp_path: Path) -> None:
    path = made(tmp_path, "c.csv", "q\na\n=1\n")
    for value, is_told in (("=1+1", 1), (" @x", 1), ("＝1", 1), ("-5.5", 0), ("a=b", 0)):
        found = grid(path)
        done = save(path, found.hash, Changes({0: {"q": value}}))
        assert (len(done.notes), grid(path).rows[0]["q"]) == (is_told, value)


values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.text(
    "a,\t\"\r\n '=;#-:", min_size=1, max_size=8
)
tables = st.lists(st.fixed_dictionaries({"q": values, "m": values}).filter(lambda row: any(row.values())),
                  min_size=2, max_size=5)  # fmt: skip
edits = st.fixed_dictionaries(
    {"cells": st.dictionaries(st.integers(0, 1), st.dictionaries(st.sampled_from("qmn"), values, min_size=1)),
     "added": st.lists(st.fixed_dictionaries({"q": values}).filter(lambda row: row["q"]), max_size=2),
     "deleted": st.sets(st.integers(0, 1), max_size=1)}
)  # fmt: skip


def written(kind: str, rows: list[dict[str, str]], end: str) -> str:
    if kind == ".jsonl":
        return "".join(json.dumps(row) + end for row in rows)
    if kind in (".yaml", ""):
        text = documents.dump(rows) if kind else documents.dump({"cases": rows, "models": "m"})
        return text.replace("\n", end) if end != "\r" else text
    out = io.StringIO(newline="")
    csv.writer(
        out, delimiter="," if kind == ".csv" else "\t", lineterminator=end, quoting=csv.QUOTE_ALL
    ).writerows([list(rows[0]), *([*row.values()] for row in rows)])
    return out.getvalue()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=tables, change=edits, kind=st.sampled_from([".csv", ".tsv", ".jsonl", ".yaml", ""]),
       end=st.sampled_from(["\n", "\r\n", "\r"]))  # fmt: skip
def test_any_change_is_read_back_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], change: dict[str, Any], kind: str, end: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = made(folder, f"c{kind}" if kind else "", written(kind, rows, end))
    found = grid(path)
    try:
        done = save(path, found.hash, Changes(**change))
    except BadInput as refused:
        assert grid(path) == found and str(refused)
        return
    wanted = [{**row, **change["cells"].get(n, {})} for n, row in enumerate(found.rows)]
    wanted = [row for n, row in enumerate(wanted) if n not in change["deleted"]] + change["added"]
    told = [{name: value for name, value in row.items() if value != ""} for row in grid(path).rows]
    assert told == [{name: value for name, value in row.items() if value != ""} for row in wanted]
    assert done.dataset.hash == load(path).hash
