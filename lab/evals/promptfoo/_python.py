"""Python in a configuration: what is called while it is read, and what becomes a file of graders."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.errors import BadInput
from lab.evals.promptfoo._report import Unsupported

HEAD = '''"""Graders that stood in {source}. Each is given the answer and the case's columns, and says whether
the answer passes and why."""

from __future__ import annotations

{imports}

def _verdict(value, threshold=None):
    """True or false, a score, or a table with `pass`, `score` and `reason`."""
    reason, score = "", value
    if isinstance(value, dict):
        reason = str(value.get("reason") or "")
        score = value.get("score", 1.0 if value.get("pass", value.get("pass_")) else 0.0)
        value = value.get("pass", value.get("pass_", score))
    if isinstance(value, bool) and threshold is None:
        return value, reason or f"gave {{value}}"
    if not isinstance(score, (int, float)):
        raise TypeError(f"the grader gave {{score!r}}, not true, false, a number or a table")
    needed = 1e-9 if threshold is None else threshold
    return float(score) >= needed, reason or f"scored {{float(score):g}}"
'''
LOADER = '''

def _function(path, name):
    """A function of a file beside this one."""
    return runpy.run_path(str(Path(__file__).parent / path))[name]
'''


class Graders:
    """Collects the functions of one file of graders."""

    def __init__(self, source: str, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._functions: dict[str, str] = {}
        self._imports = {"json", "math", "re"}

    def inline(self, code: str, threshold: float | None, config: Any) -> str:
        """The name of a function that does what this code does: an expression, or lines that return.
        Raises Unsupported for code that is no Python."""
        code = textwrap.dedent(code).strip("\n")
        try:
            ast.parse(code.strip(), mode="eval")
            body = f"return _verdict({code.strip()}, {threshold!r})"
        except SyntaxError:
            body = f"def graded():\n{textwrap.indent(code, '    ')}\nreturn _verdict(graded(), {threshold!r})"
        context = f'context = {{"vars": columns, "config": {config or {}!r}}}'
        return self._add(f"{context}\n{body}")

    def file(self, path: Path, function: str, threshold: float | None, config: Any) -> str:
        """The name of a function that asks the one in a file of the team's own."""
        if not path.is_file():
            raise Unsupported(f"there is no file {path}")
        self._imports |= {"runpy"}
        beside = os.path.relpath(path.resolve(), self._folder.resolve())
        context = f'context = {{"vars": columns, "config": {config or {}!r}, "prompt": None}}'
        call = f"_function({beside!r}, {function!r})(output, context)"
        return self._add(f"{context}\nreturn _verdict({call}, {threshold!r})")

    def check(self, name: str, *arguments: Any) -> str:
        """The name of a function that asks one of this lab's own (see `_checks`)."""
        self._imports |= {f"from lab.evals.promptfoo import {name}"}
        given = ", ".join(repr(each) for each in arguments)
        return self._add(f"return {name}(output{', ' + given if given else ''})")

    def text(self) -> str | None:
        """The file; None where there is no function for it."""
        if not self._functions:
            return None
        plain = {f"import {each}" for each in self._imports if " " not in each}
        own = sorted(each for each in self._imports if " " in each)
        lines = sorted(plain)
        if "runpy" in self._imports:
            lines.append("from pathlib import Path")
        if own:
            lines += ["", *own]
        head = HEAD.format(source=self._source, imports="\n".join(lines))
        return head + (LOADER if "runpy" in self._imports else "") + "".join(self._functions.values())

    def _add(self, body: str) -> str:
        """The name of a function with this body, one for all that have the same. Raises Unsupported."""
        for name, text in self._functions.items():
            if text.partition("\n    ")[2] == textwrap.indent(body, "    ")[4:] + "\n":
                return name
        name = f"grader_{len(self._functions) + 1}"
        text = f"\n\ndef {name}(output, columns):\n{textwrap.indent(body, '    ')}\n"
        try:
            ast.parse(text)
        except SyntaxError as error:
            raise Unsupported(f"this is not Python: {error.msg}") from None
        self._functions[name] = text
        return name


def called(file: Path, function: str, *arguments: Any) -> Any:
    """What a function of a file gives, as JSON can hold it. Raises BadInput where it cannot be asked."""
    spec = importlib.util.spec_from_file_location(f"lab_import_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        made = _function(module, function, file)(*arguments)
        return json.loads(json.dumps(made))
    except BadInput:
        raise
    except (Exception, SystemExit) as error:
        raise BadInput(f"{file}, {function}: it failed with {type(error).__name__}: {error}.") from None


def _function(module: Any, name: str, file: Path) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if not callable(function):
        raise BadInput(f"{file} has no function '{name}'.")
    return function
