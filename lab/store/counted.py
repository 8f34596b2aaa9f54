"""The views `counted` and `measured`: what each call that has ended adds to the sums that are kept.

A slot is an hour of UTC, cut once more where a day begins somewhere between full hours, so that the days of
every time zone are made of whole slots.
"""

from __future__ import annotations

from lab.types import Terms

KINDS = ("real", "simulated", "replayed")
"""What answered: somebody who bills it; the simulated Claude, also where its answers were recorded; a
recording of a real one. They are never added up."""
SERIES = ("kind", "model", "prompt", "version", "origin", "batch", "endpoint")
"""What the calls of a series have in common; `kind` is one of `KINDS`, `model` the one that
answered, `version` NULL for a draft."""
TERMS = tuple(f"cost_{name}" for name in Terms._fields)
"""The columns of `attempts` and `calls` that have the terms of a cost."""
_MADE_UP = "(source = 'simulated' OR (source = 'replay' AND endpoint = 'simulated'))"
_ROUGH = "cost_basis = 'estimate' AND cost_upper IS NOT NULL"
STATES = ("ok", "refused", "blocked", "failed", "stalled", "truncated", "cancelled", "unknown")
"""How calls end."""
TOKENS = (
    "input_tokens", "cache_creation_input_tokens", "ephemeral_1h_input_tokens", "cache_read_input_tokens",
    "output_tokens", "thinking_tokens", "web_search_requests",
)  # fmt: skip
SPLIT = tuple(name for name in TOKENS if not name.startswith("ephemeral"))
"""Those that are apart from each other, but for thinking, which is in the output."""

ENDED = (
    "state NOT IN ('started', 'streaming') AND process != 'imported' AND strftime('%s', started_at) NOT NULL"
)
"""What another lab's calls cost was not spent here."""
_CUTS = {hour: 2 for hour in (2, 3, 9, 13, 14, 17, 18, 19, 20)} | {hour: 1 for hour in (10, 11, 15)}
"""The quarter of an hour (UTC) in which a day begins somewhere: Newfoundland, India, the Chatham Islands …"""


def _back(quarter: int) -> int:
    """How many quarters of an hour before this one its slot began."""
    hour, within = divmod(quarter, 4)
    begins = {0, _CUTS.get(hour, 0)} | ({1} if hour == 18 else set())  # Kathmandu, beside India
    return within - max(each for each in begins if each <= within)


_QUARTER = "CAST(strftime('%s', started_at) AS INTEGER) / 900"
_SLOT = f"({_QUARTER} - substr('{''.join(str(_back(n)) for n in range(96))}', {_QUARTER} % 96 + 1, 1)) * 900"

_KNOWN = "cost_basis != 'estimate' AND cost IS NOT NULL"
_VAIN = {  # what was paid for no answer
    end: f"CASE state WHEN 'ok' THEN failed_{end} ELSE cost_{end} END" for end in ("floor", "upper")
}
_ROUTED = f"cost_meant IS NOT NULL AND {_KNOWN}"
_UNTOLD = "cost_uncached IS NULL"
AMOUNTS = {
    "calls": "1",
    **{state: f"state = '{state}'" for state in STATES},
    "cut": "stop_reason IN ('max_tokens', 'model_context_window_exceeded')",
    "refused_in_words": "refused_in_words",
    **{name: name for name in TOKENS},
    "cache_hits": "cache_read_input_tokens > 0",
    "cost": f"CASE WHEN {_KNOWN} THEN cost END",
    "estimates": _ROUGH,
    "floor": f"CASE WHEN {_ROUGH} THEN cost_floor END",
    "upper": f"CASE WHEN {_ROUGH} THEN cost_upper END",
    "unpriced": "coalesce(cost, cost_upper) IS NULL",
    **{name: name for name in TERMS},
    "untold": _UNTOLD,
    **{f"untold_{name}": f"CASE WHEN {_UNTOLD} THEN {name} END" for name in SPLIT},
    "routed": _ROUTED,
    "cost_routed": f"CASE WHEN {_ROUTED} THEN cost END",
    "cost_meant": f"CASE WHEN {_ROUTED} THEN cost_meant END",
    "routed_untold": f"meant_model IS NOT NULL AND coalesce(cost, 1) != 0 AND NOT coalesce({_ROUTED}, 0)",
    "wasted_floor": f"CASE WHEN {_VAIN['upper']} IS NOT NULL THEN {_VAIN['floor']} END",
    "wasted_upper": _VAIN["upper"],
    "wasted_unpriced": f"{_VAIN['upper']} IS NULL",
    "asked": "turn IS NOT NULL AND state = 'ok'",
    "followed": "turn IS NOT NULL AND state = 'ok' AND followed",
    "closed": "is_last",
    "closed_turns": "CASE WHEN is_last THEN turn END",
}
"""What is added up, and what a call adds; NULL adds nothing. A cost that is an estimate is in `floor` and
`upper` alone; one that nobody knows is in `unpriced`; `untold` calls are in none of the terms of costs."""

