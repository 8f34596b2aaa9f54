"""The API's prompt cache: what calls could have read there, why they did not, and what would pay."""

from __future__ import annotations

from lab.cache.advice import Advice, Group, advise
from lab.cache.advising import advice
from lab.cache.asked import Asked, Scope, asked, of
from lab.cache.checks import Check, checks
from lab.cache.diagnosis import Diagnosis, diagnosis
from lab.cache.explained import Explained, explain
from lab.cache.misses import KINDS, Finding, find
from lab.cache.overview import BY, Cached, Row, added, conversations, overview, split
from lab.cache.prefix import Difference
from lab.cache.traffic import Rates, Turn, rates
from lab.cache.words import said

__all__ = [
    "BY", "Cached", "Row", "added", "conversations", "overview", "split",
    "KINDS", "Advice", "Asked", "Check", "Diagnosis", "Difference", "Explained", "Finding", "Group", "Rates",
    "Scope", "Turn", "advice", "advise", "asked", "checks", "diagnosis", "explain", "find", "of", "rates",
    "said",
]  # fmt: skip
