"""The cases of a run that say something, or whose answers do."""

from __future__ import annotations

import json
from typing import Any

from lab.store.conversations import plain_text
from lab.store.results import check_seen
from lab.store.sqlite import Connection, explained
from lab.types import Principal

_ANSWERS = """
    SELECT results.case_id AS id, grades, error, answer.body AS answer FROM results
    LEFT JOIN calls ON calls.id = call_id LEFT JOIN texts answer ON answer.id = answer_id
    WHERE results.run_id = :run
"""
_CASES = "SELECT case_id AS id, body FROM cases JOIN texts ON texts.id = text_id WHERE run_id = :run"


@explained
def cases_saying(connection: Connection, principal: Principal, run: str, text: str) -> set[str]:
    """The cases of a run with a text in their input, in an answer or in a grade's reason; upper and lower
    case are alike."""
    check_seen(connection, principal, run)
    values = {"run": run, "like": f"%{_escaped(text)}%"}
    answers = connection.execute(_ANSWERS + _likely(text, "answer.body", "grades", "error"), values)
    cases = connection.execute(_CASES + _likely(text, "body"), values)
    found: set[str] = set()
    for rows, words in ((cases, _asked), (answers, _words)):
        for row in rows:  # of a case that is found already nothing more is read
            if row["id"] not in found and text.casefold() in words(row).casefold():
                found.add(row["id"])
    return found


def _likely(text: str, *columns: str) -> str:
    """What leaves most rows out at once: those that are plain ASCII, as the text is, and do not hold it. JSON
    writes what is plain as it stands; a letter that is not may become one that is, as `ß` becomes `ss`. With
    a colon the text may be a grader's name and the beginning of its reason."""
    if ":" in text or not text.isascii() or json.dumps(text) != f'"{text}"':
        return ""
    each = (
        f"{name} LIKE :like ESCAPE '!' OR length(CAST({name} AS BLOB)) > length({name})" for name in columns
    )
    return f" AND ({' OR '.join(each)})"


def _escaped(text: str) -> str:
    return "".join(f"!{letter}" if letter in "!%_" else letter for letter in text)


def _words(row: Any) -> str:
    """What a person reads of a result."""
    reasons = (f"{grade['name']}: {grade['reason']}" for grade in json.loads(row["grades"]))
    return "\n".join([plain_text(json.loads(row["answer"] or "[]")), row["error"] or "", *reasons])


def _asked(row: Any) -> str:
    case = json.loads(row["body"])
    return "\n".join(filter(None, (case["input"], case.get("context"))))
