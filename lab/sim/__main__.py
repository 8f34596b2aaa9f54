"""`python -m lab.sim`: prints one line, {"port": N}, and serves until its standard input ends.

Whoever starts it holds the other end of that pipe: when the parent is gone, however it went, so is this.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import threading
from contextlib import suppress

from lab import sim
from lab.models import catalogue


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lab.sim", description=sim.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--speed", type=float, default=1.0, help="1 like the real thing, 0 without waiting")
    parser.add_argument("--first-token", type=float, help="seconds to the first token, whatever the speed")
    parser.add_argument("--interval", type=float, help="seconds between tokens, whatever the speed")
    options = parser.parse_args()
    if not os.isatty(0):
        # Ctrl-C reaches the whole terminal; the parent still needs answers while it finishes.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    asyncio.run(_run(options))


def _end_with_stdin() -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(0)


async def _run(options: argparse.Namespace) -> None:
    server = await sim.serve(**vars(options))
    with suppress(BrokenPipeError):  # the parent is gone already; so is this, in a moment
        print(json.dumps({"port": server.port}), flush=True)
    catalogue()  # read while the parent is still busy, so that the first request need not wait
    await asyncio.Event().wait()


if __name__ == "__main__":
    main()
