"""What checks will probably cost, said before they are made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import evals
from lab.cost import DOLLAR
from lab.engine import Counter, Lab, estimate
from lab.errors import CallError
from lab.evals import Order, Price
from lab.store import Store
from lab.types import Request, Usage, new_id
from tests.engine.kit import ME, PLAIN, lab_of, request
from tests.store.rows import answered, whole_call

LONG = "word " * 3000


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """PLAIN costs $1 a million in and $5 out; the prompt's answers have at most 1,000 tokens."""
    for name in ("prompts/p", "prompts/cached", "datasets"):
        (tmp_path / name).mkdir(parents=True)
    head = f"user: '{{{{input}}}}'\nmodel: {PLAIN}\nmax_tokens: 1000\n"
    (tmp_path / "prompts" / "p" / "v1.yaml").write_text(head)
    (tmp_path / "prompts" / "cached" / "v1.yaml").write_text(f"{head}cache: 5m\nsystem: {LONG}\n")
    rows = "".join(f"  - {{input: question number {n}}}\n" for n in range(200))
    (tmp_path / "datasets" / "x.yaml").write_text(f"prompt: p\nrepeats: 5\ncases:\n{rows}")
    store = Store(tmp_path / "lab.db")
    yield replace(lab_of(store), folder=tmp_path)
    store.close()


def priced(lab: Lab, count: Counter | None = None, **order: object) -> Price:
    found = evals.plans(lab, ME, evals.datasets(lab.folder, ()), Order(**order))
    return evals.altogether(asyncio.run(evals.prices(lab, ME, found, count)))


def past(lab: Lab, *outputs: int, prompt: str = "p", source: str = "api", origin: str = "check") -> None:
    """Answers of these lengths stand in the log."""
    for output in outputs:
        asked = request(id=new_id())
        asked = replace(asked, origin=replace(asked.origin, prompt=prompt, version=1, source=origin))
        answer = answered()
        answer.reply = replace(answer.reply, usage=Usage(input_tokens=1, output_tokens=output))
        answer.started = answer.started._replace(source=source)
        for write in whole_call(lab.store, asked, answer):
            lab.store.post(write)
        lab.store.post(lambda connection, id=asked.id, source=source: _come_from(connection, id, source))
    lab.store.flush()


def _come_from(connection: object, call: str, source: str) -> None:
    connection.execute("UPDATE calls SET source = ? WHERE id = ?", (source, call))


def counting(tokens: int | None | CallError) -> tuple[Counter, list[Request]]:
    asked: list[Request] = []

    async def count(request: Request) -> int | None:
        asked.append(request)
        if isinstance(tokens, CallError):
            raise tokens
        return None if tokens is None else tokens * estimate(request)

    return count, asked


def test_a_few_requests_are_counted_and_past_answers_looked_at(lab: Lab) -> None:
    past(lab, *[100] * 6, *[200] * 3, 900)
    past(lab, *[999] * 20, prompt="other")
    past(lab, *[999] * 20, source="simulated")
    past(lab, *[999] * 20, origin="judge")
    count, asked = counting(10)
    found = priced(lab, count)
    assert (found.calls, found.counted, found.guessed, found.simulated) == (1000, True, (), False)
    assert len(asked) == 3  # of a thousand
    sent = found.low - 1000 * 100 * 5 * 10**6  # the median
    assert found.high == sent + 1000 * 200 * 5 * 10**6  # nine of ten are no longer
    without = priced(lab)
    assert sent == pytest.approx(10 * (without.low - 1000 * 100 * 5 * 10**6), rel=0.05)
    assert found.high < found.most == without.most
    assert str(found).startswith("1,000 calls: probably $0.") and "guess" not in str(found)


def test_without_past_answers_their_length_is_a_guess_and_said_to_be(lab: Lab) -> None:
    found = priced(lab)
    assert found.guessed == (f"p on {PLAIN}",)
    assert found.high - found.low == 1000 * 400 * 5 * 10**6  # a tenth to a half of max_tokens
    said = f"How long answers are is a guess (10% to 50% of max_tokens): the log has none of p on {PLAIN}."
    assert said in str(found) and str(found).endswith("What goes in is estimated by its size.")


@pytest.mark.parametrize("answer", [None, CallError("No such route.", status=404)])
def test_an_endpoint_that_does_not_count_is_no_obstacle(answer: CallError | None, lab: Lab) -> None:
    count, _ = counting(answer)
    assert priced(lab, count) == priced(lab)


def test_what_is_read_from_the_cache_is_cheaper_at_best(lab: Lab) -> None:
    found = priced(lab, prompts=("cached",))
    plain = replace(found, low=None)
    written = 5000 * 1000 * 10**6
    assert found.low < written * 0.2 + 1000 * 100 * 5 * 10**6
    assert plain.high > written + 1000 * 500 * 5 * 10**6


def test_judges_count_too(lab: Lab) -> None:
    file = lab.folder / "datasets" / "x.yaml"
    alone = priced(lab)
    file.write_text(f"graders: [judge: Is it polite?]\n{file.read_text()}")
    both = priced(lab)
    assert both.calls == 2000 and both.low > alone.low
    assert both.guessed == (f"p on {PLAIN}", f"{lab.settings.model} as a judge")
    past(lab, 7)
    assert priced(lab).guessed == (f"{lab.settings.model} as a judge",)


def test_an_unknown_price_is_said_to_be(lab: Lab) -> None:
    unknown = replace(lab, models={**lab.models, PLAIN: replace(lab.models[PLAIN], prices=())})
    found = priced(unknown)
    assert (found.low, found.high, found.most, found.above(0)) == (None, None, None, False)
    assert str(found) == "1,000 calls, at a price that is not known."


def test_of_the_simulated_one_nobody_pays() -> None:
    real = Price(10, DOLLAR, 2 * DOLLAR, 9 * DOLLAR, True, (), False)
    assert (real.above(2), real.above(1.9)) == (False, True)
    made_up = replace(real, simulated=True)
    assert not made_up.above(0)
    said = "10 calls to the simulated Claude or replayed: nobody pays. Real ones: "
    assert str(made_up) == f"{said}probably $1.00 to $2.00, at most $9.00."
    assert "probably $2.00, at most" in str(replace(made_up, low=made_up.high))
