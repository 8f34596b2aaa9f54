"""Datasets that are broken: every one is told in sentences that name file and row, and none is half read."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.errors import BadInput
from lab.evals import casefile, load
from tests.evals.broken import BROKEN

ROWS = [(kind, *row) for kind, rows in BROKEN.items() for row in rows]


def written(folder: Path, kind: str, data: str | bytes) -> Path:
    """A dataset whose cases, or which itself, is this."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    (folder / "x.yaml").write_text(f"prompt: p\ncases: c{kind}\n")
    (folder / (f"c{kind}" if kind else "x.yaml")).write_bytes(raw)
    return folder / "x.yaml"


def test_there_are_many() -> None:
    assert len(ROWS) >= 300 and len({(kind, data) for kind, data, *_ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("kind", "data", "places", "words"), ROWS, ids=[f"{row[0]}-{number}" for number, row in enumerate(ROWS)]
)
def test_each_is_a_sentence_with_its_rows(
    tmp_path: Path, kind: str, data: str | bytes, places: str, words: str
) -> None:
    with pytest.raises(BadInput) as refused:
        load(written(tmp_path, kind, data))
    said = str(refused.value).split("\n")
    for sentence, place in zip(said, places.split("; "), strict=True):
        named = f"{tmp_path}/x.yaml" if place.startswith("dataset") or not kind else f"{tmp_path}/c{kind}"
        where = place.removeprefix("dataset ")
        assert sentence.startswith(f"{named}, {where}" if where else str(tmp_path)), sentence
        assert sentence.endswith((".", "?")) and "Error" not in sentence
    assert words in said[0].replace(f"{tmp_path}/", "")


QUOTING = [csv.QUOTE_ALL, csv.QUOTE_MINIMAL]
damage = st.tuples(
    st.floats(0, 1), st.sampled_from([b"", b'"', b",", b"\n", b"\r", b"\0", b"\xe9", b"\xef\xbb\xbf"])
)
cells = st.text('ab,\t"\r\n é=', max_size=6)
grids = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=5)
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grid=grids, damages=st.lists(damage, max_size=3), quoting=st.sampled_from(QUOTING),
       kind=st.sampled_from(["csv", "tsv"]))  # fmt: skip
def test_a_damaged_table_is_refused_or_read_whole(
    tmp_path_factory: pytest.TempPathFactory,
    grid: list[list[str]],
    damages: list[tuple[float, bytes]],
    quoting: int,
    kind: str,
) -> None:
    out = io.StringIO(newline="")
    mark = "," if kind == "csv" else "\t"
    csv.writer(out, delimiter=mark, quoting=quoting).writerows(
        [[f"c{n}" for n in range(len(grid[0]))], *grid]
    )
    data = out.getvalue().encode()
    for where, what in damages:
        at = round(where * len(data))
        data = data[:at] + what + data[at + (not what) :]
    file = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    file.write_bytes(data)
    try:
        found = casefile.read(file)
    except BadInput as refused:
        assert all(
            line.startswith((f"{file}, ", f"{file} is empty", "There are "))
            for line in str(refused).split("\n")
        )
        return
    there = csv.reader(io.StringIO(data.decode().lstrip("\ufeff"), newline=""), delimiter=mark)
    header, *rows = [row for row in there if any(row)]
    assert [dict(row.columns) for row in found] == [dict(zip(header, row, strict=True)) for row in rows]
