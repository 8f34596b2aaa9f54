"""The recordings that a check uses: which there are, whether they are all it asks, where they are kept."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lab.engine import Tape
from lab.errors import BadInput, LabError
from lab.evals import cassette
from lab.evals.dataset import Dataset
from lab.providers import HOW_TO_SET_A_KEY

if TYPE_CHECKING:  # an order is carried out with this
    from lab.evals.order import Order

NO_KEY = "No key was found, and the simulated Claude measures no quality, so there would be no verdict."
OR_SIM = "Or add --sim to try the check on the simulated one."


def tape(dataset: Dataset, order: Order, folder: Path, replayed: bool) -> Tape | None:
    """What an order's run of a dataset is recorded to, or replayed from; `replayed`: it cannot do without.
    None where there is neither.

    Raises BadInput for a file that is broken, or in which made-up answers would take the place of real ones,
    and LabError where there is nothing that can be replayed.
    """
    file, again = cassette.beside(dataset.file), command(dataset, order, folder)
    name = shown(file, folder)
    if not file.is_file():
        if replayed:
            raise LabError(_nothing(name, again, order))
        return Tape((), name, again, None, True) if order.record else None
    tape = Tape(
        cassette.read(file, name), name, again, "simulated" if order.simulated else "api", order.record
    )
    made_up = [each.simulated for each in tape.kept.values()]
    if order.record and order.simulated and not all(made_up):
        raise BadInput(
            f"{name} has answers of a real model, and made-up ones would take their place. Leave --sim out, "
            "or delete the file first."
        )
    if replayed and not order.simulated and made_up and all(made_up):
        raise LabError(
            f"{name} was recorded from the simulated Claude, which measures no quality, so there would be no "
            f"verdict. Add --replay --sim to replay them all the same, or record real answers: {again}"
        )
    return tape


def source(dataset: Dataset, folder: Path) -> Literal["api", "simulated"] | None:
    """Whose answers a dataset's recordings hold: `simulated` where all of them are made up; None where there
    are none. Raises BadInput for a broken file."""
    file = cassette.beside(dataset.file)
    found = cassette.read(file, shown(file, folder)) if file.is_file() else []
    if not found:
        return None
    return "simulated" if all(each.simulated for each in found) else "api"


def complete(tape: Tape | None) -> None:
    """Raises LabError where a run asked for something that was not recorded: without it there is no
    verdict."""
    if tape is None or not tape.missed:
        return
    first, *others = tape.missed.values()
    more = "1 other case is" if len(others) == 1 else f"{len(others):,} other cases are"
    raise LabError(first + (f" ({more} not recorded either.)" if others else ""))


def kept(dataset: Dataset, tape: Tape | None) -> None:
    """Write what a run recorded into the file beside its dataset. Raises LabError."""
    if tape and tape.recording:
        tape.saved = cassette.save(cassette.beside(dataset.file), tape)


def command(dataset: Dataset, order: Order, folder: Path) -> str:
    """What to type to record what an order asks."""
    at_home = dataset.file.resolve().parent == (folder / "datasets").resolve()
    words = ["lab", "check", dataset.name if at_home else shown(dataset.file, folder)]
    words += [word for ref in order.prompts for word in ("-p", ref)]
    words += [word for model in order.models for word in ("-m", model)]
    return shlex.join([*words, *(["--sim"] if order.simulated else []), "--record"])


def shown(file: Path, folder: Path) -> str:
    """A file's path as a person in the team's folder would write it."""
    whole, home = file.resolve(), folder.resolve()
    return str(whole.relative_to(home) if whole.is_relative_to(home) else file)


def _nothing(name: str, again: str, order: Order) -> str:
    if order.replay:
        return f"There is no {name}, so there is nothing to replay. Record it: {again}"
    return (
        f"{NO_KEY} Nor are there recordings to replay: whoever has a key makes {name} with `{again}`, and "
        f"commits it. {HOW_TO_SET_A_KEY} {OR_SIM}"
    )
