"""Case files: read exactly, or refused with every row that is wrong."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.errors import BadInput
from lab.evals import casefile
from lab.evals.row import LONGEST_CELL

any_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
cells = any_text | st.text("a,\t\"\r\n '=;#", max_size=12)
ends = st.sampled_from(["\n", "\r\n", "\r"])
names = st.text('abcdé _,"\n;', min_size=1, max_size=6).filter(str.strip)
headers = st.lists(names, min_size=1, max_size=4, unique=True)
grids = headers.flatmap(
    lambda header: st.tuples(
        st.just(header),
        st.lists(st.lists(cells, min_size=len(header), max_size=len(header)).filter(any), max_size=6),
    )
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | cells,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


def read(folder: Path, name: str, data: bytes | str) -> list[dict[str, Any]]:
    """The columns of every row of a file with this content."""
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return [dict(row.columns) for row in casefile.read(file)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grid=grids, end=ends, mark=st.booleans(), kind=st.sampled_from([".csv", ".tsv"]))
def test_tables_are_read_back_exactly(
    folder: Path, grid: tuple[list[str], list[list[str]]], end: str, mark: bool, kind: str
) -> None:
    header, rows = grid
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=casefile.DELIMITERS[kind], lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    written = out.getvalue().encode("utf-8-sig" if mark else "utf-8")
    assert read(folder, "x" + kind, written) == [dict(zip(header, row, strict=True)) for row in rows]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(names, values, min_size=1, max_size=4), max_size=5), st.booleans(), ends)
def test_json_lines_are_read_back_exactly(folder: Path, rows: list[Any], ascii: bool, end: str) -> None:
    text = "".join(json.dumps(row, ensure_ascii=ascii) + end for row in rows)
    assert read(folder, "x.jsonl", text) == rows


def encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "replace")


TEXTS = st.text("ab,\t\"'\n\r{}[]:0eE\\u\0\ufeffé- ", max_size=60)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.binary(max_size=200) | st.builds(encoded, TEXTS, st.sampled_from(["utf-8", "utf-16", "cp1252"])),
    kind=st.sampled_from(casefile.ENDINGS),
)
def test_any_bytes_are_read_or_refused_by_name(folder: Path, data: bytes, kind: str) -> None:
    name = "any" + kind
    try:
        rows = read(folder, name, data)
    except BadInput as refused:
        assert str(refused).startswith(str(folder / name))
        str(refused).encode()
    else:
        json.dumps(rows, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("name", "data", "rows"),
    [
        ("x.csv", "a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("x.csv", "a,b\n1,2", [{"a": "1", "b": "2"}]),
        ("x.csv", b"\xef\xbb\xbfid,b\r\n1,2\r\n", [{"id": "1", "b": "2"}]),
        ("x.csv", "a\r1\r2", [{"a": "1"}, {"a": "2"}]),
        ("x.csv", "\n\na\n\n1\n\n", [{"a": "1"}]),
        ("x.csv", "a,b\n,\n1,2\n\"\",\"\"\n,,,\n", [{"a": "1", "b": "2"}]),
        ("x.csv", 'a\n" 1\r\n2 "\n', [{"a": " 1\r\n2 "}]),
        ("x.csv", "a,b\n 1 , 2\n", [{"a": " 1 ", "b": " 2"}]),
        ("x.csv", 'a\n5" nail\n', [{"a": '5" nail'}]),
        ("x.csv", "a\n=1+1\n'@x\n", [{"a": "=1+1"}, {"a": "'@x"}]),
        ("x.csv", "a\nx\x85y\u2028z\x0c\n", [{"a": "x\x85y\u2028z\x0c"}]),
        ("x.CSV", "a\n1", [{"a": "1"}]),
        ("x.csv", "a,b\n", []),
        ("x.tsv", "a\tb\n1,5\t2\n", [{"a": "1,5", "b": "2"}]),
        ("x.jsonl", '{"a": 1}\n\n  \n{"b": [null, {"c": 1.5}]}', [{"a": 1}, {"b": [None, {"c": 1.5}]}]),
        ("x.jsonl", b'\xef\xbb\xbf{"a": "\\ud83d\\ude00 \xe2\x80\xa8"}', [{"a": "😀 \u2028"}]),
        ("x.jsonl", "", []),
        ("x.yaml", "- input: a\n  n: 5\n- input: |\n    b\n", [{"input": "a", "n": 5}, {"input": "b\n"}]),
        ("x.yml", "- {a: [b]}", [{"a": ["b"]}]),
        ("x.yaml", "[]", []),
    ],
)  # fmt: skip
def test_what_is_read(folder: Path, name: str, data: str | bytes, rows: list[dict[str, Any]]) -> None:
    assert read(folder, name, data) == rows


def test_cells_may_be_long(folder: Path) -> None:
    long = "x" * LONGEST_CELL
    assert read(folder, "x.csv", f"a,b\n{long},1\n") == [{"a": long, "b": "1"}]
    assert read(folder, "x.jsonl", json.dumps({"a": long})) == [{"a": long}]


@pytest.mark.parametrize(
    ("name", "data", "where", "words"),
    [
        ("x.csv", "", "", "is empty"),
        ("x.csv", "\n,,\n", "", "is empty"),
        ("x.csv", "a,b\n1\n", "row 2", "1 field, but the header has 2"),
        ("x.csv", "a,b\n1,2\n1,2,3\n", "row 3", "3 fields, but the header has 2"),
        ("x.csv", "a,b\n \n", "row 2", "1 field, but the header has 2"),
        ("x.csv", "a;b\n1,5;2\n", "row 2", "2 fields, but the header has 1"),
        ("x.csv", 'a,b\n"x\ny",2\n1\n', "row 3 (line 4)", "1 field"),
        ("x.csv", "a,b\n\n\n1\n", "row 4", "1 field"),
        ("x.csv", 'a,b\n1,2\n"3,4\n5,6\n', "row 3", "a quote opens in this row and never closes"),
        ("x.csv", 'a,b\n1,"2\n3,"4"\n', "row 2", "on line 3 text follows a closing quote"),
        ("x.csv", 'a,b\n1,"two "2" three"\n', "row 2", "not doubled"),
        ("x.csv", '"a', "row 1", "never closes"),
        ("x.csv", "a,a\n1,2\n", "row 1", "columns 1 and 2 are both called 'a'"),
        ("x.csv", "a,\n1,2\n", "row 1", "column 2 has no name"),
        ("x.csv", "a, \n1,2\n", "row 1", "column 2 has no name"),
        ("x.csv", "\na,b,a\n", "row 2", "columns 1 and 3"),
        ("x.csv", "a\n" + "x" * (LONGEST_CELL + 1), "row 2", "the cell of 'a' holds 2,097,153 characters"),
        ("x.csv", "a\nx\0y\n", "line 2", "a NUL character is not allowed"),
        ("x.csv", "a\r\nb\rx\0", "line 3", "NUL"),
        ("x.csv", "a,b\nü,ö\n".encode("cp1252"), "line 2", "0xFC is not UTF-8; this looks like Windows-1252"),
        ("x.csv", "a\r\ncafé €\r\n".encode("cp1252"), "line 2", "'é'"),
        ("x.csv", b"a\rb\r\x81\n", "line 3", "the byte 0x81 is not UTF-8. Save it as UTF-8."),
        ("x.csv", "a,b\n1,2\n".encode("utf-16"), "line 1", "this looks like UTF-16. Save it as UTF-8."),
        ("x.csv", "a,b\n1,2\n".encode("utf-16-le"), "line 1", "this looks like UTF-16"),
        ("x.csv", "a,b\n1,2\n".encode("utf-16-be"), "line 1", "this looks like UTF-16"),
        ("x.csv", "a,b\n1,é plain text\n".encode("utf-16-le"), "line 1", "this looks like UTF-16"),
        ("x.csv", "a,b\n1,2\n".encode("utf-32"), "line 1", "this looks like UTF-32"),
        ("x.csv", b"a\n\xed\xa0\x80\n", "line 2", "not UTF-8"),
        ("x.tsv", "a\tb\n1\n", "row 2", "1 field, but the header has 2"),
        ("x.tsv", 'a\tb\n"Hello" she said\t2\n', "row 2", "text follows a closing quote"),
        ("x.jsonl", '{"a": 1}\n{"a": \n', "line 2", "this is not JSON: Expecting value"),
        ("x.jsonl", "{'a': 1}", "line 1", "this is not JSON"),
        ("x.jsonl", '{"a": 1} {"a": 2}', "line 1", "Extra data at column 10"),
        ("x.jsonl", "\n[1]", "line 2", "this is a list, not an object"),
        ("x.jsonl", '"a"', "line 1", "this is a text"),
        ("x.jsonl", "5", "line 1", "this is a number"),
        ("x.jsonl", "null", "line 1", "this is null"),
        ("x.jsonl", "true", "line 1", "this is true or false"),
        ("x.jsonl", '{"a": 1, "a": 2}', "line 1", "'a' stands here twice"),
        ("x.jsonl", '{"b": {"a": 1, "a": 2}}', "line 1", "'a' stands here twice"),
        ("x.jsonl", '{"": 1}', "line 1", "a column has no name"),
        ("x.jsonl", '{"a": NaN}', "line 1", "NaN is no number"),
        ("x.jsonl", '{"a": -Infinity}', "line 1", "-Infinity is no number"),
        ("x.jsonl", '{"a": 1e999}', "line 1", "a number that is too large"),
        ("x.jsonl", '{"a": ' + "9" * 400 + ".5}", "line 1", "a number that is too large"),
        ("x.jsonl", '{"a": ' + "9" * 5000 + "}", "line 1", "a number that is too large"),
        ("x.jsonl", '{"a": ["\\ud800"]}', "line 1", "half of a surrogate pair"),
        ("x.jsonl", '{"\\uDC00": 1}', "line 1", "half of a surrogate pair"),
        ("x.jsonl", '{"\\udc00": 1, "\\udc00": 2}', "line 1", "stands here twice"),
        ("x.jsonl", '{"a": "\\u0000"}', "line 1", "NUL"),
        ("x.jsonl", '{"a": "b\0"}', "line 1", "NUL"),
        ("x.jsonl", '{"a": ' + "[" * 101 + "]" * 101 + "}", "line 1", "nested deeper than 100 levels"),
        ("x.jsonl", '{"a": ' + "[" * 99_999, "line 1", "nested too deeply"),
        ("x.jsonl", json.dumps({"a": "x" * (LONGEST_CELL + 1)}), "line 1", "2,097,153 characters"),
        ("x.jsonl", '{"a": 1}\n{"a": "é"}\n'.encode("latin-1"), "line 2", "CP1252"),
        ("x.yaml", "input: a", "line 1", "cases are a list of tables"),
        ("x.yaml", "", "line 1", "cases are a list of tables"),
        ("x.yaml", "- input: a\n- b", "line 2", "a case is a table"),
        ("x.yaml", "- input: a\n-", "line 2", "a case is a table"),
        ("x.yaml", "- 5: a", "line 1", "this case has 5 for a name; names are text. Quote it."),
        ("x.yaml", "- a: 1\n  a: 2", "line 2", "'a' stands here twice"),
        ("x.yaml", "- a: {b: [{5: c}]}", "line 1", "this case has 5 for a name"),
        ("x.yaml", '- "": a', "line 1", "a column has no name"),
        ("x.yaml", "- a: on", "line 1", "more than one way"),
        ("x.yaml", '- a: "\\0"', "line 1", "NUL"),
        ("x.yaml", '- a: b\n  grader: {equals: x}', "line 1", "Did you mean 'graders'?"),
        ("x.yaml", '- a: b\n  tag: must_pass', "line 1", "Did you mean 'tags'?"),
        ("x.yaml", "- input: é".encode("cp1252"), "line 1", "CP1252"),
        ("x.xlsx", "PK", "", "cases stand in files that end in .csv, .tsv, .jsonl"),
        ("x", "a", "", "cases stand in files that end in"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, name: str, data: str | bytes, where: str, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, name, data)
    sentence = str(refused.value)
    assert sentence.startswith(f"{tmp_path / name}" + (f", {where}: " if where else ""))
    assert words in sentence
    assert "\n" not in sentence


def test_all_problems_are_listed_at_once_up_to_20(folder: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read(folder, "x.csv", 'a,a\n1\n1,2\n1,2,3\n"')
    named = [line.removeprefix(f"{folder / 'x.csv'}, ")[:5] for line in str(refused.value).split("\n")]
    assert named == ["row 1", "row 2", "row 4", "row 5"]
    for name, text in (
        ("x.csv", "a,b\n" + "1\n" * 1234),
        ("x.jsonl", "{\n" * 1234),
        ("x.yml", "- b\n" * 1234),
    ):
        with pytest.raises(BadInput) as refused:
            read(folder, name, text)
        lines = str(refused.value).split("\n")
        assert len(lines) == 21
        assert lines[-1] == "There are 1,214 more problems."


def test_rows_know_where_they_begin(folder: Path) -> None:
    (folder / "x.csv").write_text('a\n\n"x\ny"\nz\n')
    first, second = casefile.read(folder / "x.csv")
    assert (first.line, first.where()) == (3, f"{folder / 'x.csv'}, row 3")
    assert (second.line, second.where()) == (5, f"{folder / 'x.csv'}, row 4 (line 5)")
    (folder / "x.yaml").write_text("- a: 1\n- b: 2\n  graders:\n    - equals: x\n")
    first, second = casefile.read(folder / "x.yaml")
    assert (first.line, second.line) == (1, 2)
    assert second.where("graders", 0, "equals") == f"{folder / 'x.yaml'}, line 4"


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text("a\n1")
    with pytest.raises(BadInput, match=r"there is no such file. Did you mean 'tickets.csv'\?"):
        casefile.read(tmp_path / "ticket.csv")
