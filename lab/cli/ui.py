"""The app in the browser."""

from __future__ import annotations

import importlib.util

import click

from lab.cli._out import note
from lab.errors import BadInput, LabError

HERE = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=8501, help="Else 8501; 0: a free one."
)
@click.option("--address", metavar="IP", default=HERE[0], help=f"Else {HERE[0]}, for this machine alone.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--insecure", is_flag=True, help="Listen where others can come in: nobody has to sign in.")
def command(
    port: int = 8501, address: str = HERE[0], no_browser: bool = False, insecure: bool = False
) -> None:
    """Open the app in the browser.

    It runs until Ctrl-C. Whoever can reach it can read every conversation and spend your money, so it listens
    on this machine alone.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise LabError("The app needs packages that are not installed. `uv sync` installs them.")
    if address not in HERE and not insecure:
        raise BadInput(
            f"On {address} others could reach the app, read every conversation and spend your money: nobody "
            "has to sign in. Leave --address out, or add --insecure where the network keeps others out."
        )
    _start(port, address, no_browser)


def _start(port: int, address: str, no_browser: bool) -> None:
    from lab.cli._opened import settings
    from lab.server import serve

    def ready(url: str) -> None:
        note(f"Prompt Lab is at {url} · Ctrl-C ends it.")
        if not no_browser:
            import webbrowser

            webbrowser.open(url)

    settings()  # what is wrong with them is said before anything starts
    serve(address, port, ready)
