"""What keeps the log in order: the commands of `lab logs` that give out and take away."""

from __future__ import annotations

from lab.cli._export import export
from lab.cli._forget import forget
from lab.cli._prune import compact, prune

UPKEEP = (export, prune, compact, forget)
