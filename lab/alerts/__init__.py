"""What is out of the ordinary in product traffic: rules that watch it, and who is told.

`look(lab)` does all of it once; `Watch(lab)` does that again and again.
"""

from __future__ import annotations

from lab.alerts.judgement import Judgement, Severity
from lab.alerts.looking import Watch, found, look
from lab.alerts.rules import judged, rules, title
from lab.alerts.statistic import Hour
from lab.alerts.traffic import Money, Slot, Traffic

__all__ = [
    "Hour",
    "Judgement",
    "Money",
    "Severity",
    "Slot",
    "Traffic",
    "Watch",
    "found",
    "judged",
    "look",
    "rules",
    "title",
]
