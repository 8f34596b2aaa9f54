"""The prompts of a configuration: texts, files, chats in JSON, Python functions."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.evals.promptfoo import _files
from lab.evals.promptfoo._report import Report, Unsupported
from lab.evals.promptfoo._templates import names

TEXTS = (".txt", ".md", ".j2")
SCRIPTS = (".js", ".cjs", ".mjs", ".ts", ".sh", ".bash", ".rb", ".pl")
FILES = (*TEXTS, ".json", ".yaml", ".yml", ".csv", ".py", *SCRIPTS)
SEPARATOR = re.compile(r"^---\s*$", re.MULTILINE)
ELSEWHERE = re.compile(r"(exec:|langfuse://|portkey://|helicone://|https?://)")


@dataclass(frozen=True)
class Found:
    """A prompt as it was found. `turns` are the conversation before the last user turn; all texts are
    Nunjucks. `function`: a Python file and the function in it that writes the prompt for each test."""

    label: str
    where: str
    system: str = ""
    user: str = ""
    turns: tuple[Mapping[str, str], ...] = ()
    pictures: tuple[str, ...] = ()
    function: tuple[Path, str] | None = None

    def variables(self) -> list[str]:
        """In the order of their first use. Raises Unsupported."""
        return names("\n".join([self.system, *(turn["content"] for turn in self.turns), self.user]))


def found(value: Any, folder: Path, report: Report) -> list[Found]:
    """Every prompt that can be used; of each other the report says why it cannot."""
    entries = value if isinstance(value, list) else [value]
    prompts: list[Found] = []
    for index, entry in enumerate(entries):
        where = f"prompts[{index}]" if isinstance(value, list) else "prompts"
        try:
            for prompt in _entry(entry, where, folder):
                prompt.variables()
                prompts.append(prompt)
        except (Unsupported, BadInput) as error:
            report.add("prompt", "unsupported", where, str(error))
    for prompt in prompts:
        report.add("prompt", "converted", prompt.where)
    return prompts


def _entry(entry: Any, where: str, folder: Path) -> Iterator[Found]:
    label = ""
    if isinstance(entry, dict):
        label = str(entry.get("label") or entry.get("display") or "")
        entry = entry.get("raw") or entry.get("id")
    if not isinstance(entry, str) or not entry.strip():
        raise Unsupported("it is no text")
    if ELSEWHERE.match(entry):
        raise Unsupported(f"'{entry[:60]}' lies outside these files; save its text in a file")
    path, _, function = entry.removeprefix(_files.SCHEME).partition(":")
    is_file = entry.startswith(_files.SCHEME) or (
        "\n" not in entry and "{{" not in entry and Path(path).suffix.lower() in FILES
    )
    if not is_file:
        yield from texts(entry, label, where)
        return
    for file in _files.located(path, folder):
        yield from _file(file, function, label, where)


def _file(file: Path, function: str, label: str, where: str) -> Iterator[Found]:
    kind, label = file.suffix.lower(), label or file.stem
    if kind == ".py":
        yield Found(label, where, function=(file, function or "get_prompt"))
    elif kind in SCRIPTS:
        raise Unsupported(f"{file.name} is a program in another language; only Python functions can be run")
    elif kind == ".json":
        yield chat(_files.data(file), label, where)
    elif kind in (".yaml", ".yml"):
        value = _files.data(file)
        if isinstance(value, list) and all(isinstance(turn, dict) and "role" in turn for turn in value):
            yield chat(value, label, where)
        else:
            for position, entry in enumerate(value if isinstance(value, list) else [value]):
                yield from _entry(entry, f"{where} ({file.name}, {position + 1})", file.parent)
    elif kind == ".csv":
        for row in csv.DictReader(io.StringIO(_files.read(file))):
            yield from texts(row.get("prompt") or "", row.get("label") or label, where)
    else:
        pieces = [piece.strip("\n") for piece in SEPARATOR.split(_files.read(file)) if piece.strip()]
        for number, piece in enumerate(pieces, 1):
            yield from texts(piece, f"{label} {number}" if len(pieces) > 1 else label, where)


def texts(text: str, label: str, where: str) -> Iterator[Found]:
    """A text; a chat where it is one in JSON."""
    if not text.strip():
        raise Unsupported("it is empty")
    try:
        value = json.loads(text) if text.lstrip().startswith("[") else None
    except ValueError:
        value = None
    yield chat(value, label, where) if isinstance(value, list) else Found(label, where, user=text)


def chat(value: Any, label: str, where: str) -> Found:
    """A chat: its system texts, the turns before the last, and the last user turn. Raises Unsupported."""
    value = value.get("messages") if isinstance(value, dict) else value
    if not isinstance(value, list) or not value or not all(isinstance(turn, dict) for turn in value):
        raise Unsupported("a chat is a list of turns with role and content")
    system, turns = [], []
    pictures: list[str] = []
    for turn in value:
        text = _content(turn.get("content"), pictures)
        if turn.get("role") in ("system", "developer"):
            system.append(text)
        elif turn.get("role") in ("user", "assistant"):
            turns.append({"role": turn["role"], "content": text})
        else:
            raise Unsupported(f"a turn has the role {turn.get('role')!r}")
    if not turns or turns[-1]["role"] != "user":
        raise Unsupported("the chat does not end with a user turn, and models of today take no prefill")
    last = turns.pop()["content"]
    return Found(label, where, "\n\n".join(system), last, tuple(turns), tuple(pictures))


def _content(content: Any, pictures: list[str]) -> str:
    """The text of a turn; the variables that its pictures come from are added to `pictures`."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise Unsupported("a turn has neither a text nor a list of blocks")
    texts = []
    for block in content:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "text":
            texts.append(str(block.get("text", "")))
        elif kind in ("image_url", "image", "document"):
            pictures += names(json.dumps(block))
        else:
            raise Unsupported(f"a block of the type {kind!r}")
    return "\n\n".join(texts)
