"""Checks: a dataset put to versions of a prompt, graded and judged."""

from __future__ import annotations

from lab.evals import (
    adding,
    deciding,
    duplicates,
    editing,
    flakes,
    gate,
    gating,
    generating,
    judges,
    listing,
    promotion,
    proposals,
    reports,
    routes,
    sight,
    working,
)
from lab.evals.ablation import Ablation, ablation
from lab.evals.ablationwords import effect as effect_words
from lab.evals.ablationwords import order as order_words
from lab.evals.ablationwords import plain as ablation_plain
from lab.evals.ablationwords import price as price_words
from lab.evals.ablationwords import tokens as token_words
from lab.evals.against import fit as fit_for_a_baseline
from lab.evals.against import save as save_baseline
from lab.evals.answers import obstacles, unpassed, why
from lab.evals.baseline import path as baseline_file
from lab.evals.batch import Left, Way
from lab.evals.cases import Case, Check
from lab.evals.check import check
from lab.evals.choosing import Chosen, chosen, datasets, files
from lab.evals.combining import Combined, ablated, combined
from lab.evals.comparison import Comparison, Pair, Side, baseline, changed, compare, said
from lab.evals.contenders import contenders, saved_check
from lab.evals.dataset import Dataset, dataset_names, load, shelf
from lab.evals.foreign import Taken, Wish, take
from lab.evals.gates import Score, Verdict
from lab.evals.history import Line, Point, Said, history, verdicts
from lab.evals.keeping import EVERY as KEEPER_LOOKS
from lab.evals.keeping import Keeper
from lab.evals.means import cells as metric_cells
from lab.evals.means import metrics
from lab.evals.openers import openers
from lab.evals.order import (
    MOST_AT_ONCE,
    Offer,
    Order,
    Preview,
    equipped,
    fulfil,
    offer,
    plans,
    preview,
    start,
    total,
)
from lab.evals.origins import made_of
from lab.evals.outcomes import Cell, brief, standings
from lab.evals.plan import Plan, variants
from lab.evals.pressure import Pressure
from lab.evals.price import Price, altogether, prices
from lab.evals.progress import about, progress, sentence, trials
from lab.evals.progress import standing as out_words
from lab.evals.recordings import source as recorded_from
from lab.evals.regrading import Regrading, regraded, start_regrading
from lab.evals.regression import MOVES, Move, directions, moved_cases, moves, pairs, rivals
from lab.evals.resuming import asked_again, interrupted, resumed
from lab.evals.resuming import start as go_on
from lab.evals.runfile import add as add_run
from lab.evals.runfile import read as read_run
from lab.evals.runner import Result
from lab.evals.selection import SEED, Selection
from lab.evals.sheet import Cells, Sheet, saying, sheet, texts
from lab.evals.tradeoff import MARGIN, Choice, Tradeoff, tradeoff
from lab.evals.tradeoff import chosen as variant_chosen
from lab.evals.tradewords import conclusion, points
from lab.evals.tradewords import frontier as frontier_words
from lab.evals.tradewords import plain as tradeoff_plain
from lab.evals.tradewords import price as choice_price
from lab.evals.tradewords import quality as quality_words
from lab.evals.tradewords import standing as standing_words
from lab.evals.upkeep import Survey, aside, prune, recorded, survey
from lab.evals.variant import Variant
from lab.evals.variant import named as variant_named
from lab.evals.variant import parts as variant_parts
from lab.evals.variant import short as short_names
from lab.evals.watching import Watch

__all__ = [
    "KEEPER_LOOKS", "MARGIN", "MOST_AT_ONCE", "MOVES", "SEED", "Ablation", "Case", "Cell", "Cells", "Check",
    "Choice", "Chosen", "Combined", "Comparison", "Dataset", "Keeper", "Left", "Line", "Move", "Offer",
    "Order", "Pair", "Plan", "Point", "Pressure", "Preview", "Price", "Regrading", "Result", "Said",
    "Score", "Selection", "Sheet", "Side", "Survey", "Taken", "Tradeoff", "Variant", "Verdict", "Watch",
    "Way", "Wish", "ablated", "ablation", "ablation_plain", "about", "add_run", "adding", "altogether",
    "aside", "asked_again", "baseline", "baseline_file", "brief", "changed", "check", "choice_price",
    "chosen", "combined", "compare", "conclusion", "contenders", "dataset_names", "datasets", "deciding",
    "directions", "duplicates", "editing", "effect_words", "equipped", "files", "fit_for_a_baseline",
    "flakes", "frontier_words", "fulfil", "gate", "gating", "generating", "go_on", "history", "interrupted",
    "judges", "listing", "load", "made_of", "metric_cells", "metrics", "moved_cases", "moves", "obstacles",
    "offer", "openers", "order_words", "out_words", "pairs", "plans", "points", "preview", "price_words",
    "prices", "progress", "promotion", "promptfoo", "proposals", "prune", "quality_words", "read_run",
    "recorded", "recorded_from", "regraded", "reports", "resumed", "rivals", "routes", "said",
    "save_baseline", "saved_check", "saying", "sentence", "sheet", "shelf", "short_names", "sight",
    "standing", "standing_words", "standings", "start", "start_regrading", "survey", "take", "texts",
    "token_words", "total", "tradeoff", "tradeoff_plain", "trials", "unpassed", "variant_chosen",
    "variant_named", "variant_parts", "variants", "verdicts", "why", "working",
]  # fmt: skip
