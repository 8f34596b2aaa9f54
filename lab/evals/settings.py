"""The settings of a dataset file, each checked where it stands."""

from __future__ import annotations

import re

from lab.documents import Document
from lab.evals.columns import Template
from lab.evals.row import unfit
from lab.evals.tags import split_tags
from lab.graders import scalar

TIMES = re.compile(r"([0-9]{1,6}) of ([0-9]{1,6})")


def words(document: Document, key: str) -> str | None:
    """A text; None where there is none. Raises BadInput for anything else."""
    value = document.value.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise document.error(f"{key} must be text, not {value!r}.", key)
    return value


def names(document: Document, key: str) -> tuple[str, ...]:
    """One name or a list of them, no two the same; none where the key is missing. Raises BadInput."""
    value = document.value.get(key)
    if value is None:
        return ()
    each = value if isinstance(value, list) else [value]
    for index, name in enumerate(each):
        if not isinstance(name, str) or not name or re.search(r"\s", name):
            raise document.error(f"{key} must be a name or a list of names, not {name!r}.", key, index)
        if name in each[:index]:
            raise document.error(f"'{name}' stands twice in {key}.", key, index)
    if not each:
        raise document.error(f"the list of {key} is empty.", key)
    return tuple(each)


def whole(document: Document, key: str, default: int) -> int:
    """A whole number from 1 up. Raises BadInput."""
    value = document.value.get(key)
    if value is None:
        return default
    if type(value) is not int or value < 1:
        raise document.error(f"{key} must be a whole number from 1 up, not {value!r}.", key)
    return value


def rate(document: Document, key: str) -> float | None:
    """A share from 0 to 1. Raises BadInput."""
    value = document.value.get(key)
    if value is None:
        return None
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise document.error(f"{key} must be a number from 0 to 1, such as 0.95, not {value!r}.", key)
    return float(value)


def repeats(document: Document) -> tuple[int, int]:
    """How often each case is asked, and how many of its answers must pass: all, unless `needs` says fewer.

    `needs: 2 of 3` says both. Raises BadInput.
    """
    value = document.value.get("needs")
    times = TIMES.fullmatch(value) if isinstance(value, str) else None
    if times:
        needed, asked = int(times[1]), whole(document, "repeats", int(times[2]))
        if asked != int(times[2]):
            raise document.error(f"needs is {value}, but repeats is {asked}.", "needs")
    else:
        asked = whole(document, "repeats", 1)
        needed = asked if value is None else value
    if type(needed) is not int or needed < 1:
        raise document.error(f"needs must be a whole number from 1 up, or `2 of 3`, not {value!r}.", "needs")
    if needed > asked:
        raise document.error(f"needs is {needed}, but repeats only {asked}.", "needs")
    return asked, needed


def template(document: Document, key: str) -> Template | None:
    """A template: text, or another single value. Raises BadInput."""
    value = document.value.get(key)
    if value is None:
        return None
    if scalar(value) is None:
        raise document.error(f'{key} must be text, such as "{{{{column}}}}".', key)
    return Template(scalar(value), document.where(key))


def templates(document: Document, key: str) -> tuple[Template, ...]:
    """One template or a list of them; none where the key is missing. Raises BadInput."""
    value = document.value.get(key)
    each = [] if value is None else value if isinstance(value, list) else [value]
    for index, text in enumerate(each):
        if not isinstance(text, str) or not text.strip():
            raise document.error(
                f'{key} are columns, such as "{{{{{key}}}}}", or a list of them.', key, index
            )
    return tuple(Template(text, document.where(key, index)) for index, text in enumerate(each))


def variables(document: Document) -> dict[str, Template]:
    """A template for each variable of the prompt; lists and tables stand for themselves. Raises BadInput."""
    value = document.value.get("variables")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise document.error('variables are a table, such as {plan: "{{plan}}"}.', "variables")
    for name, each in value.items():
        if problem := unfit({name: each}):
            raise document.error(f"this variable {problem}.", "variables", name)
    return {name: Template(each, document.where("variables", name)) for name, each in value.items()}


def tags(document: Document) -> tuple[tuple[str, ...], Template | None]:
    """Tags of every case, from a list; or the column that holds each case's. Raises BadInput."""
    value = document.value.get("tags")
    if isinstance(value, list):
        return tuple(split_tags(value, document.where("tags"))), None
    column = words(document, "tags")
    return (), None if column is None else Template(column, document.where("tags"))
