"""What some calls cost together, and what it went to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from lab import spreadsheet
from lab.cost import DOLLAR
from lab.rise import Used
from lab.types import Picodollars


@dataclass(frozen=True, slots=True)
class Spent:
    """Some calls that have ended: how many, and what those cost of which that is known exactly (`cost`).

    `estimates` of them were cut: together between `floor` and `upper`. Of `unpriced` ones the price is not
    known; they are in none of the amounts. `cost_input` to `cost_web_search` add up to as much of `cost` as
    can be told apart, `cost_thinking` is in `cost_output`, and `cost_uncached` is what their prompts would
    have cost without a cache. Of `untold` calls nothing is told apart: those that were cut, those without a
    known price, and such that an older lab wrote; the `untold_` tokens are theirs. `routed` calls cost
    `cost_routed`, and at the models they were meant for `cost_meant`; of `routed_untold` others one of the
    two is not known. What was paid for no answer lies between the two `wasted` ones.
    """

    calls: int = 0
    cost: Picodollars = 0
    estimates: int = 0
    floor: Picodollars = 0
    upper: Picodollars = 0
    unpriced: int = 0
    input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    web_search_requests: int = 0
    cost_input: Picodollars = 0
    cost_cache_write: Picodollars = 0
    cost_cache_read: Picodollars = 0
    cost_output: Picodollars = 0
    cost_web_search: Picodollars = 0
    cost_thinking: Picodollars = 0
    cost_uncached: Picodollars = 0
    untold: int = 0
    untold_input_tokens: int = 0
    untold_cache_creation_input_tokens: int = 0
    untold_cache_read_input_tokens: int = 0
    untold_output_tokens: int = 0
    untold_thinking_tokens: int = 0
    untold_web_search_requests: int = 0
    routed: int = 0
    cost_routed: Picodollars = 0
    cost_meant: Picodollars = 0
    routed_untold: int = 0
    wasted_floor: Picodollars = 0
    wasted_upper: Picodollars = 0
    wasted_unpriced: int = 0

    @property
    def least(self) -> Picodollars:
        """What those with a known price cost at least."""
        return self.cost + self.floor

    @property
    def most(self) -> Picodollars:
        """What those with a known price cost at most."""
        return self.cost + self.upper

    @property
    def turns(self) -> int:
        """Those whose cost is known exactly. A call with all its attempts and rounds of tools is one."""
        return self.calls - self.estimates - self.unpriced

    @property
    def per_thousand(self) -> Picodollars | None:
        """What 1,000 such turns cost, to the picodollar below; None where there are none."""
        return 1000 * self.cost // self.turns if self.turns else None

    @property
    def tokens_in(self) -> int:
        """Of all prompts, cached ones included."""
        return self.input_tokens + self.cache_creation_input_tokens + self.cache_read_input_tokens

    @property
    def parts(self) -> dict[str, Picodollars]:
        """What `cost` went to, which the parts add up to: thinking apart from the rest of the output, and
        `untold` what no price list says of what it was paid for."""
        parts = {
            "input": self.cost_input,
            "cache write": self.cost_cache_write,
            "cache read": self.cost_cache_read,
            "output": self.cost_output - self.cost_thinking,
            "thinking": self.cost_thinking,
            "web searches": self.cost_web_search,
        }
        return parts | {"untold": self.cost - sum(parts.values())}

    @property
    def counts(self) -> dict[str, int | None]:
        """The tokens, or searches, that the parts are for."""
        return {
            "input": self.input_tokens,
            "cache write": self.cache_creation_input_tokens,
            "cache read": self.cache_read_input_tokens,
            "output": self.output_tokens - self.thinking_tokens,
            "thinking": self.thinking_tokens,
            "web searches": self.web_search_requests,
            "untold": None,
        }

    @property
    def saved_by_cache(self) -> Picodollars:
        """Negative where writing to the cache cost more than reading saved. `untold` calls are not in it."""
        return self.cost_uncached - self.cost_input - self.cost_cache_write - self.cost_cache_read

    @property
    def saved_by_routing(self) -> Picodollars:
        """At the same tokens, of which another model would have counted and written others: an estimate."""
        return self.cost_meant - self.cost_routed

    @property
    def used(self) -> Used:
        """The same as `rise` compares it."""
        counts = {
            "input": self.input_tokens - self.untold_input_tokens,
            "cache_write": self.cache_creation_input_tokens - self.untold_cache_creation_input_tokens,
            "cache_read": self.cache_read_input_tokens - self.untold_cache_read_input_tokens,
            "output": self.output_tokens - self.untold_output_tokens,
            "thinking": self.thinking_tokens - self.untold_thinking_tokens,
            "web_search": self.web_search_requests - self.untold_web_search_requests,
        }
        costs = {
            "input": self.cost_input,
            "cache_write": self.cost_cache_write,
            "cache_read": self.cost_cache_read,
            "output": self.cost_output,
            "web_search": self.cost_web_search,
        }
        rest = self.cost - sum(costs.values())
        return Used(self.turns, counts, costs, rest, self.estimates, self.floor)

    def record(self) -> dict[str, Any]:
        """All of it for a file, amounts in dollars; None where none of them is known."""
        found = {name: getattr(self, name) for name in SUMS}
        found |= {"tokens_in": self.tokens_in, "per_1000_turns": self.per_thousand}
        found |= {"saved_by_cache": self.saved_by_cache if self.calls > self.untold else None}
        known, shown = self.calls > self.unpriced, {}
        for name, value in found.items():
            if name.startswith(_AMOUNTS) and not name.endswith("unpriced"):
                shown[f"{name}_usd"] = value / DOLLAR if known and value is not None else None
            else:
                shown[name] = value
        return shown


_AMOUNTS = ("cost", "floor", "upper", "wasted", "per_1000", "saved")
SUMS = tuple(field.name for field in fields(Spent))
Split = Mapping[str | None, Spent]
"""By what calls have in common, such as their model."""


def added(spent: Iterable[Spent]) -> Spent:
    """All of these together."""
    found = list(spent)
    return Spent(*(sum(getattr(each, name) for each in found) for name in SUMS))


def dearest(split: Split) -> dict[str | None, Spent]:
    """What cost most first."""
    return dict(sorted(split.items(), key=lambda one: (-one[1].most, str(one[0]))))


def records(by: str, split: Split) -> list[dict[str, Any]]:
    """A split as rows of a file, under `by` what the calls have in common."""
    return [{by: name, **one.record()} for name, one in split.items()]


def csv(by: str, split: Split) -> str:
    """The same as CSV."""
    return spreadsheet.text([by, *Spent().record()], records(by, split))
