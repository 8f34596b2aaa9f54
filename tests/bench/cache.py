"""What the lab finds of 1,000 random edits of requests, held against the simulated Claude; see
docs/cache.md."""

from __future__ import annotations

from collections import Counter

from tests.bench._bench import table
from tests.cache.pairs import verdict

PAIRS = 1000


def main(arguments: list[str]) -> None:
    verdicts = [verdict(seed) for seed in range(PAIRS)]
    found = Counter(one.kinds[0] for one in verdicts if not one.refused)
    codes = Counter(one.code for one in verdicts if not one.refused)
    steps = Counter(len(one.kinds) for one in verdicts if not one.refused)
    for head, counts in (("found", found), ("diagnostics", codes), ("reasons one after another", steps)):
        table([(head, "pairs"), *counts.most_common()])
        print()
    wrong = {seed: one.wrong for seed, one in enumerate(verdicts) if one.wrong}
    refused = sum(one.refused for one in verdicts)
    print(f"{PAIRS - refused} pairs; {refused} more were refused by the server. Wrong: {len(wrong)}")
    for seed, why in wrong.items():
        print(f"  seed {seed}: {'; '.join(why)}")
