"""What each example of a few-shot set does, and what their order does: of a run that asked the set whole,
without each of them, and in other orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from lab import cost, engine, store
from lab.engine import Lab, today
from lab.errors import BadInput
from lab.evals import paired
from lab.evals.gates import MOST_MISSING
from lab.evals.paired import Difference, Interval
from lab.evals.tradeoff import THOUSAND, by_case, versus
from lab.evals.variant import CHANGED, parts, shown
from lab.prompts import Example
from lab.types import Picodollars, Principal, Usage

Effect = Literal["helps", "harms", "no difference", "incomplete"]
"""`helps`, `harms`: the interval leaves out that it makes no difference. `incomplete`: too many cases have no
verdict."""


@dataclass(frozen=True)
class Shown:
    """One example: its number in the set, its `input` as far as that is still there, and what it does: the
    quality with it less that without it. `tokens` are those that it adds to a call, `counted` by the endpoint
    or estimated, `price` what these cost in a thousand calls where nothing is read from a cache."""

    number: int
    input: str
    effect: Effect
    difference: Difference | None
    tokens: int | None
    counted: bool
    price: Picodollars | None


@dataclass(frozen=True)
class Ordering:
    """The set in another order: its quality, and that less the quality in its own order."""

    number: int
    quality: Interval | None
    difference: Difference | None


@dataclass(frozen=True)
class Ablation:
    """Of one set: `whole` is its quality as it stands."""

    set: str
    whole: Interval | None
    scored: bool
    examples: tuple[Shown, ...]
    orders: tuple[Ordering, ...]


def ablation(lab: Lab, principal: Principal, run: Mapping[str, Any]) -> Ablation | None:
    """Of a run as `store.run_head` gives it; None of one that left no example of a set out."""
    names = run["settings"]["variants"]
    by_words = {parts(name).examples: name for name in names if parts(name).examples}
    left = [found for each in by_words if (found := CHANGED.fullmatch(each)) and found["change"]]
    sets = {found["set"] for found in left}
    if len(sets) != 1 or not (sets & by_words.keys()):
        return None
    (of,) = sets
    taken = store.answers_taken(lab.store.read, principal, run["id"])
    scored = any(row["scored"] for row in taken)
    rows = defaultdict(list)
    for row in taken:
        rows[row["variant"]].append(row)
    measures = _Measures(lab, run["settings"]["cases"], by_words, rows, scored, of)
    texts = _texts(lab, of)
    examples = [measures.example(int(each["number"]), texts) for each in left if each["change"] == "without"]
    orders = [measures.order(int(each["number"])) for each in left if each["change"] == "shuffled"]
    return Ablation(of, paired.measured([*measures.whole.values()]), scored, tuple(examples), tuple(orders))


@dataclass(frozen=True)
class _Measures:
    """The answers of a run by variant, and these by what they show."""

    lab: Lab
    cases: int
    by_words: Mapping[str, str]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    scored: bool
    set: str

    @property
    def whole(self) -> dict[str, float]:
        return self._values(self.set)

    def example(self, number: int, texts: Sequence[Example]) -> Shown:
        words = f"{self.set} without {number}"
        found = versus(self._values(words), self.whole)
        tokens, counted = self._tokens(words), True
        example = texts[number - 1] if number <= len(texts) else None
        if tokens is None and example:
            tokens, counted = engine.tokens([example.input, str(example.output)]), False
        effect = "no difference"
        if found is None or self.cases - found.cases > MOST_MISSING * self.cases:
            effect = "incomplete"
        elif found.low > 0 or found.high < 0:
            effect = "helps" if found.low > 0 else "harms"
        input = example.input if example else ""
        return Shown(number, input, effect, found, tokens, counted, self._price(tokens))

    def order(self, number: int) -> Ordering:
        values = self._values(f"{self.set} shuffled {number}")
        return Ordering(number, paired.measured([*values.values()]), versus(self.whole, values))

    def _values(self, words: str) -> dict[str, float]:
        return by_case(self.rows[self.by_words[words]], self.scored)

    def _sent(self, words: str) -> dict[tuple[str, int], int]:
        return {
            (row["case_id"], row["repeat"]): row["prompt_tokens"]
            for row in self.rows[self.by_words[words]]
            if row["prompt_tokens"] is not None
        }

    def _tokens(self, words: str) -> int | None:
        """How many more a call has with the whole set, on average; None where the endpoint told nothing."""
        whole, without = self._sent(self.set), self._sent(words)
        more = [whole[key] - without[key] for key in whole if key in without]
        return round(fmean(more)) if more else None

    def _price(self, tokens: int | None) -> Picodollars | None:
        """At the price of the day, with the rest of the prompt beside them: its size may decide the price."""
        sent = self._sent(self.set)
        if tokens is None or not sent:
            return None
        model, whole = self.lab.model(parts(self.by_words[self.set]).model), round(fmean(sent.values()))
        usages = (Usage(input_tokens=each, output_tokens=0) for each in (whole, max(whole - tokens, 0)))
        with_it, without = (cost.settled(usage, model, today()).amount for usage in usages)
        return None if None in (with_it, without) else THOUSAND * (with_it - without)


def _texts(lab: Lab, of: str) -> Sequence[Example]:
    """The examples as the set's file has them; none where it is gone."""
    try:
        found, _ = shown(lab.folder / "prompts", of)
    except BadInput:
        return ()
    return found.examples if found else ()
