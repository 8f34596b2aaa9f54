"""A database as a team has it after three months: a million calls, put straight into the store's tables.

    python -m tests.bench._million FILE [CALLS]

The rows are those that the writer makes of such calls, down to the triggers; the same seed gives the same
file.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from lab.store import Store, indexing, sqlite
from lab.store.sqlite import transaction
from tests.bench._made import Made
from tests.bench._traffic import Asked, traffic

CALLS, SEED, BATCH = 1_000_000, 7, 20_000


def filled(path: Path, calls: int = CALLS, seed: int = SEED) -> None:
    """A new database with so many calls."""
    Store(path).close()
    with closing(sqlite.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")  # a conversation is written with its last call
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        indexing.hash_size(connection, indexing.BIG_HASH)
        made = Made(seed)
        for asked in batched(traffic(calls, seed)):
            for each in asked:
                made.add(each)
            with transaction(connection):
                made.write(connection)
        with transaction(connection):
            made.finish(connection)
        indexing.hash_size(connection, indexing.HASH)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA optimize")


def batched(every: Iterator[Asked]) -> Iterator[list[Asked]]:
    batch: list[Asked] = []
    for each in every:
        batch.append(each)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


if __name__ == "__main__":
    began = time.perf_counter()
    filled(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
    print(f"{time.perf_counter() - began:.0f} s")
