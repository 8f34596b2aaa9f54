"""What the simulated model says. It reads the request, and knows nothing else: no question, no dataset.

One seed, model and request give one answer; of further requests with the same body, one in twenty varies.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import reduce
from itertools import islice
from random import Random
from typing import Any

from lab.models import Model
from lab.sim import grading, skill
from lab.sim.faults import last_user_text
from lab.sim.http import Json
from lab.sim.reading import SENTENCE, Asked, near

OBEYS = 0.6  # how often an order in the user's text is obeyed where no rule forbids it
UNSURE = 0.03  # votes that a fact must have to be an answer, where the rules say what to do without one
_SIMULATED = "This is a simulated answer."
_GENERAL = ["Its words are made up.", "Nothing in it is advice.", "A real model may differ.", "It is free."]
_SAY = r"(?i)\b(?:reply|answer|say|respond|write|output)\b"
_ORDER = re.compile(rf"{_SAY}[^\n\"“”]{{0,40}}[\"“]([^\"”]{{1,200}})[\"”]")
_GUARD = re.compile(r"(?i)\b(?:never|not|ignore|whatever)\b[^.\n]{0,40}\b(?:obey|instruction|order|asks)")
_ONLY = re.compile(rf"{_SAY}[^.\n]{{0,12}} (?:only|just)\b|\bnothing (?:else|but)\b")
_UNKNOWN = re.compile(rf"{_SAY}[^\n\"“]{{0,150}}(?:[\"“]([^\"”\n]+)|\b(?:not|don't) know)")
_COUNTS = {"single": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_LIMIT = re.compile(rf"(?<!least )\b(\d{{1,5}}|{'|'.join(_COUNTS)})[ -](?:short )?(word|sentence)s?\b")
DEEP = 8  # levels of a schema, after which only what is required is filled
LIKE = 0.1  # how near a part of the text must be to be about something
_NULL = {"type": "null"}
_KEYS = re.compile(r"(?i)\bJSON\b[^\n]{0,120}?\b(?:keys|fields|properties)\b:? +([^\n.;:]+)")
_DIGITS = r"(?<![\w.:/-])\d{1,9}\b"
_FORMS = {
    "date": r"\b\d{4}-\d\d-\d\d\b", "mail": r"[\w.+-]{1,60}@[\w.-]{1,60}\w",
    "integer": rf"{_DIGITS}(?![.:/-]\d)", "number": rf"{_DIGITS}(?:\.\d{{1,6}})?\b(?![:/-]\d)",
}  # fmt: skip
_NO = re.compile(r"(?i)\b(?:no|not|without|never|false)\b|n[’']t\b")


def text(asked: Asked, body: Json, model: Model, luck: Random) -> str:
    """The answer in whole: JSON, what tools gave, a category, facts, a number, or a few general words."""
    slips = luck.random() < skill.traits(model)[2]
    schema = (body["output_config"].get("format") or {}).get("schema")
    if parts := grading.parts(last_user_text(body)):
        return json.dumps(grading.graded(parts, asked.told, schema), ensure_ascii=False)
    if schema is not None:
        return json.dumps(filled(asked, schema), ensure_ascii=False)
    if keys := _KEYS.search(asked.told):
        names = [name for name in re.findall(r"\w+", keys[1]) if name != "and"]
        return json.dumps({name: filled(asked, {}, name) for name in names[slips:]}, ensure_ascii=False)
    if asked.results:
        return _shortened([f"The tool says: {' '.join(asked.results)[:600]}", _SIMULATED], asked.told)
    order, quote = _ORDER.search(asked.text), " ".join(asked.text.split()[:8])
    if order and luck.random() < OBEYS and not _GUARD.search(asked.told):
        return order[1]
    votes = Counter[str]()
    for answer, nearness in zip(asked.answers, near(asked.texts, asked.text), strict=True):
        votes[answer] += nearness**1.5
    ranked = votes.most_common()[slips:] or votes.most_common()
    if asked.sorts:
        best = ranked[0][0]
        return best if _ONLY.search(asked.told) else f"I would put this under {best}, as far as I can tell."
    if ranked and ranked[0][1] < UNSURE and (says := _UNKNOWN.search(asked.told)):
        return says[1] or "I do not know the answer to that."
    found = [fact for fact, vote in ranked[:5] if vote >= ranked[0][1] / 3]
    if not found and "####" in asked.told:
        found = [f"#### {sum(map(int, re.findall('[0-9]{1,9}', asked.text)[:20]))}"]
    if not found:
        found = [f"This is a simulated answer; {body['model']} was not asked.", f"You wrote: “{quote}”."]
        found += luck.sample(_GENERAL, len(_GENERAL))
    return _shortened(found, asked.told)


def _shortened(parts: list[str], told: str) -> str:
    """As many of the parts as the rules' limits permit; of the first one at least its beginning."""
    most = {"sentence": 99, "word": 9_999}
    for count, unit in _LIMIT.findall(told.lower()):
        most[unit] = min(most[unit], int(count) if count.isdecimal() else _COUNTS[count])
    room = max(1, most["word"] - 1)  # since under 40 is less than 40
    while len(parts) > 1 and (len(parts) > most["sentence"] or len(" ".join(parts).split()) > room):
        parts.pop()
    return " ".join(" ".join(parts).split()[:room])


