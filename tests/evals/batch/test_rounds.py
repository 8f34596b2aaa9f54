"""Runs through batches: what comes back, what does not, and what is asked again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from lab.errors import BadInput, BudgetSpent, CallError, LabError
from lab.evals import Left
from tests.evals.batch.kit import CASES, TEXT, Team, advance, others, serving, team, tokens_agree

DAY = 86_400
BATCHES = "SELECT count(*) FROM batches"


def run(folder: Path, text: str, test: Callable[[Team], Awaitable[Any]], **options: Any) -> Any:
    """What the test gives, with a fresh server and a dataset that says this."""

    async def inside() -> Any:
        async with serving(team(folder, text), **options) as those:
            return await test(those)

    return asyncio.run(inside())


def cases(*texts: str, head: str = "graders: [{length: {max: 3, unit: words}}]\n") -> str:
    listed = "".join(f"  - input: '{text}'\n" for text in texts)
    return f"prompt: p\n{head}cases:\n{listed}"


def states(found: dict[str, Any]) -> dict[str, str]:
    return {each["case_id"]: each["state"] for each in found["results"]}


def test_the_same_verdict_for_half_the_price(tmp_path: Path) -> None:
    async def test(those: Team) -> None:
        found = await those.checked()
        [score] = found["summary"]["scores"]
        assert (score["passed"], score["failed"], score["missing"], score["seconds"]) == (2, 1, 0, None)
        assert (found["settings"]["batch"], found["batches"]) == (True, [])
        assert tokens_agree(those)
        cost = "SELECT sum(cost) FROM attempts"
        assert those.one(cost) == those.one(
            "SELECT sum(input_tokens * 1000000 + output_tokens * 5000000) / 2 FROM attempts"
        )
        assert {each["total_ms"] for each in found["results"]} == {None}
        kinds = "SELECT group_concat(DISTINCT batch) FROM series"
        assert those.one(kinds) == "1"

    run(tmp_path, TEXT, test)


def test_a_conversation_goes_turn_by_turn(tmp_path: Path) -> None:
    talk = "cases: [{turns: ['Hello', 'Well?'], input: 'So?'}, {input: Hi}]\n"

    async def test(those: Team) -> None:
        found = await those.checked()
        assert states(found) == {"1": "ok", "2": "ok"}, found["results"]
        sizes = "SELECT group_concat(requests) FROM (SELECT requests FROM batches ORDER BY id)"
        assert those.one(sizes) == "2,1,1"

    run(tmp_path, f"prompt: p\n{talk}", test)


def test_what_is_wrong_with_a_request_is_its_outcome(tmp_path: Path) -> None:
    async def test(those: Team) -> None:
        found = await those.checked()
        assert states(found) == {"1": "ok", "2": "failed"}
        [failed] = [each for each in found["results"] if each["state"] == "failed"]
        assert failed["error"].startswith("The API answered invalid_request_error in the batch.")
        assert (failed["cost"], failed["cost_basis"], those.one(BATCHES)) == (0, "none", 1)

    run(tmp_path, cases("[[words 3]]", "[[400]]"), test)


def test_where_the_api_fails_it_is_asked_again_but_not_for_ever(tmp_path: Path) -> None:
    async def test(those: Team) -> None:
        found = await those.checked()
        assert states(found) == {"1": "ok", "2": "ok", "3": "failed"}
        assert those.one(BATCHES) == 3
        tries = "SELECT count(*) FROM attempts JOIN calls ON id = call_id WHERE case_id = '{}'"
        assert [those.one(tries.format(case)) for case in "123"] == [1, 2, 3]
        assert tokens_agree(those)

    run(tmp_path, cases("[[words 3]]", "[[529 once]]", "[[500]]"), test)


def test_what_every_request_would_meet_ends_the_run(tmp_path: Path) -> None:
    async def test(those: Team) -> None:
        with pytest.raises(CallError, match="authentication_error"):
            await those.checked()
        assert those.run(those.one("SELECT id FROM runs"))["state"] == "interrupted"

    run(tmp_path, cases("[[401]]", "[[401]] too"), test)


def test_what_expired_is_asked_when_somebody_goes_on(tmp_path: Path) -> None:
    async def test(those: Team) -> None:
        with pytest.raises(Left, match="2 requests out in a batch for"):
            await those.checked(waits=False)
        with pytest.raises(Left, match="Collect it: lab check --resume "):
            await those.gone_on(waits=False)
        await asyncio.to_thread(advance, those, DAY)
        with pytest.raises(LabError, match="1 request was not answered before the batch expired"):
            await those.gone_on()
        found = those.run(those.one("SELECT id FROM runs"))
        assert (found["state"], states(found)) == ("interrupted", {"1": "ok"})
        assert those.one(BATCHES) == 1
        with pytest.raises(Left, match="1 request out in a batch"):
            await those.gone_on(waits=False)
        assert tokens_agree(those)

    run(tmp_path, cases("[[words 3]]", "[[hang 9]]"), test, speed=1, clock=lambda: 0.0)


def test_a_batch_that_was_cancelled_is_not_sent_again_by_itself(tmp_path: Path) -> None:
    async def test(those: Team) -> None:
        with pytest.raises(Left):
            await those.checked(waits=False)
        from lab import evals
        from lab.engine import batches
        from lab.providers import Providers
        from tests.engine.kit import ME

        lab = those.opened(evals.Order(batch=True))
        providers = Providers(lab.settings)
        row = batches.batch_named(lab, ME, those.one("SELECT api_id FROM batches"))
        assert await batches.standings(lab, providers, [row]) == {row["id"]: "in_progress"}
        await batches.cancel(lab, providers, row)
        await providers.close()
        lab.store.close()
        await asyncio.to_thread(advance, those, 60)
        with pytest.raises(
            LabError, match="6 requests were not answered before the batch expired or was can"
        ):
            await those.gone_on()
        assert (those.one(BATCHES), those.one("SELECT total(cost_upper) FROM calls")) == (1, 0)
        assert those.one("SELECT group_concat(DISTINCT state) FROM calls") == "cancelled"

    run(tmp_path, TEXT, test, speed=1, clock=lambda: 0.0)


def test_a_budget_is_spent_batch_by_batch(tmp_path: Path) -> None:
    """Room for the worst case of two at once; each costs a fraction of it."""

    async def test(those: Team) -> None:
        worst = "SELECT max(reserved) FROM budgets"
        found = await those.checked(max_cost=0.006)
        assert (len(found["results"]), those.one(worst) <= 6_000_000_000) == (6, True)
        assert those.one(BATCHES) > 1
        assert tokens_agree(those)
        with pytest.raises(BudgetSpent):
            await those.checked(max_cost=0.0001)

    run(tmp_path, TEXT, test)


def test_a_batch_whose_answer_was_lost_is_found_again(tmp_path: Path) -> None:
    """Among those of others that have as many requests."""
    said = Counter()

    async def moment(name: str) -> None:
        said[name] += 1
        if name == "created" and said[name] == 2:
            raise ConnectionError  # which the server answers with 500

    async def test(those: Team) -> None:
        await asyncio.to_thread(others, those, 6)
        found = await those.checked()
        assert (len(found["results"]), said["create"], those.one(BATCHES)) == (6, 2, 1)

    run(tmp_path, TEXT, test, moment=moment)


def test_a_server_without_batches_says_so(tmp_path: Path) -> None:
    async def test(those: Team) -> None:
        those.server.url += "/nothing/v1/here"
        with pytest.raises(LabError, match="has no Message Batches"):
            await those.checked()
        assert those.one("SELECT group_concat(DISTINCT state || cost_upper) FROM calls") == "cancelled0"

    async def moment(name: str) -> None:
        from lab.sim.http import Problem

        raise Problem(404, "no such route")

    run(tmp_path, TEXT, test, moment=moment)


@pytest.mark.parametrize(
    ("text", "prompt", "words"),
    [
        (f"prompt: p\ngraders: [{{latency: 2}}]\n{CASES}", "", "latency cannot grade it"),
        (TEXT, "on_refusal: rephrase\n", "on_refusal: rephrase asks a second time"),
        (TEXT, "extra: {speed: fast}\n", "a batch takes no `speed`"),
        (
            TEXT,
            "tools: [{name: t, description: d, input_schema: {type: object}}]\n",
            "tools that the lab ans",
        ),
    ],
)
def test_what_a_batch_cannot_do(tmp_path: Path, text: str, prompt: str, words: str) -> None:
    async def test(those: Team) -> None:
        file = those.folder / "prompts" / "p" / "v1.yaml"
        file.write_text(file.read_text() + prompt)
        with pytest.raises(BadInput, match=words):
            await those.checked()
        assert those.one("SELECT count(*) FROM runs") == 0

    run(tmp_path, text, test)


def test_what_may_have_been_billed_is_made_again_only_where_that_is_said(tmp_path: Path) -> None:
    async def test(those: Team) -> None:
        with pytest.raises(Left):
            await those.checked(waits=False)
        those.forget()
        found = await those.gone_on()
        assert {each["state"] for each in found["results"]} == {"unknown"}
        assert those.one(BATCHES) == 1
        found = await those.gone_on(rerun_unknown=True)
        assert {each["state"] for each in found["results"]} == {"ok"}
        assert those.one(BATCHES) == 2

    run(tmp_path, TEXT, test)
