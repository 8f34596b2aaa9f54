"""What changed between two versions."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lab.prompts import Change, Example, FewShot, Piece, Prompt, Variable, diff, folded, shown

OLD = Prompt("support", 1, system="You are a helpful assistant.\nBe brief.\nSay why.\nBe kind.\n")


def test_only_what_differs_is_named() -> None:
    new = replace(OLD, version=2, hash="x", max_tokens=2048, model="m", user="Q: {{input}}")
    assert diff(OLD, replace(OLD, version=2, hash="x")) == ()
    assert diff(OLD, new) == (
        Change("model", (("+", "m"),)),
        Change("max_tokens", (("+", "2048"),)),
        Change("user", (("+", "Q: {{input}}"),)),
    )


def test_words_are_compared_inside_changed_lines() -> None:
    new = replace(OLD, system=OLD.system.replace("a helpful", "our most patient"))
    assert diff(OLD, new) == (
        Change(
            "system",
            (
                ("=", "You are "),
                ("-", "a helpful "),
                ("+", "our most patient "),
                ("=", "assistant.\nBe brief.\nSay why.\nBe kind.\n"),
            ),
        ),
    )
    assert shown(diff(OLD, new)) == (
        "system\n  You are [-a helpful -]{+our most patient +}assistant.\n  Be brief.\n  …\n"
    ).rstrip("\n")


def test_variables_and_examples_are_fields_of_their_own() -> None:
    before = replace(OLD, variables={"a": Variable(), "b": Variable("list")}, schema={"type": "object"})
    after = replace(OLD, variables={"b": Variable("json"), "c": Variable()}, schema={"type": "array"})
    assert [change.field for change in diff(before, after)] == [
        "variables.b",
        "variables.c",
        "schema",
        "variables.a",
    ]
    old = FewShot("tone", 1, "", (Example("a", "b"), Example("c", {"d": 1})))
    new = replace(old, examples=(Example("a", "b"), Example("c", {"d": 2}), Example("e", "f")))
    assert [change.field for change in diff(old, new)] == ["examples[2]", "examples[3]"]


def test_a_variable_without_anything_is_seen_to_come() -> None:
    (change,) = diff(OLD, replace(OLD, variables={"a": Variable()}))
    assert shown((change,)) == "variables.a\n  {+{}+}"


def test_a_text_that_got_stuck_is_replaced_as_a_whole() -> None:
    """Word by word it would take seconds, and say nothing."""
    before, after = "no no yes " * 60, "no yes no " * 60
    assert pieces(before, after) == (Piece("-", before), Piece("+", after))
    long = " ".join(f"word{n}" for n in range(300))
    assert pieces(long, f"{long} more")[0].text.startswith("word0 word1 ")


texts = st.text(" \nab.", max_size=40) | st.text(max_size=20)


@given(texts, texts)
def test_pieces_make_up_both_texts(before: str, after: str) -> None:
    changes = diff(replace(OLD, system=before), replace(OLD, system=after, user="x"))
    found = {change.field: change.pieces for change in changes}.get("system", ())
    if before == after:
        assert found == ()
    else:
        assert "".join(piece.text for piece in found if piece.op != "+") == before
        assert "".join(piece.text for piece in found if piece.op != "-") == after
        assert all(piece.text for piece in found)
        assert all(a.op != b.op for a, b in zip(found, found[1:], strict=False))


@given(st.lists(st.text("ab .", max_size=6), max_size=6), st.lists(st.text("ab .", max_size=6), max_size=6))
def test_the_plain_text_names_every_changed_word(before: list[str], after: list[str]) -> None:
    changes = diff(replace(OLD, system="\n".join(before)), replace(OLD, system="\n".join(after)))
    text = shown(changes)
    for change in changes:
        for piece in change.pieces:
            if piece.op != "=":
                assert all(word in text for word in piece.text.split())


def test_a_long_text_is_compared() -> None:
    before = "".join(f"line {n} of a long text\n" for n in range(10_000))
    after = before.replace("line 5000 of", "line 5000 in")
    ((_, pieces),) = diff(replace(OLD, system=before), replace(OLD, system=after))
    assert [piece for piece in pieces if piece.op != "="] == [("-", "of "), ("+", "in ")]
    other = "word " * 5000
    ((_, pieces),) = diff(replace(OLD, system=other + "a"), replace(OLD, system="b " + other))
    assert [piece.op for piece in pieces] == ["-", "+"]
    ((_, pieces),) = diff(replace(OLD, system="x\n" * 20_000), replace(OLD, system="y\n" * 20_000))
    assert [piece.op for piece in pieces] == ["-", "+"]


def test_the_message_is_about_a_version_and_not_in_it() -> None:
    assert diff(OLD, replace(OLD, message="Why.")) == ()
    tone = FewShot("tone", 1, "", (Example("a", "b"),))
    assert diff(tone, replace(tone, message="Why.")) == ()


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    (change,) = diff(replace(OLD, system=before), replace(OLD, system=after))
    return change.pieces


def test_a_word_that_two_sentences_share_by_chance_does_not_join_them() -> None:
    before, after = "Answer the customer briefly and kindly.", "Name the exact price, in euros."
    assert pieces(before, after) == (("-", before), ("+", after))
    found = pieces("Be brief and be kind.", "Be quick and be kind.")
    assert found == (("=", "Be "), ("-", "brief "), ("+", "quick "), ("=", "and be kind."))


def numbered(first: int, last: int) -> str:
    return "".join(f"line {n}\n" for n in range(first, last + 1))


def test_what_is_unchanged_for_long_is_folded_away_in_whole_lines() -> None:
    found = folded(pieces(numbered(1, 20), numbered(1, 9) + "line X\n" + numbered(11, 20)))
    assert found == (
        (),
        (("=", numbered(1, 7)),),
        (("=", numbered(8, 9) + "line "), ("-", "10\n"), ("+", "X\n"), ("=", numbered(11, 13))),
        (("=", numbered(14, 20)),),
        (),
    )
    short = pieces(numbered(1, 7), "line X\n" + numbered(2, 7))
    assert folded(short) == ((*short,),)


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60), st.integers(0, 3))
def test_folding_loses_nothing(before: str, after: str, context: int) -> None:
    for change in diff(replace(OLD, system=before), replace(OLD, system=after)):
        stretches = folded(change.pieces, context)
        for op in "-+":
            whole = "".join(piece.text for piece in change.pieces if piece.op in ("=", op))
            parts = [piece for stretch in stretches for piece in stretch if piece.op in ("=", op)]
            assert "".join(piece.text for piece in parts) == whole
        for away in stretches[1::2]:
            assert [piece.op for piece in away] == ["="] and away[0].text.count("\n") >= 3
