"""The answers of a run graded again, from the command line; told as a check is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab import evals
from lab.cli._check import _tell, _Work
from lab.cli._opened import principal, settings, store
from lab.cli._out import note
from lab.cli._signals import run as run_until_signal
from lab.cli._signals import undisturbed
from lab.cli.runs import named
from lab.engine import Lab, prepare
from lab.evals import reports
from lab.providers import Providers


def run(
    id: str, file: Path | None, judges: bool, outputs: Sequence[Path], against: str, as_json: bool
) -> int:
    """Say what it means, grade, keep and tell. Gives the exit code of the verdict. Raises LabError."""
    for path in outputs:
        reports.format_of(path)
    chosen = settings()
    prepared = prepare(chosen)
    with store(chosen) as database:
        who = principal(chosen)
        of = evals.regraded(Lab(chosen, database, *prepared), who, named(database, who, id), file, judges)
        (files,) = reports.wanted(database.read, who, [of.plan.dataset.name], outputs, against)
        note(of.words)
        providers = Providers(of.lab.settings)
        work = _Work(of.lab, [of.plan], of.order)
        verdicts = run_until_signal(work.done(providers), work.ease)
        with undisturbed():
            database.flush()
        if verdicts is None:
            note(f"Interrupted. What was graded is kept: lab runs show {of.plan.run}")
            return 130
        subject = reports.subject(database.read, who, of.plan.run, against)
        try:
            reports.write(files, subject)
        finally:
            _tell([subject], verdicts, of.order.simulated, as_json)
    return verdicts[0].exit_code
