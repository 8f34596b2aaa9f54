"""The API's prompt cache: what calls could have read there, why they did not, and what would pay."""

from __future__ import annotations

from lab.cache.asked import Asked, Scope, asked, of
from lab.cache.diagnosis import Diagnosis, diagnosis
from lab.cache.misses import KINDS, Finding, find
from lab.cache.prefix import Difference

__all__ = ["KINDS", "Asked", "Diagnosis", "Difference", "Finding", "Scope", "asked", "diagnosis", "find", "of"]
