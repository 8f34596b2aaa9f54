"""Judges held against people: whether a judge may be trusted, and where the two differ."""

from lab.evals.judges.bench import Judge, judges
from lab.evals.judges.calibration import Calibration, Rate, calibrated, majority
from lab.evals.judges.people import Ballots, named, read, verdict
from lab.evals.judges.rated import Answer, Docket, dockets
from lab.evals.judges.rating import Pile, Said, filled, opinions, pile
from lab.evals.judges.trust import Trust, disagreements, trust
from lab.evals.judges.wording import asides, differing, figures, held, kinds, rate, record, shares

__all__ = [
    "Answer",
    "Ballots",
    "Calibration",
    "Docket",
    "Judge",
    "Pile",
    "Rate",
    "Said",
    "Trust",
    "asides",
    "calibrated",
    "differing",
    "disagreements",
    "dockets",
    "figures",
    "filled",
    "held",
    "judges",
    "kinds",
    "majority",
    "named",
    "opinions",
    "pile",
    "rate",
    "read",
    "record",
    "shares",
    "trust",
    "verdict",
]
