"""A file of settings as text: read, parsed, and where in it something stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from lab.errors import BadInput


def read(file: Path) -> str:
    """Its text; nothing where it is not there. Raises BadInput."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{file}, line {number}: this is not UTF-8. Save the file as UTF-8 text.") from None


def parse(file: Path, text: str) -> dict[str, Any]:
    """What a text of TOML says. Raises BadInput naming the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at ")
        found = re.match(r"line (\d+)", place)
        where = f"line {found[1] if found else max(1, len(text.splitlines()))}"
        advice = 'The file is TOML: write model = "…" with quotes, max_tokens = 5 without, each name once.'
        raise BadInput(f"{file}, {where}: {what}. {advice}") from None
    except (ValueError, RecursionError):
        raise BadInput(f"{file} cannot be read: a number is too long, or brackets are too deep.") from None


def line(text: str, *path: str) -> int:
    """The line on which a name, or a table in a table, is first set; 1 where it cannot be told."""
    name = r"[ \t]*\.[ \t]*".join(rf"""["']?{re.escape(key)}["']?""" for key in path)
    found = re.search(rf"^[ \t]*(\[+[ \t]*)?{name}[ \t]*[=.\]]", text, re.MULTILINE)
    if found:
        return text.count("\n", 0, found.start()) + 1
    return line(text, *path[:-1]) if len(path) > 1 else 1