def filled(asked: Asked, schema: Any, key: str = "", root: Any = None, depth: int = 0) -> Any:
    """A value that fits a schema: its types, required names, enum, const, anyOf and $ref are kept."""
    schema, root = schema if isinstance(schema, Mapping) else {}, root or schema
    if "$ref" in schema and depth < 2 * DEEP:
        steps = str(schema["$ref"]).split("/")[1:]
        return filled(asked, reduce(lambda part, step: part.get(step, {}), steps, root), key, root, depth + 1)
    if inner := schema.get("anyOf") or schema.get("oneOf"):
        value = filled(asked, next((one for one in inner if one != _NULL), _NULL), key, root, depth + 1)
        return None if _NULL in inner and value in ("", 0, []) else value
    if options := [schema["const"]] if "const" in schema else schema.get("enum"):
        nearness = near(tuple(f"{one} {asked.about.get(str(one), '')}" for one in options), asked.text)
        return options[nearness.index(max(nearness))]
    kinds = schema.get("type") or ("object" if "properties" in schema else "string")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    kind = next((kind for kind in kinds if kind != "null"), "null")
    if kind == "object":
        parts = schema.get("properties", {})
        names = parts if depth < DEEP else schema.get("required", ())
        return {name: filled(asked, parts.get(name), name, root, depth + 1) for name in names}
    if kind == "array":
        items, least = schema.get("items", {}), schema.get("minItems", 0)
        options = items.get("enum", ()) if isinstance(items, Mapping) else ()
        named = [one for one in options if filled(asked, {"type": "boolean"}, str(one))]
        count = max(least, not options and depth < 3)
        return named or [filled(asked, items, key, root, depth + 1) for _ in range(count)]
    found = _found(asked, kind, key, schema)
    if kind == "boolean":
        return found is not None and not _NO.search(found)
    if kind == "null" or (found is None and "null" in kinds):
        return None
    return {"integer": int, "number": float}.get(kind, str)(found or "0" * (kind != "string"))


def _found(asked: Asked, kind: str, key: str, schema: Json) -> str | None:
    """What stands nearest to the words of a key: something of its form, or else a part of the text."""
    label = re.search(rf"(?im)^[^\w\n]{{0,9}}{re.escape(key)} ?[:=] *(\S.*)$", asked.text)
    text, other = (label[1], ".+") if label else (asked.text, SENTENCE.pattern)
    means = f"{schema.get('format', '')} {key}".lower() if kind == "string" else kind
    form = next((form for name, form in _FORMS.items() if name in means), other)
    spans = list(islice(re.finditer(form, text), 99))
    around = tuple(text[max(0, one.start() - 12) : one.end() + 12] for one in spans)
    nearness = near(around, f"{key} {asked.about.get(key, '')} {schema.get('description', '')}")
    best = max(nearness, default=0)
    return spans[nearness.index(best)][0] if spans and (form != SENTENCE.pattern or best > LIKE) else None
