"""Reports of a run: one file, one format. Each has a `SUFFIX` and a `text(run)`, where `run` is what
`lab.store.run` gives."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from lab.errors import BadInput, LabError


def formats() -> dict[str, ModuleType]:
    """The formats by the end of the file's name."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    modules = (import_module(f"{__name__}.{file.stem}") for file in files if not file.stem.startswith("_"))
    return {module.SUFFIX: module for module in modules}


def format_of(path: Path) -> ModuleType:
    """The format for a file. Raises BadInput when its name ends in none of them."""
    for suffix, module in formats().items():
        if path.name.endswith(suffix):
            return module
    raise BadInput(
        f"{path}: there is no report of that kind. Name a file that ends in {', '.join(formats())}."
    )


def write(path: Path, run: Mapping[str, Any]) -> None:
    """The report of a run, in the format that the file's name asks for. Raises LabError."""
    text = format_of(path).text(run)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LabError(f"The report {path} cannot be written: {error.strerror}.") from None
