"""The files of a configuration: YAML as JavaScript reads it, JSON, text, and what `file://` points to."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.evals.encoding import decode

SCHEME = "file://"
LONGEST = 4 * 1024 * 1024
MOST = 200_000
"""Values in a file, those that an alias repeats counted each time: YAML can make few bytes into many."""


def read(file: Path) -> str:
    """A text file. Raises BadInput."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
    if len(data) > LONGEST:
        raise BadInput(f"{file}: {len(data):,} bytes are too many; the limit is {LONGEST:,}.")
    return decode(data, str(file))


def data(file: Path) -> Any:
    """What a YAML or JSON file says. Raises BadInput with the line."""
    text = read(file)
    if file.suffix.lower() == ".json":
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 1)
            raise BadInput(f"{file}, line {line}: this is not JSON: {error}.") from None
    import yaml

    try:
        value = yaml.load(text, Loader=_safe_loader())  # a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "it cannot be read"
        raise BadInput(f"{file}, line {mark.line + 1 if mark else 1}: this is not YAML: {what}.") from None
    except RecursionError:
        raise BadInput(f"{file}, line 1: this is nested too deeply.") from None
    _bounded(value, file)
    return value


def located(reference: str, folder: Path) -> list[Path]:
    """The files that `file://…` means, a pattern's in their order. Raises BadInput where there are none."""
    path = reference.removeprefix(SCHEME)
    if any(sign in path for sign in "*?["):
        found = sorted(folder.glob(path)) if not Path(path).is_absolute() else []
    else:
        found = [folder / path] if (folder / path).is_file() else []
    if not found:
        raise BadInput(f"{folder / path}: there is no such file.")
    return found


@functools.cache
def _safe_loader() -> type:
    """A SafeLoader by the core schema of YAML 1.2, as JavaScript has it: `yes` and `on` are words."""
    import yaml

    class SafeLoader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict = {}

    for tag, pattern, first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
        ("merge", r"<<", "<"),
    ):
        SafeLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})$"), first)
    SafeLoader.add_constructor("tag:yaml.org,2002:int", _whole)
    return SafeLoader


def _whole(loader: Any, node: Any) -> int:
    text = node.value
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _bounded(value: Any, file: Path) -> None:
    """Raises BadInput where a file says more than a person writes."""
    parts, count = [value], 0
    while parts:
        part = parts.pop()
        count += 1
        if count > MOST:
            raise BadInput(f"{file}, line 1: this holds more than {MOST:,} values.")
        if isinstance(part, dict):
            parts += part.values()
        elif isinstance(part, list):
            parts += part
