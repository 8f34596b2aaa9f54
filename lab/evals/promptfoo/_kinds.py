"""What each assertion becomes here, and why some cannot be anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.evals.promptfoo import _files
from lab.evals.promptfoo._python import Graders
from lab.evals.promptfoo._report import Unsupported
from lab.evals.promptfoo._templates import column, template

Spec = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One assertion: its `value`, already read where it was a file, and what surrounds it."""

    kind: str
    value: Any
    threshold: float | None
    entry: Mapping[str, Any]
    folder: Path
    graders: Graders
    file: str

    @property
    def text(self) -> str:
        """The value as a template. Raises Unsupported."""
        if self.value is None or isinstance(self.value, (dict, list)):
            raise Unsupported("its value is no text")
        return template(_written(self.value))

    @property
    def texts(self) -> list[str]:
        values = self.value if isinstance(self.value, list) else str(self.value or "").split(",")
        if not values or not all(isinstance(each, (str, int, float)) for each in values):
            raise Unsupported("its value is no list of texts")
        return [template(_written(each).strip()) for each in values]

    @property
    def limit(self) -> float:
        """The threshold, of an assertion that means nothing without one."""
        if self.threshold is None:
            raise Unsupported("it has no threshold")
        return float(self.threshold)

    def check(self, name: str, *arguments: Any) -> Spec:
        """A grader of promptfoo's own kind, in the file of graders."""
        return {"python": f"{self.file}:{self.graders.check(name, *arguments)}"}

    def literal(self, value: Any) -> Any:
        """A value that a Python function is to hold: nothing can be filled in there."""
        if isinstance(value, str) and ("{{" in value or "{%" in value):
            raise Unsupported("no variable is filled in there; write a Python grader for it")
        return value


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _equals(asked: Asked) -> Spec:
    if isinstance(asked.value, (dict, list)):
        return _fits(asked, {"const": asked.value})
    return {"equals": asked.text}


def _json(asked: Asked) -> Spec:
    return _fits(asked, asked.value if isinstance(asked.value, dict) else {})


def _fits(asked: Asked, schema: dict[str, Any]) -> Spec:
    """JSON that fits a schema; a grader with nothing to look at fails under `not` too, which is not meant."""
    if str(asked.entry["type"]).startswith("not-"):
        return asked.check("is_json", schema)
    return {"json_schema": schema}


def _required(asked: Asked) -> tuple[str, ...]:
    value = asked.value
    found = value.get("requiredElements") if isinstance(value, dict) else value
    if isinstance(found, str):
        found = [each.strip() for each in found.split(",")]
    return tuple(asked.literal(each) for each in found or ())


def _python(asked: Asked) -> Spec:
    value, config = asked.value, asked.entry.get("config")
    if not isinstance(value, str):
        raise Unsupported("its value is no text")
    if value.startswith(_files.SCHEME):
        path, _, function = value.removeprefix(_files.SCHEME).partition(":")
        place = asked.folder / path
        name = asked.graders.file(place, function or "get_assert", asked.threshold, config)
    else:
        name = asked.graders.inline(asked.literal(value), asked.threshold, config)
    return {"python": f"{asked.file}:{name}"}


def _words(asked: Asked) -> Spec:
    value = asked.value
    bounds = value if isinstance(value, dict) else {"min": value, "max": value}
    return {"length": {side: bounds[side] for side in ("min", "max") if side in bounds} | {"unit": "words"}}


def _judged(rubric: str, **more: Any) -> Callable[[Asked], Spec]:
    """A judge whose rubric has the assertion's value put in where it says `[value]`."""

    def made(asked: Asked) -> Spec:
        text = rubric.replace("[value]", asked.text) if "[value]" in rubric else rubric
        if not more and asked.threshold is None:
            return {"judge": text}
        scale = {"scale": 10, "threshold": round(10 * (asked.threshold or more["threshold"]))}
        return {"judge": {"rubric": text, **scale}}

    return made


def _criteria(asked: Asked) -> Spec:
    criteria = [template(_written(each)) for each in asked.value] if isinstance(asked.value, list) else []
    text = "\n".join(f"- {each}" for each in criteria) or asked.text
    return _scored(text, 0.7 if asked.threshold is None else asked.threshold)


def _scored(text: str, threshold: float) -> Spec:
    return {"judge": {"rubric": text, "scale": 10, "threshold": max(1, round(10 * threshold))}}


def _gone(why: str) -> Callable[[Asked], Spec]:
    def refused(asked: Asked) -> Spec:
        raise Unsupported(why)

    return refused


def _limit(asked: Asked) -> tuple[float, ...]:
    return () if asked.threshold is None else (float(asked.threshold),)


_REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
CONTEXT = f"{{{{{column('context')}}}}}"
FACTS = (
    "The answer agrees with these facts: it may say less or more, but contradicts none. The facts: [value]"
)
JAVASCRIPT = "JavaScript is not run here; write it as a Python grader"
TRACES = "traces of other programs are not read"
JUDGED = "a judge with a rubric of the lab's own words"
TYPES: dict[str, tuple[Callable[[Asked], Spec], str]] = {
    "equals": (_equals, ""),
    "contains": (lambda asked: {"contains": asked.text}, ""),
    "icontains": (lambda asked: {"icontains": asked.text}, ""),
    "contains-all": (lambda asked: {"contains": asked.texts}, ""),
    "icontains-all": (lambda asked: {"icontains": asked.texts}, ""),
    "contains-any": (lambda asked: {"contains": {"any": asked.texts}}, ""),
    "icontains-any": (lambda asked: {"icontains": {"any": asked.texts}}, ""),
    "starts-with": (lambda asked: {"starts_with": asked.text}, ""),
    "regex": (lambda asked: {"regex": asked.text}, ""),
    "is-json": (_json, ""),
    "contains-json": (lambda asked: asked.check("contains_json", asked.value), ""),
    "is-xml": (lambda asked: asked.check("is_xml", _required(asked)), ""),
    "contains-xml": (lambda asked: asked.check("contains_xml", _required(asked)), ""),
    "is-html": (lambda asked: asked.check("is_html"), ""),
    "contains-html": (lambda asked: asked.check("contains_html"), ""),
    "is-sql": (_gone("no parser of SQL is at hand; write a Python grader"), ""),
    "contains-sql": (_gone("no parser of SQL is at hand; write a Python grader"), ""),
    "is-refusal": (lambda asked: {"refusal": True}, ""),
    "word-count": (_words, ""),
    "finish-reason": (lambda asked: {"stop_reason": _REASONS.get(asked.text, asked.text)}, ""),
    "latency": (lambda asked: {"latency": asked.limit / 1000}, ""),
    "cost": (lambda asked: {"cost": asked.limit}, ""),
    "rouge-n": (lambda asked: asked.check("rouge_1", asked.literal(asked.value), *_limit(asked)), ""),
    "bleu": (lambda asked: asked.check("bleu", asked.literal(asked.value), *_limit(asked)), ""),
    "gleu": (lambda asked: asked.check("gleu", asked.literal(asked.value), *_limit(asked)), ""),
    "meteor": (_gone("METEOR needs a dictionary of synonyms; use similarity or judge"), ""),
    "levenshtein": (lambda asked: asked.check("levenshtein", asked.literal(asked.value), *_limit(asked)), ""),
    "python": (_python, ""),
    "javascript": (_gone(JAVASCRIPT), ""),
    "ruby": (_gone("Ruby is not run here; write it as a Python grader"), ""),
    "webhook": (_gone("no other server is asked for grades; write a Python grader"), ""),
    "perplexity": (_gone("Claude gives no probabilities"), ""),
    "perplexity-score": (_gone("Claude gives no probabilities"), ""),
    "classifier": (_gone("no classifier is at hand; use judge"), ""),
    "moderation": (_gone("no moderation service is asked; use judge or refusal"), ""),
    "guardrails": (_gone("a provider's guardrails are not seen"), ""),
    "pi": (_gone("no scorer of that kind is at hand; use judge"), ""),
    "is-valid-function-call": (_gone("use tool_call with a schema of its arguments"), ""),
    "is-valid-openai-function-call": (_gone("use tool_call with a schema of its arguments"), ""),
    "is-valid-openai-tools-call": (_gone("use tool_call with a schema of its arguments"), ""),
    "tool-call-f1": (_gone("use a tool_call for each tool"), ""),
    "skill-used": (_gone(TRACES), ""),
    "trace-span-count": (_gone(TRACES), ""),
    "trace-span-duration": (_gone(TRACES), ""),
    "trace-error-spans": (_gone(TRACES), ""),
    "trajectory:tool-used": (_gone(TRACES), ""),
    "trajectory:tool-args-match": (_gone(TRACES), ""),
    "trajectory:tool-sequence": (_gone(TRACES), ""),
    "trajectory:step-count": (_gone(TRACES), ""),
    "trajectory:goal-success": (_gone(TRACES), ""),
    "similar": (
        _judged("The answer means the same as this text, in whatever words: [value]"),
        "a judge compares the meaning, since no embeddings are at hand",
    ),
    "llm-rubric": (_judged("[value]"), ""),
    "model-graded-closedqa": (_judged("The answer meets this criterion: [value]"), JUDGED),
    "model-graded-factuality": (_judged(FACTS), JUDGED),
    "factuality": (_judged(FACTS), JUDGED),
    "g-eval": (_criteria, "a judge scores it from 1 to 10"),
    "answer-relevance": (
        lambda asked: _scored("The answer is about what was asked.", asked.threshold or 0.7), JUDGED,
    ),
    "conversation-relevance": (
        lambda asked: _scored("The answer is about what was asked.", asked.threshold or 0.7), JUDGED,
    ),
    "context-faithfulness": (
        lambda asked: _scored(
            f"Everything that the answer claims is said by this text: {CONTEXT}", asked.threshold or 0.7
        ),
        JUDGED,
    ),
    "context-recall": (
        lambda asked: _scored(
            f"The facts here can be found in the text below. The facts: {asked.text}\nThe text: {CONTEXT}",
            asked.threshold or 0.7,
        ),
        JUDGED,
    ),
    "context-relevance": (
        lambda asked: _scored(
            f"This text is what it takes to answer the question: {CONTEXT}", asked.threshold or 0.7
        ),
        JUDGED,
    ),
    "search-rubric": (_gone("a judge does not search the web; use judge"), ""),
    "agent-rubric": (_gone("a judge is no agent; use judge"), ""),
    "video-rubric": (_gone("models here watch no videos"), ""),
    "research-rubric": (_gone("a judge does not search the web; use judge"), ""),
    "select-best": (_gone("answers are graded one by one; compare versions with `lab check -p`"), ""),
    "max-score": (_gone("answers are graded one by one; compare versions with `lab check -p`"), ""),
    "human": (_gone("people rate answers in the app"), ""),
}  # fmt: skip
"""What each type becomes, and what is different then."""
