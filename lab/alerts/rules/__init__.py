"""The rules: a file each, found by their names. A rule has a TITLE, and
`judge(traffic, wanted) -> Iterator[Judgement]`, which says of all that it watches how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from lab.alerting import Alerting
from lab.alerts.judgement import Judgement
from lab.alerts.traffic import Traffic


@cache
def rules() -> dict[str, ModuleType]:
    """All of them, by name."""
    files = sorted(Path(__file__).parent.glob("[!_]*.py"))
    return {file.stem: import_module(f"{__name__}.{file.stem}") for file in files}


def judged(traffic: Traffic, wanted: Alerting) -> Iterator[Judgement]:
    """What every rule says of this traffic."""
    for rule in rules().values():
        yield from rule.judge(traffic, wanted)


def title(rule: str) -> str:
    """What a rule is called."""
    return rules()[rule].TITLE if rule in rules() else rule
