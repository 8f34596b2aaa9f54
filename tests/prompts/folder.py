"""Prompt folders for tests, written as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def folder(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files, by their paths in it."""
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root
