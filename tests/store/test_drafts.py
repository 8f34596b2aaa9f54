"""Drafts: what was typed is there until it is saved or dropped, and for its author alone."""

from __future__ import annotations

from pathlib import Path

from lab import store
from lab.store import Write
from lab.types import Principal
from tests.store.rows import opened, post_all

ANN, BEN, ADMIN = Principal("ann"), Principal("ben"), Principal("root", "admin")


def kept(id: str, text: str, who: Principal = ANN, prompt: str = "support") -> Write:
    return store.draft_kept(id, who, prompt, 2, 3, {"system": text, "max_tokens": 5})


def test_a_draft_holds_what_was_typed_last(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(
            db, kept("a", "Be"), kept("a", "Be kind. \ud83d é"), kept("b", "Else", prompt="fewshot/tone")
        )
        db.flush()
        found = store.draft(db.read, ANN, "a")
        assert (found["prompt"], found["version"], found["based_on"]) == ("support", 2, 3)
        assert found["form"]["max_tokens"] == 5 and found["form"]["system"].startswith("Be kind. ")
        assert store.drafts(db.read, ANN, "support") == [found]
        assert {each["id"] for each in store.drafts(db.read, ANN)} == {"a", "b"}
        assert store.drafts(db.read, ANN, "tickets") == [] and store.draft(db.read, ANN, "c") is None


def test_a_draft_is_its_authors_alone(tmp_path: Path) -> None:
    """Also where two people opened the same address, and so write under one name."""
    with opened(tmp_path / "lab.db") as db:
        post_all(db, kept("a", "Ann's"), kept("a", "Ben's", BEN))
        db.flush()
        assert store.draft(db.read, ANN, "a")["form"]["system"] == "Ann's"
        assert store.draft(db.read, BEN, "a")["form"]["system"] == "Ben's"
        assert store.drafts(db.read, ADMIN) == []


def test_a_dropped_draft_is_gone(tmp_path: Path) -> None:
    with opened(tmp_path / "lab.db") as db:
        post_all(db, kept("a", "x"), kept("a", "y", BEN), store.draft_dropped("a", ANN))
        post_all(db, store.draft_dropped("never", ANN))
        db.flush()
        assert store.drafts(db.read, ANN) == [] and len(store.drafts(db.read, BEN)) == 1
