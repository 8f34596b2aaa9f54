"""`lab logs forget`: a person's text goes, and what is left to do is named."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lab.store import Store
from tests.cli.running import on_terminal, run
from tests.store.rows import asked, post_all, whole_call

DATABASE = Path(".lab") / "lab.db"


@pytest.fixture(autouse=True)
def lived() -> None:
    """Calls of ann and ben; one of ann's is a case, and there is an older copy of the database."""
    with closing(Store(DATABASE)) as store:
        for id, user in (("a1", "ann"), ("a2", "ann"), ("b1", "ben")):
            post_all(store, *whole_call(store, asked(id, user, text=f"A question of {user}")))
    Path("datasets").mkdir()
    Path("datasets", "mine.yaml").write_text("prompt: support\ncases: mine.jsonl\ngraders: []\n")
    Path("datasets", "mine.jsonl").write_text('{"input": "A question", "from": "a1"}\n')
    Path(".lab", "lab.db.backup-9").write_bytes(b"A question of ann")


def users() -> list[str]:
    with closing(Store(DATABASE)) as store:
        return [row["user"] for row in store.read.execute("SELECT user FROM calls ORDER BY id")]


def test_it_says_what_goes_asks_and_names_what_is_left() -> None:
    dry = run("logs", "forget", "ann", "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    case, copy = Path("datasets", "mine.jsonl").resolve(), DATABASE.resolve()
    assert dry.stdout.splitlines() == [
        "Of ann there are: 2 calls.",
        "Tokens, costs, states and sums stay. Text that calls of others name too stays for them.",
        f"Call a1 is case 1 of mine ({case}): delete it there.",
        f"{copy}.backup-9 is a copy that has all of it: delete it, if you no longer need it.",
    ]
    code, seen = on_terminal("logs", "forget", "ann", typed=b"n\n")
    assert (code, "Take the text of ann out for good? [y/N]" in seen) == (130, True)
    assert users() == ["ann", "ann", "ben"]
    done = run("logs", "forget", "ann", "--yes")
    assert (done.returncode, done.stdout) == (0, dry.stdout)
    assert done.stderr.startswith("ann is forgotten-")
    name, again, other = users()
    assert (name, other) == (again, "ben") and name in done.stderr
    assert b"question of ann" not in DATABASE.read_bytes()
    assert b"question of ben" in DATABASE.read_bytes()


WRONG = [
    (("forget", "anne", "--yes"), 2, "Nobody named 'anne' is in the log. Did you mean 'ann'?"),
    (("forget", "ann"), 2, "This asks first: Take the text of ann out for good? Add --yes where nobody can"),
    (("forget",), 2, "Missing argument 'USER'."),
]


@pytest.mark.parametrize(("arguments", "code", "sentence"), WRONG)
def test_what_is_asked_wrongly(arguments: tuple[str, ...], code: int, sentence: str) -> None:
    done = run("logs", *arguments)
    assert (done.returncode, sentence in done.stderr) == (code, True)
    assert users() == ["ann", "ann", "ben"]
