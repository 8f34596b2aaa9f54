"""What a rule says of something that it watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["notice", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`sentence` has the figures. `severity` None: all is well, or (not `judged`) too little is known.

    `subject` is the model or prompt that it is about, "" where that is everything. `means` and `do` are
    sentences for a person, `command` shows more on the command line, `view` in the app: the parameters of an
    address, `page` among them.
    """

    rule: str
    subject: str
    sentence: str
    severity: Severity | None = None
    judged: bool = True
    kind: str = "real"
    means: str = ""
    do: str = ""
    command: str = ""
    view: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What makes it the same alert as another time."""
        return f"{self.rule}/{self.kind}/{self.subject}"
