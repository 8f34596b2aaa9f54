"""`python -m tests.bench NAME`: one benchmark, or without a name the list of them."""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module
from pathlib import Path

names = sorted(file.stem for file in Path(__file__).parent.glob("*.py") if not file.stem.startswith("_"))
if len(sys.argv) < 2 or sys.argv[1] not in names:
    sys.exit(f"Usage: python -m tests.bench NAME, where NAME is one of: {', '.join(names)}")
print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
import_module(f"tests.bench.{sys.argv[1]}").main(sys.argv[2:])
