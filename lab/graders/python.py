"""The answer satisfies a function of the team's own."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

from lab.graders._terms import Place, Sample, nearest, shown
from lab.types import digest


@dataclass(frozen=True)
class Function:
    """A function in a file with this content."""

    name: str
    source: str
    call: Callable[..., Any] = field(compare=False, repr=False)


THRESHOLD = 0.5


def python(picked: str, expected: Function, sample: Sample) -> tuple[bool | float, str]:
    """`expected`: `file.py:function`, relative to the dataset.

    The function takes the text and the case's columns and gives true or false, or a score from 0 to 1; or one
    of them and a reason. What it raises leaves the answer ungraded. The file is run once, and again when it
    has changed.
    """
    try:
        verdict = expected.call(picked, deepcopy(dict(sample.columns)))
    except SystemExit as error:
        raise RuntimeError(f"it ended with SystemExit({error.code!r})") from None
    passed, reason = verdict if isinstance(verdict, tuple) and len(verdict) == 2 else (verdict, None)
    if not isinstance(passed, (bool, int, float)) or not 0 <= passed <= 1:
        given = shown(repr(verdict))
        raise TypeError(f"{expected.name} gave {given}, not true, false or a score, or one and a reason")
    if isinstance(passed, bool):
        return passed, str(reason) if reason else f"{expected.name} says {'yes' if passed else 'no'}"
    return float(passed), str(reason) if reason else f"{expected.name} says {passed:.3g}"


def ready(value: object, place: Place) -> Function:
    """The function, loaded. Raises BadInput."""
    name, colon, function = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not (name and colon and function):
        raise place.error(f"python needs `file.py:function`, not {value!r}.")
    file = place.folder / name
    if not file.is_file():
        raise place.error(f"there is no file {file}.")
    source = digest(file.read_bytes().decode("utf-8", "surrogateescape")).hex()
    try:
        module = _module(str(file.resolve()), source)
    except (Exception, SystemExit) as error:
        raise place.error(f"{file} cannot be run: {type(error).__name__}: {error}.") from None
    call = getattr(module, function, None)
    if not callable(call):
        functions = [name for name, each in vars(module).items() if inspect.isfunction(each)]
        advice = nearest(function, functions) if functions else "There is no function at all."
        raise place.error(f"there is no function '{function}' in {file}. {advice}")
    if inspect.iscoroutinefunction(call):
        raise place.error(f"'{function}' in {file} is async; a grader is a plain function.")
    return Function(value, source, call)


class _Fresh(SourceFileLoader):
    """Compiles the file as it stands, and leaves no __pycache__ beside the dataset."""

    def get_code(self, fullname: str) -> Any:
        return self.source_to_code(self.get_data(self.path), self.path)


@functools.cache
def _module(file: str, source: str) -> ModuleType:
    """The module, run; known by its name, as dataclasses in it require."""
    name = f"lab_grader_{digest(file).hex()}_{source}"
    spec = importlib.util.spec_from_file_location(name, file, loader=_Fresh(name, file))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
