"""What is written: answers to stdout, everything else to stderr, nothing that could drive a terminal."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from lab.errors import LabError

_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    """Text from a model or a server, without the control characters that could drive a terminal."""
    return text.translate(_CONTROLS)


def say(text: str, *, end: str = "\n", colours: bool = False) -> None:
    """Write to stdout. Raises LabError when the disk is full, Abort when the reader is gone.

    colours: the text holds the escape codes of click.style, and nothing that came from outside.
    """
    with _heard():
        click.echo((text if colours else printable(text)) + end, nl=False)


def pour(pieces: Iterable[bytes]) -> None:
    """Write what comes to stdout: as it is, but to a terminal as `say` does, which says what is raised."""
    for piece in pieces:
        if sys.stdout.isatty():
            say(piece.decode(errors="replace"), end="")
        else:
            with _heard():
                sys.stdout.buffer.write(piece)
    with _heard():
        sys.stdout.flush()


@contextmanager
def _heard() -> Iterator[None]:
    """What goes wrong in writing to stdout, in the lab's terms."""
    try:
        yield
    except BrokenPipeError:
        silence()
        raise click.Abort from None
    except OSError as error:
        silence()
        raise LabError(f"The output cannot be written: {error.strerror or error}.") from None


def say_json(value: Any) -> None:
    """Write a value to stdout as JSON."""
    from lab.record import as_json

    say(as_json(value, indent=2), colours=True)


def note(text: str, *, dim: bool = False) -> None:
    """Tell the person something on stderr, broken to the width of their terminal. A lost stderr is no
    reason to stop."""
    text = printable(text)
    if sys.stderr.isatty():
        text = folded(text, shutil.get_terminal_size().columns)
    try:
        click.echo(click.style(text, dim=True) if dim else text, err=True)
    except OSError:
        silence()


def complain(sentence: str, code: int) -> int:
    """Say what was wrong on stderr; gives the exit code back."""
    note(f"lab: {sentence}")
    return code


def whole(error: LabError) -> str:
    """What an error says, with what was noted on its way."""
    return " ".join([str(error), *getattr(error, "__notes__", ())])


def folded(text: str, width: int, indent: int = 0) -> str:
    """Text broken at its spaces so that no line is longer than `width`, all but the first indented."""
    lines = text.split("\n")
    return "\n".join(
        textwrap.fill(line, width, subsequent_indent=" " * indent, **_AT_SPACES) for line in lines
    )


_AT_SPACES: Mapping[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


def mode(stream: Any) -> int:
    """What kind of file is behind a stream, for the functions of `stat`; 0 where there is none."""
    try:
        return os.fstat(stream.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return 0


def silence() -> None:
    """Send to nowhere what a broken stdout or stderr still holds, so that closing them says nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def ready() -> None:
    """Make stdout and stderr take any text, and be there at all: a shell can close them."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass  # what is opened next would otherwise become stdout
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
