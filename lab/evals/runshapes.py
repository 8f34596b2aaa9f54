"""What stands in the JSON of another lab's run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lab.graders import HEAVIEST

SCHEMA = Path(__file__).with_name("run.schema.json")
"""Of the report `.json`; also of what the settings and the summary of a run have to be."""


def parsed(text: str) -> Any:
    """What stands in a JSON text. Raises ValueError with half a sentence."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def anything(value: Any) -> bool:
    return True


def _table(value: Any) -> bool:
    return isinstance(value, dict)


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(type(each) is int for each in value)


def _tags(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _grades(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and _grade(each) for each in value)


def _grade(grade: Mapping[str, Any]) -> bool:
    score, metric = grade.get("score"), grade.get("metric")
    return (
        isinstance(grade.get("name"), str)
        and isinstance(grade.get("reason"), str)
        and type(grade.get("passed")) in (bool, type(None))
        and (score is None or _within(score, 1))
        and _within(grade.get("weight", 1), HEAVIEST)
        and (metric is None or isinstance(metric, str))
    )


def _within(value: Any, most: float) -> bool:
    return type(value) in (int, float) and 0 <= value <= most


def _blocks(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(block, dict)
        and isinstance(block.get("type"), str)
        and (block["type"] != "text" or isinstance(block.get("text"), str))
        for block in value
    )


def _content(value: Any) -> bool:
    return isinstance(value, str) or _blocks(value)


def _message(value: Any) -> bool:
    """What it says, or the whole of it."""
    whole = isinstance(value, dict) and isinstance(value.get("role"), str)
    return _content(value["content"] if whole and "content" in value else value)


def _case(value: Any) -> bool:
    return isinstance(value, dict) and "input" in value


def _settings(value: Any) -> bool:
    return _follows("settings", value)


def _summary(value: Any) -> bool:
    return _follows("summary", value)


COLUMNS: Mapping[str, Callable[[Any], bool]] = {
    "message_ids": _numbers, "tags": _tags, "grades": _grades, "summary": _summary,
    "stop_details": anything, "cache_miss": anything,
}  # fmt: skip
TEXTS: Mapping[str, Callable[[Any], bool]] = {
    "settings_id": _settings, "text_id": _case, "system_id": _content, "options_id": _table,
    "answer_id": _blocks, "price_id": _table, "message_ids": _message,
}  # fmt: skip


def _follows(part: str, value: Any) -> bool:
    return _validator(part).is_valid(value)


@cache
def _validator(part: str) -> Any:
    from jsonschema import Draft202012Validator

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]})


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON")
