"""The simulated Claude as a server of its own."""

from __future__ import annotations

import math
import os

import click

from lab.cli._out import note, say
from lab.errors import BadInput, LabError


@click.command()
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=8600, help="Else 8600; 0: a free one."
)
@click.option(
    "--speed", metavar="X", type=click.FloatRange(0), default=1.0, help="2: twice as fast; 0: at once."
)
@click.option("--rpm", metavar="N", type=click.IntRange(1), help="Refuse more requests a minute than this.")
@click.option("--itpm", metavar="N", type=click.IntRange(1), help="And more input tokens, cache reads apart.")
@click.option("--otpm", metavar="N", type=click.IntRange(1), help="And more output tokens.")
def command(port: int, speed: float, rpm: int | None, itpm: int | None, otpm: int | None) -> None:
    """Run the simulated Claude.

    It listens on this machine, for any program that speaks the Messages API; what to set for such a program
    goes to stdout. Its answers are made up, and it says so. Directives in the question order faults, such as
    [[529 twice]] or [[cut after 3]]; docs/simulated.md lists them. With a limit, for each key and model, the
    others are those of the API's first tier; without any nothing is ever refused.
    """
    import asyncio

    if not math.isfinite(speed):
        raise BadInput(f"--speed is {speed}, but must be a number.")
    limits = {"requests": rpm, "input-tokens": itpm, "output-tokens": otpm}
    asyncio.run(_serve(port, speed, {kind: size for kind, size in limits.items() if size}))


async def _serve(port: int, speed: float, limits: dict[str, int]) -> None:
    import asyncio

    from lab.sim import serve

    try:
        server = await serve(port, speed=speed, limits=limits)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise LabError(f"Port {port} cannot be used: {why}. Name another one with --port.") from None
    note(f"The simulated Claude listens on {server.url}. Its answers are made up. Ctrl-C ends it.")
    note("To point a program at it:")
    say(f"export ANTHROPIC_BASE_URL={server.url} ANTHROPIC_API_KEY=simulated")
    await asyncio.Event().wait()
