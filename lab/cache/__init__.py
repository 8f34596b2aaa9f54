"""The API's prompt cache: what calls could have read there, why they did not, and what would pay."""

from __future__ import annotations

from lab.cache.asked import Asked, Scope, asked, of
from lab.cache.checks import Check, checks
from lab.cache.diagnosis import Diagnosis, diagnosis
from lab.cache.explained import Explained, explain
from lab.cache.misses import KINDS, Finding, find
from lab.cache.prefix import Difference
from lab.cache.words import said

__all__ = [
    "KINDS", "Asked", "Check", "Diagnosis", "Difference", "Explained", "Finding", "Scope", "asked", "checks",
    "diagnosis", "explain", "find", "of", "said",
]  # fmt: skip