CHANGING = (
    "state", "stop_reason", "refused_in_words", "answered_by", "model", "source", "endpoint", "origin",
    "user", "prompt", "version", "process", "started_at", "service_tier", "max_tokens", *TOKENS,
    "cost", "cost_floor", "cost_upper", "cost_basis", *TERMS, "cost_meant", "meant_model",
    "failed_floor", "failed_upper",
    "first_token_ms", "total_ms", "turn", "followed", "is_last",
)  # fmt: skip
"""The columns of `calls` that any of this depends on."""

_TIMED = "state = 'ok' AND NOT coalesce(source = 'batch' OR service_tier = 'batch', 0)"
MEASURES = {
    "first_token": f"CASE WHEN {_TIMED} THEN first_token_ms END",
    "total": f"CASE WHEN {_TIMED} THEN total_ms END",
    "speed": f"CASE WHEN {_TIMED} AND output_tokens > 0 AND total_ms > first_token_ms"
    " THEN output_tokens * 1000.0 / (total_ms - first_token_ms) END",
    "share": "CASE WHEN state = 'ok' THEN output_tokens * 1.0 / max_tokens END",
    "tokens": "CASE WHEN state = 'ok' THEN coalesce(input_tokens, 0) + coalesce(output_tokens, 0)"
    " + coalesce(cache_creation_input_tokens, 0) + coalesce(cache_read_input_tokens, 0) END",
    "turns": "CASE WHEN is_last THEN turn END",
}
"""What there are histograms of: milliseconds to the first token and in all, tokens a second, the share of
`max_tokens` that an answer used, tokens of a request in all, and how many turns a conversation took."""

_RATED = "(SELECT count(*) FROM ratings WHERE call_id = calls.id AND value {} 0)"
COLUMNS = {
    "id": "calls.id",
    "user": "calls.user",
    "slot": _SLOT,
    "kind": f"CASE WHEN {_MADE_UP} THEN 'simulated' WHEN source = 'replay' THEN 'replayed' ELSE 'real' END",
    "model": "coalesce(answered_by, model)",
    **{name: name for name in ("prompt", "version", "origin")},
    "batch": "coalesce(source = 'batch' OR service_tier = 'batch', 0)",
    **{name: name for name in ("endpoint", "stop_reason")},
    **{name: f"coalesce({value}, 0)" for name, value in AMOUNTS.items()},
    "thumbs_up": _RATED.format(">"),
    "thumbs_down": _RATED.format("<"),
    **{f"{name}_measured": value for name, value in MEASURES.items()},
}
"""Of the view `counted`: a row is a call that has ended."""
COUNTED = (
    f"CREATE VIEW counted AS SELECT {', '.join(f'{value} AS {name}' for name, value in COLUMNS.items())}"
    f" FROM calls WHERE {ENDED}"
)
MEASURED = "CREATE VIEW measured AS " + " UNION ALL ".join(
    f"SELECT id, user, slot, {', '.join(SERIES)}, '{name}' AS measure, {name}_measured AS value, 1 AS calls,"
    f" (SELECT bucket FROM buckets WHERE low <= max({name}_measured, (SELECT min(low) FROM buckets))"
    f" ORDER BY low DESC LIMIT 1) AS bucket FROM counted WHERE {name}_measured NOT NULL"
    for name in MEASURES
)
