#!/bin/sh
# Passes all tests on a machine with nothing but Python 3.11 or later with pip and venv.
# Arguments go to pytest: sh tests/run.sh tests/store -k locked
set -eu
cd "$(dirname "$0")/.."
if ! command -v uv >/dev/null 2>&1; then
  [ -x .uv/bin/uv ] || { python3 -m venv .uv && .uv/bin/pip install -q uv; }
  PATH="$PWD/.uv/bin:$PATH"
  export PATH
fi
# The browser tests drive Chromium; without it they are skipped.
if ! command -v chromium >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  { apt-get install -y -q chromium || { apt-get update -q && apt-get install -y -q chromium; }; } >/dev/null 2>&1 ||
    echo "Chromium could not be installed: the browser tests are skipped." >&2
fi
uv run --group test ruff check --quiet
# Three at once: many tests wait for processes of their own, so that two would leave two cores idle at times.
exec uv run --group test pytest --numprocesses 3 --dist worksteal "$@"
