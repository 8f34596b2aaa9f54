"""The share of the tokens that the prompt cache gave, by prompt: fallen below what is usual."""

from __future__ import annotations

from collections.abc import Iterator

from lab.alerting import Alerting
from lab.alerts import statistic
from lab.alerts.judgement import Judgement
from lab.alerts.traffic import Traffic, spoken, window

TITLE = "Cache hits"
FEWEST = 30
LEAST = 0.1
"""A cache that usually gives less is no loss when it gives nothing."""
MEANS = "What is not read from the cache is paid in full, ten times as much, and answers begin later."
DO = (
    "See why calls miss it: something early in the prompt changed, or varies from call to call (a date, "
    "an id, the order of tools)."
)


def judge(traffic: Traffic, wanted: Alerting) -> Iterator[Judgement]:
    """By `statistic.unusual`, and by `cache_fall` percent of the usual rate at least."""
    for prompt, slots in traffic.prompts.items() if wanted.cache_fall else ():
        found = window(slots, FEWEST, traffic.now)
        calls, whole = found.together.calls, found.together.prompt_tokens
        if not whole:
            continue
        rate = found.together.read_tokens / whole
        usual = traffic.usual_hits.get(prompt)
        z = usual.z(calls, rate) if usual else None
        judged = usual is not None and calls >= FEWEST
        fallen = judged and usual.middle >= LEAST and z <= -statistic.UNUSUAL
        far = usual is not None and rate <= usual.middle * (1 - wanted.cache_fall / 100)
        said = f"{prompt or 'Calls without a prompt'}: the cache gave {rate:.0%} of the input tokens of "
        said += f"{calls:,} calls {spoken(found)}"
        yield Judgement(
            "cache",
            prompt,
            f"{said}; at this hour it usually gives {usual.middle:.0%}."
            if usual
            else f"{said}; what is usual is not known yet.",
            "warning" if fallen and far else None,
            judged=judged,
            kind=traffic.kind,
            means=MEANS,
            do=DO,
            command="lab cache last",
            view={"page": "costs", "view": "cache"},
            figures={"calls": calls, "rate": rate, "z": z},
        )
