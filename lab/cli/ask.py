"""Ask Claude one question."""

from __future__ import annotations

import select
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from lab.cli._out import mode, note
from lab.errors import BadInput

LONGEST_INPUT = 32 * 2**20
"""Bytes that the API takes in one request."""
VALUES = "-v takes NAME=VALUE, such as -v plan=premium"
RESULTS = "--tool-result takes ID=TEXT, as lab ask prints it"
ALONE = "--shorten and --tool-result go on with a conversation, without a question: lab ask -c"


@click.command()
@click.argument("question", nargs=-1)
@click.option("-m", "--model", metavar="ID", help="The model; `lab models` lists them.")
@click.option("-p", "--prompt", metavar="REF", help="A prompt: support, support@staging or support@2.")
@click.option("-v", "--value", "values", multiple=True, metavar="NAME=VALUE", help="A prompt's variable.")
@click.option("--context", type=click.Path(path_type=Path), metavar="FILE", help="Facts to answer from.")
@click.option(
    "--file", "files", multiple=True, type=click.Path(path_type=Path), metavar="PATH",
    help="A picture or PDF to ask about; may be given again.",
)  # fmt: skip
@click.option("-s", "--system", metavar="TEXT", help="The system prompt.")
@click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Longest answer, in tokens.")
@click.option("--max-input-tokens", "most", type=click.IntRange(1), metavar="N", help="Refuse to send more.")
@click.option("--count", "counted", is_flag=True, help="Count the tokens and say the price; send nothing.")
@click.option("--effort", metavar="LEVEL", help="How much work to put in: low, medium, high, xhigh or max.")
@click.option("-c", "--continue", "latest", is_flag=True, help="Go on with your latest conversation.")
@click.option("--conversation", metavar="ID", help="Go on with this conversation.")
@click.option("--shorten", is_flag=True, help="Ask the last question again, with half of the history.")
@click.option("--tool-result", "results", multiple=True, metavar="ID=TEXT", help="What a tool answers.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole call as JSON when it has ended.")
def command(
    question: tuple[str, ...],
    values: tuple[str, ...],
    context: Path | None,
    files: tuple[Path, ...],
    latest: bool,
    shorten: bool,
    results: tuple[str, ...],
    as_json: bool,
    most: int | None,
    counted: bool,
    **said: Any,
) -> None:
    """Ask Claude a question.

    The answer streams to stdout; its figures go to stderr. Text that is piped in is put before the question:

    \b
      lab ask "What is the capital of France?"
      cat error.log | lab ask "What went wrong?"
      lab ask -p support@2 -v plan=premium --context account.md "What do I pay?"
      lab ask --file plan.png --file terms.pdf "Is the plan within the terms?"
      while read -r line; do lab ask "$line" < /dev/null; done < questions.txt
    """
    from lab.cli._call import Follow, stream
    from lab.cli._count import count
    from lab.engine import Asked

    if latest and said["conversation"]:
        raise BadInput("-c goes on with the latest conversation; leave it out when you name one.")
    goes_on = latest or said["conversation"] is not None
    if (shorten or results) and (question or counted or not goes_on):
        raise BadInput(ALONE)
    text = "" if shorten or results else _text(" ".join(question).strip(), needed=counted or not goes_on)
    given = {"values": _values(values), "context": _context(context), "files": [_file(one) for one in files]}
    asked = Asked(text, **said, **given)
    if counted:
        return count(asked, latest)
    follow = Follow(latest, shorten, _values(results, RESULTS))
    raise SystemExit(stream(asked, follow, as_json, most))


def _values(given: Sequence[str], rule: str = VALUES) -> dict[str, str]:
    """`plan=premium` as a name and its value. Raises BadInput with the rule."""
    pairs = [pair.partition("=") for pair in given]
    for name, sign, _ in pairs:
        if not sign:
            raise BadInput(f"{rule}, not '{name}'.")
    return {name.strip(): value for name, _, value in pairs}


def _context(file: Path | None) -> Any:
    """What a file says: JSON as a table or list, anything else as text. Raises BadInput."""
    import json

    from lab.documents import content, decode

    if file is None:
        return None
    text = decode(content(file), str(file))
    if file.suffix.lower() != ".json":
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadInput(f"{file} is not JSON: {error}.") from None


def _file(path: Path) -> Any:
    """A file to send along. Raises BadInput for one that cannot be read, or is longer than any request."""
    from lab.engine import File

    try:
        with path.open("rb") as opened:
            data = opened.read(LONGEST_INPUT + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > LONGEST_INPUT:
        raise BadInput(f"{path} is longer than {LONGEST_INPUT // 2**20} MB. Split it, or make it smaller.")
    return File(path.name, data)


def _text(typed: str, needed: bool) -> str:
    """What was piped in, then the question. Raises BadInput where one is needed and there is none."""
    text = "\n\n".join(part for part in (_piped(bool(typed)), typed) if part)
    if needed and not text:
        raise BadInput('There is no question. Write one: lab ask "How do I reset my password?"')
    return text


def _piped(typed: bool) -> str:
    """What stands on stdin, if it is a pipe or a file; where nothing was typed, whatever it is."""
    kind = mode(sys.stdin)
    if not kind or not (stat.S_ISFIFO(kind) or stat.S_ISREG(kind) or not (typed or sys.stdin.isatty())):
        return ""
    if not select.select([sys.stdin], [], [], 2)[0]:
        note("Reading the text that is piped in. If there is none, run lab with < /dev/null.")
    data = sys.stdin.buffer.read(LONGEST_INPUT + 1)
    if len(data) > LONGEST_INPUT:
        raise BadInput(f"What was piped in is longer than {LONGEST_INPUT // 2**20} MB. Shorten it.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"What was piped in is not UTF-8 text (line {line}).") from None
    return text.strip("\r\n") if text.strip() else ""
