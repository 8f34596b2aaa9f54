"""Looking after recordings: what of them a dataset uses as it is now, and what it lacks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.config import Settings
from lab.engine import Lab, Recording, Tape, build, prepare
from lab.errors import BadInput, LabError
from lab.evals import cassette, recordings
from lab.evals.check import check
from lab.evals.dataset import Dataset
from lab.evals.order import Order, equipped
from lab.evals.plan import Plan, variants
from lab.store import Store
from lab.types import Event, Principal, Request, new_id


@dataclass(frozen=True)
class Survey:
    """A dataset's recordings: those that it does not use, and a sentence about each case of which a call is
    not recorded."""

    recordings: tuple[Recording, ...]
    unused: tuple[Recording, ...]
    missing: dict[str, str]


def recorded(folder: Path) -> list[Path]:
    """The datasets of the team's folder that have recordings, by where their own file should be. Raises
    BadInput where there are none."""
    shelf = folder / "datasets"
    found = sorted(shelf.glob(f"*{cassette.SUFFIX}"))
    if not found:
        raise BadInput(f"There are no recordings in {shelf}. Make some: lab check NAME --record")
    return [file.with_name(file.name.removesuffix(cassette.SUFFIX) + ".yaml") for file in found]


@contextmanager
def aside(settings: Settings, folder: Path) -> Iterator[Lab]:
    """A lab that asks nobody, and whose database is gone in the end. Raises LabError."""
    with TemporaryDirectory(prefix="lab-") as place, closing(Store(Path(place) / "lab.db")) as store:
        lab = Lab(replace(settings, log="off"), store, *prepare(settings), folder)
        yield equipped(lab, Order(replay=True))


async def survey(lab: Lab, principal: Principal, dataset: Dataset) -> Survey:
    """Put the dataset to its recordings, whatever they were made from. Only so it shows what is asked after
    an answer: by tools, in further turns, by judges. `lab` is one to the side. Raises LabError."""
    file = cassette.beside(dataset.file)
    name = recordings.shown(file, lab.folder)
    found = cassette.read(file, name) if file.is_file() else []
    plan = Plan(new_id(), dataset, variants(lab, lab.folder / "prompts", dataset, (), ()), principal)
    plan.loads(lab)
    again = recordings.command(dataset, Order(simulated=_made_up(found)), lab.folder)
    tape = lab.tapes[plan.run] = Tape(found, name, again, None)
    try:
        await check(lab, build(lab, _nobody), plan, dataset.concurrency, True, lambda result: None)
    except LabError:
        if not tape.missed:
            raise
    unused = tuple(each for each in found if each.spot not in tape.played)
    return Survey(tuple(found), unused, tape.missed)


def prune(dataset: Path, found: Survey) -> int:
    """Take what a dataset's file does not use out of its recordings, and give how many these were.

    Of a case that lacks a recording all stay: nobody knows what it would ask next. Raises LabError.
    """
    gone = {each.spot for each in found.unused if each.case not in found.missing}
    if gone:
        kept = [each for each in found.recordings if each.spot not in gone]
        cassette.write(cassette.beside(dataset), kept)
    return len(gone)


def _made_up(found: list[Recording]) -> bool:
    return bool(found) and all(each.simulated for each in found)


async def _nobody(request: Request) -> AsyncGenerator[Event, None]:
    raise LabError(f"{request.model} was to be asked, where all is to be replayed.")
    yield
