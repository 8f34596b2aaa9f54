"""What the benchmarks share: a simulated Claude in a process of its own, percentiles, a table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.request import ProxyHandler, build_opener


@contextmanager
def simulated(*arguments: str) -> Iterator[str]:
    """The base URL of a simulated Claude that runs until the block ends."""
    command = [sys.executable, "-m", "lab.sim", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        yield f"http://127.0.0.1:{json.loads(child.stdout.readline())['port']}"
        child.stdin.close()


def stats(base_url: str) -> dict:
    """What the simulated Claude has counted."""
    with build_opener(ProxyHandler({})).open(f"{base_url}/stats") as answer:
        return json.load(answer)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ms(values: Sequence[float], *shares: float) -> list[str]:
    """Percentiles of seconds, in milliseconds."""
    return [f"{percentile(values, share) * 1000:.1f} ms" for share in shares]


def ratio(values: Sequence[float], base: Sequence[float]) -> str:
    """The median, as a multiple of another."""
    return f"{percentile(values, 0.5) / percentile(base, 0.5):.2f}"


def table(rows: Sequence[Sequence[object]]) -> None:
    """The first row is the head."""
    from tabulate import tabulate

    print(tabulate(rows[1:], headers=rows[0], tablefmt="github", disable_numparse=True))
