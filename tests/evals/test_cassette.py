"""Recordings in their file: what is written comes back, nothing churns, and what is broken is named."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.engine import Recording, Spot, Tape
from lab.errors import BadInput, LabError
from lab.evals import cassette, entry
from lab.types import Reply, Timing, Usage

USAGE = Usage(input_tokens=9, output_tokens=3, service_tier="standard")
REPLY = Reply(
    id="", request_id=None, content=({"type": "text", "text": "Up."},), model="m", stop_reason="end_turn",
    stop_sequence=None, stop_details=None, usage=USAGE, timing=Timing(0.1, 0.2, 0.3), source="api",
)  # fmt: skip
TOOL = {"type": "tool_use", "id": "toolu_1", "name": "t", "input": {"a": [1, None, "ä"]}}


def key(number: int) -> str:
    return f"{number:032x}"


def recording(number: int = 1, repeat: int = 1, **fields: Any) -> Recording:
    """An answer to question `number`; fields of the reply are named as there."""
    said = {name: fields.pop(name) for name in list(fields) if name in Reply.__slots__}
    labels = {
        "case": "1",
        "variant": "p@1 · m",
        "judge": False,
        "messages": 1,
        "asked": "Hi",
        "day": "2026-11-29",
    }
    return Recording(Spot(key(number), repeat), reply=replace(REPLY, **said), **{**labels, **fields})


KINDS = [
    recording(),
    recording(2, 3, judge=True, asked='a "b" \u202e\n\x07', recorded_cost=24_000_000, source="simulated"),
    recording(
        3, content=({"type": "thinking", "thinking": "", "signature": "c2ln"}, TOOL), stop_reason="tool_use"
    ),
    recording(4, content=(), stop_reason="refusal", stop_details={"category": "cyber", "explanation": None}),
    recording(5, stop_reason="stop_sequence", stop_sequence="\u2028", timing=Timing(None, None, 1.25)),
    recording(6, content=({"type": "text", "text": "x", "citations": None},), usage=Usage()),
    recording(7, content=({"type": "text", "text": "\ud800 \x00 \ufeff"},)),
]


def test_everything_that_an_answer_holds_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "x.cassette.jsonl"
    cassette.write(file, KINDS)
    assert sorted(cassette.read(file, "x"), key=lambda each: each.spot) == KINDS
    data = file.read_bytes()
    assert data.count(b"\n") == len(KINDS) and data.decode().isprintable() is False
    assert all(line.isprintable() for line in data.decode().splitlines())


@given(st.text(), st.text(), st.sampled_from(["api", "simulated"]))
def test_any_text_is_one_line_that_comes_back(text: str, asked: str, source: str) -> None:
    each = recording(content=({"type": "text", "text": text},), asked=asked, source=source)
    line = entry.line(each)
    assert len(line.splitlines()) == 1 and entry.recording(line) == each


def test_the_order_is_that_of_cases_and_within_them_of_what_was_asked(tmp_path: Path) -> None:
    last = [recording(8, case="10"), recording(9, case="b")]
    first = [
        recording(7, case="2"),
        recording(1, 2, case="2"),
        recording(5, 2, case="2", messages=3),
        recording(6, case="2", variant="q@1 · m"),
        recording(2, case="2", judge=True, variant="judge"),
    ]
    file = tmp_path / "x.jsonl"
    cassette.write(file, [*last, *first[::-1]])
    assert cassette.read(file, "x") == [*first, *last]


def saved(file: Path, *fresh: Recording) -> str:
    tape = Tape(cassette.read(file, "x") if file.exists() else (), "x", "lab check x --record", None, True)
    tape.fresh = {each.spot: each for each in fresh}
    return cassette.save(file, tape)


def test_the_same_answer_changes_nothing_and_another_one_only_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    told = recording(3, content=({"type": "thinking", "thinking": "hm", "signature": "a"}, TOOL))
    assert "2 added, 0 changed, 0 the same" in saved(file, recording(), told)
    before = file.read_bytes()
    later = {"day": "2027-01-01", "timing": Timing(1, 2, 3), "usage": Usage(1), "recorded_cost": 1}
    other_ids = ({"type": "thinking", "thinking": "hm", "signature": "b"}, {**TOOL, "id": "toolu_2"})
    assert "0 added, 0 changed, 2 the same" in saved(
        file, recording(**later), recording(3, content=other_ids, **later)
    )
    assert file.read_bytes() == before
    assert "1 changed, 0 the same as before; 1 that this run did not ask" in saved(
        file, recording(content=({"type": "text", "text": "Down."},))
    )
    old, new = before.splitlines(), file.read_bytes().splitlines()
    assert [one == other for one, other in zip(old, new, strict=True)] == [False, True]
    before = file.read_bytes()
    made_up = recording(3, content=told.reply.content, source="simulated")
    assert "0 changed, 0 the same as before; 1 of real models stay before made-up ones" in saved(
        file, made_up
    )
    assert file.read_bytes() == before
    saved(file, recording(4, source="simulated"))
    assert "1 changed" in saved(file, recording(4))


def test_where_nothing_was_answered_there_is_no_file(tmp_path: Path) -> None:
    assert "nothing was recorded" in saved(tmp_path / "x.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.jsonl"
    cassette.write(file, [recording()])
    before = file.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(LabError, match="x.jsonl cannot be written: No space left on device"):
            cassette.write(file, KINDS)
    assert [each.name for each in tmp_path.iterdir()] == ["x.jsonl"] and file.read_bytes() == before


def line(**fields: Any) -> str:
    """A line with other fields; None takes one out."""
    said = {**json.loads(entry.line(recording())), **fields}
    return json.dumps({name: value for name, value in said.items() if value is not None})


BROKEN = [
    ("{", "this is not JSON"),
    ("<<<<<<< HEAD", "the mark of a merge that was not resolved"),
    ("[1]", "a recording is an object"),
    ("NaN", "NaN is no number"),
    ("[" * 100_000, "nested too deeply"),
    ('{"case": "1", "case": "2"}', "'case' stands here twice"),
    (line(key=None), "'key' is missing"),
    (line(key="abc"), "'key' must be 32 hexadecimal digits"),
    (line(anwser="x"), "a recording has no 'anwser'. Did you mean 'answer'?"),
    (line(answer=5), "'answer' must be text, or a list"),
    (line(answer=["x"]), "'answer' must be text, or a list"),
    (line(answer=[{"type": "text"}]), "'answer' must be text, or a list"),
    (line(answer=[{"type": "tool_use", "name": "t", "input": {}}]), "'answer' must be text, or a list"),
    (line(repeat=0), "'repeat' must be a whole number from 1 up"),
    (line(repeat=True), "'repeat' must be a whole number from 1 up"),
    (line(usage={"input_tokens": -1}), "'usage' must be"),
    (line(usage={"tokens": 1}), "'usage' must be"),
    (line(seconds={"headers": 1}), "'seconds' must be"),
    (line(seconds={"total": "1"}), "'seconds' must be"),
    (line(source="replay"), "'source' must be one of api, simulated, batch"),
    (line(source=[]), "'source' must be one of"),
    (line(day="today"), "'day' must be a date"),
    (line(picodollars=1.5), "'picodollars' must be a whole number"),
    (line(), "line 1 is a recording of the same call already"),
]


def test_broken_lines_are_named(tmp_path: Path) -> None:
    file = tmp_path / "x.cassette.jsonl"
    file.write_text("\n".join([line(), "", *(text for text, _ in BROKEN)]))
    found = []
    for start in range(0, len(BROKEN), 10):
        some = BROKEN[start : start + 10]
        file.write_text("\r\n".join([line(), "", *(text for text, _ in some)]))
        with pytest.raises(BadInput) as caught:
            cassette.read(file, "datasets/x.cassette.jsonl")
        sentences = str(caught.value).split("\n")
        for number, ((_, words), sentence) in enumerate(zip(some, sentences, strict=True), 3):
            assert sentence.startswith(f"datasets/x.cassette.jsonl, line {number}: ")
            assert words in sentence
            assert sentence.endswith((".", "?"))
        found += sentences
    assert len(found) == len(BROKEN)


@pytest.mark.parametrize(
    ("data", "words"), [(b"\xff\xfe{\0", "UTF-16"), (b'{"case": "\xe4"}', "Windows-1252")]
)
def test_what_is_not_utf8_is_said(data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(BadInput, match=words):
        cassette.read(tmp_path / "x", "x")
    with pytest.raises(BadInput, match="cannot be read"):
        cassette.read(tmp_path / "nope", "nope")
