"""What pages are made of, each thing drawn in one way wherever it appears."""

from __future__ import annotations

from lab.ui.parts.alerts import alert_mark, alerts
from lab.ui.parts.asking import asked_once, chosen, settings, values
from lab.ui.parts.caching import caching
from lab.ui.parts.calllog import calllog
from lab.ui.parts.catalogue import badges, catalogue, new_prompt, open_prompt, verified
from lab.ui.parts.colours import colour, looks, marked, sign
from lab.ui.parts.columns import chosen_columns
from lab.ui.parts.compared import comparison_head, comparisons
from lab.ui.parts.comparison import comparison
from lab.ui.parts.conversations import conversations, head, open_conversation
from lab.ui.parts.datasets import dataset, datasets
from lab.ui.parts.deeds import shut
from lab.ui.parts.dialogues import dialogues
from lab.ui.parts.difference import difference
from lab.ui.parts.editor import editor
from lab.ui.parts.following import follow
from lab.ui.parts.health import health
from lab.ui.parts.inforce import inforce
from lab.ui.parts.judges import judges
from lab.ui.parts.labels import moving, prompt_labels
from lab.ui.parts.lineage import lineage
from lab.ui.parts.links import address, know, link
from lab.ui.parts.modellist import modellist
from lab.ui.parts.notices import empty, error, hint, plain, progress, simulated, warning
from lab.ui.parts.overcases import compared_cases, over_cases
from lab.ui.parts.pausing import everything_paused, pause_button, paused, pausing
from lab.ui.parts.picks import pick
from lab.ui.parts.reading import reading
from lab.ui.parts.recalling import chips
from lab.ui.parts.releases import releases
from lab.ui.parts.rewording import reworded
from lab.ui.parts.rise import rise
from lab.ui.parts.routing import routing
from lab.ui.parts.run import run
from lab.ui.parts.runlist import checks_head, runlist
from lab.ui.parts.running import running
from lab.ui.parts.saving import just_saved, unsaved
from lab.ui.parts.shared import said, shared
from lab.ui.parts.spending import spending
from lab.ui.parts.starting import starting
from lab.ui.parts.suggestions import Suggestion, purpose, suggestions
from lab.ui.parts.tools import tool_answers
from lab.ui.parts.turn import answer, question, thinking, turn
from lab.ui.parts.vitals import vitals
from lab.ui.parts.words import typed, words

__all__ = [
    "Suggestion",
    "purpose",
    "suggestions",
    "address",
    "alert_mark",
    "alerts",
    "answer",
    "asked_once",
    "badges",
    "caching",
    "calllog",
    "catalogue",
    "checks_head",
    "chips",
    "chosen",
    "chosen_columns",
    "colour",
    "compared_cases",
    "comparison",
    "comparison_head",
    "comparisons",
    "conversations",
    "dataset",
    "datasets",
    "dialogues",
    "difference",
    "editor",
    "empty",
    "error",
    "everything_paused",
    "follow",
    "head",
    "health",
    "hint",
    "inforce",
    "judges",
    "just_saved",
    "know",
    "lineage",
    "link",
    "looks",
    "marked",
    "modellist",
    "moving",
    "new_prompt",
    "open_conversation",
    "open_prompt",
    "over_cases",
    "pause_button",
    "paused",
    "pausing",
    "pick",
    "plain",
    "progress",
    "prompt_labels",
    "question",
    "reading",
    "releases",
    "reworded",
    "rise",
    "routing",
    "run",
    "runlist",
    "running",
    "said",
    "settings",
    "shared",
    "shut",
    "sign",
    "simulated",
    "spending",
    "starting",
    "thinking",
    "tool_answers",
    "turn",
    "typed",
    "unsaved",
    "values",
    "verified",
    "vitals",
    "warning",
    "words",
]
