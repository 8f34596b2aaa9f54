"""`lab logs prune` and `lab logs compact`."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.store import Store, first_id
from tests.cli.running import on_terminal, run
from tests.store.rows import answered, asked, post_all, whole_call

DATABASE = Path(".lab") / "lab.db"
DATASET = "prompt: support\ncases: {}\ngraders: []\n"


@pytest.fixture
def old() -> None:
    """Three calls of 100 days ago, and one of today."""
    with closing(Store(DATABASE)) as store:
        for days, name in ((100, "a"), (100, "b"), (100, "c"), (0, "d")):
            id = first_id(datetime.now(UTC) - timedelta(days=days))[:-1] + name
            post_all(store, *whole_call(store, asked(id, text=f"Question {name}"), answered(name * 99_999)))


def names() -> list[str]:
    with closing(Store(DATABASE)) as store:
        return [row["id"][-1] for row in store.read.execute("SELECT id FROM calls ORDER BY id")]


@pytest.mark.usefixtures("old")
def test_it_says_what_goes_asks_and_takes_it_out() -> None:
    dry = run("logs", "prune", "--older-than", "90d", "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    first = (
        "3 calls and 0 conversations older than 90 days may go, and 6 texts that nothing else names (0.3 MB)."
    )
    assert dry.stdout == f"{first}\nSums of costs and health, runs, flags and baselines stay.\n"
    unasked = run("logs", "prune", "--older-than", "12w")
    assert (unasked.returncode, unasked.stderr) == (
        2,
        "lab: This asks first: Take them out for good? Add --yes where nobody can answer.\n",
    )
    code, seen = on_terminal("logs", "prune", "--older-than", "90d", typed=b"n\n")
    assert (code, "Take them out for good? [y/N]" in seen, len(names())) == (130, True, 4)
    size = DATABASE.stat().st_size
    done = run("logs", "prune", "--older-than", "90d", "--yes")
    assert (done.returncode, done.stdout) == (0, dry.stdout)
    assert done.stderr.startswith(
        "Gone: 0 conversations, 3 calls, 6 texts. Their room is used for what comes;"
    )
    assert names() == ["d"]
    assert run("logs", "compact", "--yes").returncode == 0
    assert DATABASE.stat().st_size < size


@pytest.mark.usefixtures("old")
def test_the_setting_says_how_old_and_cases_of_the_folder_stay() -> None:
    Path("lab.toml").write_text("keep_days = 90\n")
    Path("datasets").mkdir()
    Path("datasets", "old.yaml").write_text(DATASET.format("old.jsonl"))
    Path("datasets", "shared.yaml").write_text(DATASET.format("$NOWHERE/cases.jsonl"))
    with closing(Store(DATABASE)) as store:
        (call,) = store.read.execute("SELECT min(id) FROM calls").fetchone()
    unread = run("logs", "prune", "--yes")
    assert (unread.returncode, "Calls that became its cases would not be known" in unread.stderr) == (2, True)
    Path("datasets", "old.jsonl").write_text(f'{{"input": "Question a", "from": "{call}"}}\n')
    done = run("logs", "prune", "--yes")
    assert "1 call as old must stay: 1 that became cases of a dataset." in done.stdout
    assert names() == ["a", "d"]


WRONG = [
    (("prune",), "How old? Say --older-than 90d, or set keep_days in lab.toml."),
    (("prune", "--older-than", "90"), "--older-than takes days, weeks or years as 90d, 12w or 1y, not '90'."),
    (("prune", "--older-than", "0d"), "not '0d'."),
    (("prune", "--older-than", "99999y"), "not '99999y'."),
    (("compact",), "This asks first: Write it anew? Add --yes where nobody can answer."),
]


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_what_is_asked_wrongly(arguments: tuple[str, ...], sentence: str) -> None:
    done = run("logs", *arguments)
    assert (done.returncode, done.stdout, sentence in done.stderr) == (2, "", True)


def test_without_a_log_there_is_nothing_to_prune() -> None:
    done = run("logs", "prune", "--older-than", "90d")
    assert (done.returncode, "There are no calls in " in done.stderr) == (2, True)
    assert not Path(".lab").exists()
