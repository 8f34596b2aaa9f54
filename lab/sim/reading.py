"""What a request says, and how near texts are to each other."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from lab.sim.faults import DIRECTIVE, last_user_text
from lab.sim.http import Json
from lab.sim.prompt import content_blocks, text_of

READ, KNOWN = 20_000, 100_000  # characters that are read: of rules and of a user's text, of what holds facts
DESCRIBED = 3  # examples of a category that its name and description count as much as
STEM = 6  # letters of a word that are compared: endings do not count
SENTENCE = re.compile(r"(?m)[^\s*•-][^\n]*?(?:[.!?](?=\s)|$)")
_TAGGED = re.compile(r"(?s)\A\s*<(\w+)>(.*)</\1>\s*\Z")
_EXAMPLE = re.compile(r"(?s)<input>((?:(?!<input>).)*?)</input>\s*<output>((?:(?!<input>).)*?)</output>")
_KNOWN = r"\b(?:facts|context|knowledge|reference|documents)\b"
_FACTS = re.compile(rf"(?ims)^(?:#[^\n]{{0,80}}{_KNOWN}[^\n]*|[^\n]{{0,80}}{_KNOWN}[^\n]*:)$(.*?)(?=^# |\Z)")
_BULLET = re.compile(r"(?m)^[ \t]*[-*•] [`*\"]*([^:`*\"\n]{1,40})[`*\"]*: +(\S.*)")
_LISTED = re.compile(r"(?i)\b(?:categor|class|label|sort|intent|one of)[^\n:]{0,60}:? ([^\n.]{3,300})")


class Asked(NamedTuple):
    """A request: its rules, what bullets there say of a name, and the answers that each of the texts has."""

    told: str
    about: Mapping[str, str]
    text: str
    sorts: bool  # into categories; otherwise a text is a fact, and its own answer
    texts: tuple[str, ...]
    answers: tuple[str, ...]
    results: tuple[str, ...] = ()  # what tools gave in the last turn; the text ends with them


def read(body: Json) -> Asked:
    """What a valid request asks, without its directives. The turns before the last are examples."""
    turns = [text_of(one["content"]) for one in body["messages"][:-1]]
    results, context = _results(body["messages"][-1]["content"]), ""
    text = next(filter(None, map(text_of, _asked(body))), "") if results else last_user_text(body)
    text = "\n".join((DIRECTIVE.sub("", text).strip(), *results))
    if text.startswith("Context:\n"):
        at = text.rfind("\n\n<" if text.endswith(">") else "\n\n")
        context, text = text[9:at][:KNOWN], text[at:]
    rules = _rules(text_of(body.get("system") or "")[:KNOWN], context, *turns)
    text = _TAGGED.sub(r"\2", text[:READ].strip())
    return rules._replace(text=text, told=rules.told or text, results=results)


def _asked(body: Json) -> Iterator[Any]:
    return (one["content"] for one in reversed(body["messages"]) if one["role"] == "user")


def _results(content: Any) -> tuple[str, ...]:
    """The text of each tool's result in a turn."""
    found = [one.get("content") for one in content_blocks(content) if one["type"] == "tool_result"]
    return tuple(DIRECTIVE.sub("", text_of(one or "")).strip() for one in found)


@lru_cache(maxsize=128)
def _rules(system: str, context: str, *turns: str) -> Asked:
    pairs = [*zip(turns[::2], turns[1::2], strict=False), *_EXAMPLE.findall(system)]
    shown = [(_TAGGED.sub(r"\2", text).strip(), said.strip()) for text, said in pairs]
    system = _EXAMPLE.sub("", system)
    known = [one for part in (*_FACTS.findall(system), context) for one in SENTENCE.findall(part)]
    facts = tuple(one for one in known if one.count(" ") > 2)  # and no headings
    told = _FACTS.sub("", system)[:READ]
    lists = [re.split(r", (?:or |and )?| or | and (?=[a-z])", one) for one in _LISTED.findall(told)]
    about = dict(_BULLET.findall(told))
    for names in (about if lists else (), *lists, [said for _, said in shown]):
        labels = [name.strip(" `*\"'") for name in dict.fromkeys(names)]
        if len(labels) > 1 and all(len(name.split()) in (1, 2, 3) for name in labels):
            described = [(f"{name} {about.get(name, '')}", name) for name in labels]
            shown = [*described * DESCRIBED, *(one for one in shown if one[1] in labels)]
            return Asked(told, about, "", True, *zip(*shown, strict=True))
    return Asked(told, about, "", False, facts, facts)


def near(texts: tuple[str, ...], text: str) -> list[float]:
    """How near each of the texts is to this one, from 0 to 1: by the long and rare words that they share."""
    known, rare = _weighed(texts)
    own = {stem: rare.get(stem, len(stem) ** 2 * math.log(1 + len(texts))) for stem in stems(text)}
    size = sum(own.values()) or 1
    return [sum(own[stem] for stem in own.keys() & theirs) / math.sqrt(size * its) for theirs, its in known]


@lru_cache(maxsize=256)
def _weighed(texts: tuple[str, ...]) -> tuple[list[tuple[set[str], float]], dict[str, float]]:
    """The stems of each of the texts and what they weigh together, and what each stem weighs."""
    having = Counter(stem for text in set(texts) for stem in stems(text))
    rare = {stem: len(stem) ** 2 * math.log(1 + len(texts) / count) for stem, count in having.items()}
    return [(own, sum(map(rare.__getitem__, own)) or 1) for own in map(stems, texts)], rare


def stems(text: str) -> set[str]:
    """Its words, without their endings."""
    return {word.rstrip("s")[:STEM] for word in re.findall(r"[^\W_]+", text.lower())}
