"""A log of a million calls: how soon its pages, searches and charts are there, how fast it is written, how
large it is.

    python -m tests.bench logs [--calls N] [--db FILE] [--only read,page,write,size]

`--db` names a database of `tests.bench._million`, made there where it is missing, and left as it is; else one
is made for this run, which takes a quarter of an hour for a million calls.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from lab.store import Store
from tests.bench import _lifecycles, _million, _reading, _size
from tests.bench._bench import percentile, table
from tests.bench._figures import HEAD, ms, row

WRITTEN, PROCESSES = 8_000, 4
PARTS = ("read", "page", "write", "size")


def main(arguments: list[str]) -> None:
    asked = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="lab-bench-") as place:
        path = asked.db or Path(place) / "lab.db"
        if not path.exists():
            began = time.perf_counter()
            _million.filled(path, asked.calls)
            print(f"{asked.calls:,} calls made in {time.perf_counter() - began:.0f} s\n")
        for part in asked.only.split(","):
            {"read": read, "page": page, "write": write, "size": size}[part](path, Path(place))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench logs", description=__doc__)
    parser.add_argument("--calls", type=int, default=_million.CALLS)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--only", default=",".join(PARTS))
    return parser.parse_args(arguments)


def read(path: Path, place: Path) -> None:
    """Pages, searches and charts, each beside the same in the plain way."""
    with closing(Store(path)) as base:
        db = base.read
        calls = db.execute("SELECT count(*) FROM calls").fetchone()[0]
        print(f"Reading {calls:,} calls: the median and the longest of 15, in this process\n")
        groups = (
            _reading.pages(db, calls),
            _reading.searches(db),
            _reading.charts(db),
            _reading.whole(db, base),
        )
        table([HEAD, *(row(figure) for group in groups for figure in group)])
        print()


def page(path: Path, place: Path) -> None:
    """Logs and Costs in Chromium."""
    from tests.bench import _logspage

    copy = _copied(path, place / "page" / ".lab" / "lab.db")
    rows = [_logspage.HEAD, *_logspage.loaded(copy.parents[1])]
    print("The tabs of Logs and Costs in Chromium, from the address until all is drawn\n")
    table(rows)
    copy.unlink()
    print()


def write(path: Path, place: Path) -> None:
    """Whole calls from several processes, on a copy."""
    copy = _copied(path, place / "write.db")
    calls = WRITTEN
    wrote = _lifecycles.written(copy, calls, PROCESSES)
    seconds = max(each.ended for each in wrote) - min(each.began for each in wrote)
    posts = [1000 * each for one in wrote for each in one.posts]
    commits = [1000 * each for one in wrote for each in one.commits]
    bare = _bare(place / "bare.db", calls // 8)
    rate, cpu = calls / seconds, sum(each.cpu for each in wrote) / calls * 1000
    lost = _lifecycles.lost(copy, wrote)
    print(f"Writing {calls:,} whole calls from {PROCESSES} processes to that database, synchronous=FULL\n")
    table(
        [
            ("", "wanted", "measured", "baseline: one row a transaction, bare sqlite3, empty file"),
            ("calls a second", "≥ 500", f"{rate:,.0f}", f"{bare:,.0f}, ratio {rate / bare:.2f}"),
            ("lost", "0", lost, ""),
            ("a caller is held by a write, p50", "", f"{percentile(posts, 0.5):.3f} ms", ""),
            ("p99", "≤ 1 ms", f"{percentile(posts, 0.99):.3f} ms", ""),
            ("the row before a call is on the disk, p50", "", ms(percentile(commits, 0.5)), ""),
            ("p99", "", ms(percentile(commits, 0.99)), ""),
            ("longest", "", ms(max(commits)), ""),
            ("CPU a call, caller and writer", "", ms(cpu), ""),
        ]
    )
    copy.unlink()
    print()


def _bare(path: Path, calls: int) -> float:
    """Rows a second: 1.8 KB each, in a transaction of its own."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE calls (id TEXT PRIMARY KEY, started_at TEXT, body TEXT)")
        began = time.perf_counter()
        for number in range(calls):
            db.execute("INSERT INTO calls VALUES (?, ?, ?)", (f"{number:013}", "2026", "x" * 1800))
        return calls / (time.perf_counter() - began)


def size(path: Path, place: Path) -> None:
    """What the file is to its text."""
    print("The file\n")
    table(_size.rows(path))


def _copied(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)
    os.sync()  # else the first call that is written waits for all of it
    return to
