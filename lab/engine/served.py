"""Vitals in words: what each figure means, and a row of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lab import figures
from lab.engine.vitals import Vitals

MEANING = {
    "first token": "From the sending of the last attempt to the first word: half of the answers, and 19 of "
    "20 (p95), were no slower. Our own waits, and batches, are not in it.",
    "speed": "Output tokens a second, from the first on: half of the answers were faster.",
    "total": "From the sending of the last attempt to the end of the answer: half of the answers, and 19 of "
    "20 (p95), were no slower.",
    "errors": "Calls that got no whole answer: failed, fell silent, broke off, or of unknown outcome. Of all "
    "but those that somebody cancelled or paused.",
    "refusals": "Answers that decline: by the API's stop_reason refusal, or in words that begin as a refusal "
    "does. Of all answers.",
    "cut off": "Answers that stopped at max_tokens, or because the context window was full. Of all answers.",
    "follow-ups": "Answers after which the person asked on in the same conversation: fewer, where the first "
    "answer settles it.",
    "thumbs": "Thumbs up, of all thumbs that people gave.",
    "turns": "Turns to resolution: the questions that a conversation took, to the last that it shows. Half "
    "of the conversations took no more. One that still goes on counts as it stands.",
}
"""What the figures mean, in plain words."""
RATES = {
    "errors": "errors",
    "refusals": "refusals",
    "cut off": "truncations",
    "follow-ups": "follow_ups",
    "thumbs": "thumbs_up",
}
"""Those that are a share, by the measure behind them."""


def value(found: Vitals, name: str) -> float | None:
    """What is drawn of a figure of `MEANING`: a rate from 0 to 1; the first token and the total at 19 of 20
    answers, in seconds; the speed and the turns in the middle. None: there is nothing to draw."""
    if name in RATES:
        return found.rate(RATES[name])
    if name == "speed":
        return found.spreads["speed"].at(0.5)
    if name == "turns":
        middle = found.spreads["turns"].at(0.5)
        return None if middle is None else round(middle)
    late = found.spreads[name.replace(" ", "_")].at(0.95)
    return None if late is None else late / 1000


def of(found: Vitals, name: str) -> int:
    """How many calls, answers, thumbs or conversations the value of a figure is of."""
    if name in RATES:
        return found.of(RATES[name])[1]
    return found.spreads[name.replace(" ", "_")].many


def name(by: str, key: tuple[Any, ...]) -> str:
    """What calls have in common, `by` "model", "version" or "day": `support@2 · claude-sonnet-5-5`."""
    if by != "version":
        return str(key[0])
    prompt, version, model = key
    if prompt is None:
        return f"(no prompt) · {model}"
    return f"{prompt}@{version} · {model}" if version else f"{prompt} (draft) · {model}"


def row(found: Vitals) -> dict[str, str]:
    """The figures of some calls, as a table shows them."""
    return {"calls": f"{found.sums['calls']:,}"} | {name: _SHOWN[name](found) for name in MEANING}


def numbers(found: Vitals) -> dict[str, Any]:
    """The same as JSON: milliseconds, tokens a second, shares from 0 to 1, None where nothing is known."""
    spreads = found.spreads
    return {
        "calls": found.sums["calls"],
        "first_token_ms": _percentiles(found, "first_token"),
        "total_ms": _percentiles(found, "total"),
        "tokens_per_second": {f"p{n}": spreads["speed"].at(n / 100) for n in (5, 50)},
        "turns": {f"p{n}": spreads["turns"].at(n / 100) for n in (50, 95)},
        **{measure: _share(found, measure) for measure in RATES.values()},
    }


def _share(found: Vitals, measure: str) -> dict[str, float | int | None]:
    part, whole = found.of(measure)
    return {"count": part, "of": whole, "rate": found.rate(measure)}


def _percentiles(found: Vitals, name: str) -> dict[str, float | None]:
    return {f"p{n}": found.spreads[name].at(n / 100) for n in (50, 95, 99)}


def _times(name: str) -> Callable[[Vitals], str]:
    def shown(found: Vitals) -> str:
        spread = found.spreads[name]
        if not spread.many:
            return "–"
        return f"{figures.seconds(spread.at(0.5))} · p95 {figures.seconds(spread.at(0.95))}"

    return shown


def _speed(found: Vitals) -> str:
    middle = found.spreads["speed"].at(0.5)
    return "–" if middle is None else f"{middle:,.0f} tokens/s"


def _turns(found: Vitals) -> str:
    middle = value(found, "turns")
    return "–" if middle is None else f"{middle:,}"


def _rate(measure: str) -> Callable[[Vitals], str]:
    return lambda found: figures.percent(found.rate(measure))


def _thumbs(found: Vitals) -> str:
    up, all = found.of("thumbs_up")
    return f"{figures.percent(found.rate('thumbs_up'))} of {all:,}" if all else "–"


_SHOWN: Mapping[str, Callable[[Vitals], str]] = {
    "first token": _times("first_token"),
    "speed": _speed,
    "total": _times("total"),
    **{name: _rate(measure) for name, measure in RATES.items()},
    "thumbs": _thumbs,
    "turns": _turns,
}
