"""Reports of a run: one file, one format. Each has a `SUFFIX` and a `text(subject)`; see `subject`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from lab.errors import BadInput, LabError
from lab.evals.reports._subject import LAST, NONE, Subject, brief, comparable, subject
from lab.evals.reports.markdown import page
from lab.store import Connection
from lab.types import Principal

__all__ = [
    "LAST", "NONE", "PLACE", "Subject", "brief", "format_of", "formats", "page", "subject", "text", "wanted",
    "write",
]  # fmt: skip

PLACE = "{dataset}"
"""Stands for the dataset's name in that of a report."""


def formats() -> dict[str, ModuleType]:
    """The formats by the end of the file's name."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    modules = (import_module(f"{__name__}.{file.stem}") for file in files if not file.stem.startswith("_"))
    return {module.SUFFIX: module for module in modules}


def format_of(path: Path) -> ModuleType:
    """The format for a file. Raises BadInput when its name ends in none of them."""
    known = formats()
    fitting = [suffix for suffix in known if path.name.endswith(suffix)]
    if not fitting:
        ends = ", ".join(known)
        raise BadInput(f"{path}: there is no report of that kind. Name a file that ends in {ends}.")
    return known[max(fitting, key=len)]


def text(subject: Subject, suffix: str) -> str:
    """The report of a run in one of the formats."""
    return formats()[suffix].text(subject)


def wanted(
    connection: Connection, principal: Principal, datasets: Sequence[str], paths: Sequence[Path], against: str
) -> list[list[Path]]:
    """The files for the reports of each dataset: `{dataset}` in their names is its own. Raises BadInput for a
    name that says no format or that several datasets would share, and where `against` is a run of another."""
    for path in paths:
        format_of(path)
        if len(datasets) > 1 and PLACE not in str(path):
            raise BadInput(
                f"{path} is the report of one dataset. Name just one, or put {PLACE} into the file's name."
            )
    for dataset in datasets:
        comparable(connection, principal, dataset, against)
    return [[Path(str(path).replace(PLACE, dataset)) for path in paths] for dataset in datasets]


def write(paths: Iterable[Path], subject: Subject) -> None:
    """The reports of a run, each in the format that the file's name asks for. Raises LabError, once the
    others are written."""
    failed = None
    for path in paths:
        content = format_of(path).text(subject)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8", "backslashreplace"))
        except OSError as error:
            failed = failed or LabError(f"The report {path} cannot be written: {error.strerror}.")
    if failed:
        raise failed
