"""Prompt files: what they may say, there and back, and the sentence for everything else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab.documents import decode, dump, parse
from lab.errors import BadInput
from lab.prompts import Example, Examples, FewShot, Prompt, Variable, fewshot, fields, labels, load, reading
from lab.prompts import dump as written
from lab.prompts.reading import READERS
from tests.prompts.broken import PROMPTS, REGISTERS, SETS, Row
from tests.prompts.folder import folder

WHOLE = """\
description: Answers in the language of the customer.
message: The customers of May wrote in French.
model: claude-opus-5-5
max_tokens: 2048
effort: low
thinking:
  type: adaptive
  display: summarized
system: |
  You help customers of {{product}}.

  - Be brief.
  - 5 % off: say "ask sales".
user: |-
  {{facts}}

  {{input}}
variables:
  product:
    example: Prompt Lab
    description: what the customer uses
  facts:
    type: list
    default:
      - one
      - two
examples:
  set: tone@2
  as: system
schema:
  type: object
  properties:
    answer:
      type: string
    score:
      type: number
      enum:
        - 1
        - 1.5
        - null
  additionalProperties: false
stop_sequences:
  - END
  - "</answer>"
cache: 1h
tools:
  - name: look_up
    description: Finds a customer.
    input_schema:
      type: object
      properties:
        id:
          type: string
    strict: true
    mocks:
      - when:
          id: "7"
        answer:
          name: Ann
      - answer: nobody
tool_choice: auto
on_refusal: rephrase
on_overload:
  fallback: claude-opus-4-8
extra:
  service_tier: auto
"""


def read(data: bytes, file: str = "x.yaml") -> Prompt:
    document = parse(decode(data, file), file)
    prompt = reading.prompt(document, "x", 1, "")
    for fault in reading.faults(document, prompt):
        raise fault
    return prompt


def check(row: Row, refused: BadInput, file: str) -> None:
    _, line, words = row
    assert str(refused).startswith(f"{file}, line {line}: "), refused
    assert words in str(refused)
    assert str(refused).rstrip()[-1] in ".?"


@pytest.mark.parametrize("row", PROMPTS, ids=lambda row: row[2][:40])
def test_broken_prompts_name_file_and_line(row: Row, tmp_path: Path) -> None:
    folder(tmp_path, {"p/v1.yaml": row[0]})
    with pytest.raises(BadInput) as refused:
        load(tmp_path, "p")
    check(row, refused.value, str(tmp_path / "p/v1.yaml"))


@pytest.mark.parametrize("row", SETS, ids=lambda row: row[2][:40])
def test_broken_sets_name_file_and_line(row: Row, tmp_path: Path) -> None:
    folder(tmp_path, {"fewshot/s/v1.yaml": row[0]})
    with pytest.raises(BadInput) as refused:
        fewshot(tmp_path, "s")
    check(row, refused.value, str(tmp_path / "fewshot/s/v1.yaml"))


@pytest.mark.parametrize("row", REGISTERS, ids=lambda row: row[2][:40])
def test_broken_labels_name_file_and_line(row: Row, tmp_path: Path) -> None:
    folder(tmp_path, {"p/v1.yaml": "system: x\n", "p/labels.yaml": row[0]})
    for ask in (load, labels):
        with pytest.raises(BadInput) as refused:
            ask(tmp_path, "p")
        check(row, refused.value, str(tmp_path / "p/labels.yaml"))


@pytest.mark.parametrize("row", PROMPTS, ids=lambda row: row[2][:40])
def test_windows_files_name_the_same_line(row: Row) -> None:
    text, line, _ = row
    with pytest.raises(BadInput, match=rf"^x\.yaml, line {line}: "):
        read(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("system: x".encode("utf-16"), 1, "UTF-16"),
        (b"system: x\nuser: \xe9\n", 2, "not UTF-8"),
        (b"system: \x00", 1, "not allowed"),
        (b"\xff", 1, "not UTF-8"),
        (b"\x80\x81PNG", 1, "not UTF-8"),
    ],
)
def test_bytes_that_are_no_text_name_file_and_line(
    data: bytes, line: int, words: str, tmp_path: Path
) -> None:
    folder(tmp_path, {"p/v1.yaml": data})
    with pytest.raises(BadInput, match=rf"v1\.yaml, line {line}: .*{words}"):
        load(tmp_path, "p")


def test_a_prompt_says_everything(tmp_path: Path) -> None:
    folder(tmp_path, {"support/v3.yaml": WHOLE})
    prompt = load(tmp_path, "support@3")
    assert prompt == Prompt(
        name="support",
        version=3,
        description="Answers in the language of the customer.",
        message="The customers of May wrote in French.",
        model="claude-opus-5-5",
        max_tokens=2048,
        effort="low",
        thinking={"type": "adaptive", "display": "summarized"},
        system='You help customers of {{product}}.\n\n- Be brief.\n- 5 % off: say "ask sales".\n',
        user="{{facts}}\n\n{{input}}",
        variables={
            "product": Variable(example="Prompt Lab", description="what the customer uses"),
            "facts": Variable("list", default=["one", "two"]),
        },
        examples=Examples("tone@2", "system"),
        schema={
            "type": "object",
            "properties": {
                "answer": {"type": "string"},
                "score": {"type": "number", "enum": [1, 1.5, None]},
            },
            "additionalProperties": False,
        },
        stop_sequences=("END", "</answer>"),
        cache="1h",
        tools=(
            {
                "name": "look_up",
                "description": "Finds a customer.",
                "input_schema": {"type": "object", "properties": {"id": {"type": "string"}}},
                "strict": True,
                "mocks": [{"when": {"id": "7"}, "answer": {"name": "Ann"}}, {"answer": "nobody"}],
            },
        ),
        tool_choice={"type": "auto"},
        on_refusal="rephrase",
        on_overload={"fallback": "claude-opus-4-8"},
        extra={"service_tier": "auto"},
        hash=prompt.hash,
    )
    assert set(fields(prompt)) == set(READERS)


def test_a_canonical_file_comes_back_byte_for_byte() -> None:
    assert written(read(WHOLE.encode())) == WHOLE


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("system: x\n", Prompt("x", 1, system="x")),
        ("user: |-\n  Sum up:\n  {{input}}\n", Prompt("x", 1, user="Sum up:\n{{input}}")),
        ('user: "{{input}}"\n', Prompt("x", 1)),
        ("thinking: disabled\nsystem: x\n", Prompt("x", 1, system="x", thinking={"type": "disabled"})),
        ("system: x\nexamples:\n  set: tone\n", Prompt("x", 1, system="x", examples=Examples("tone"))),
    ],
)
def test_defaults_are_left_out(text: str, prompt: Prompt) -> None:
    assert read(text.encode()) == prompt
    assert written(prompt) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("max_tokens: 1024\nuser: '{{input}}'\nsystem: 'x'\nvariables: {}\n", "system: x\n"),
        ("system: x\nthinking: {type: adaptive}\nextra: {}\n", "thinking: adaptive\nsystem: x\n"),
        ("system: >\n  a\n  b\n", "system: |\n  a b\n"),
        (
            "variables: {a: {type: text, default: null}}\nsystem: '{{a}}'\n",
            'system: "{{a}}"\nvariables:\n  a: {}\n',
        ),
    ],
)
def test_other_ways_to_write_it_become_one(text: str, canonical: str) -> None:
    assert written(read(text.encode())) == canonical


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.strip)
prose = st.lists(words, min_size=1, max_size=4).map("\n".join).map(lambda text: text.replace("{{", "{"))
numbers = st.integers(-999, 10**12) | st.floats(allow_nan=False, allow_infinity=False)
data = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
variables = st.builds(
    Variable,
    type=st.just("json"),
    default=st.none() | st.dictionaries(words, data, min_size=1, max_size=2) | st.integers(-999, 999),
    example=st.none() | st.lists(data, max_size=2),
    description=st.just("") | words,
)


THINKING = [None, {"type": "disabled"}, {"type": "adaptive", "display": "omitted"}]
PIECES = [b"{{", b"}}", b": ", b"- ", b"\n", b"  ", b"{}", b"[]", b"'", b'"', b"|", b"1", b"\xff"]


@st.composite
def prompts(draw: st.DrawFn) -> Prompt:
    names = st.from_regex(r"[a-h][a-z0-9_]{0,9}", fullmatch=True)
    declared = draw(st.dictionaries(names, variables, max_size=3))
    schema = draw(st.none() | st.dictionaries(words, data, min_size=1, max_size=3))
    return Prompt(
        "x",
        1,
        description=draw(st.just("") | prose),
        message=draw(st.just("") | prose),
        model=draw(st.none() | words),
        max_tokens=draw(st.integers(1, 10**6)),
        effort=draw(st.none() | st.sampled_from(reading.EFFORTS)),
        thinking=draw(st.sampled_from(THINKING)),
        system=draw(prose) + "\n" + " ".join(f"{{{{{name}}}}}" for name in declared),
        user=draw(prose) + "\n{{input}}\n",
        variables=declared,
        examples=draw(st.none() | st.builds(Examples, words, st.sampled_from(["turns", "system"]))),
        schema=schema,
        stop_sequences=tuple(draw(st.lists(words, max_size=2))),
        cache=draw(st.sampled_from([None, "5m", "1h", "auto"])),
        extra={f"x{key}": value for key, value in draw(st.dictionaries(words, data, max_size=2)).items()},
    )


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(prompts())
def test_every_prompt_is_read_back_from_its_file(prompt: Prompt) -> None:
    text = written(prompt)
    assert read(text.encode()) == prompt
    assert written(read(text.encode())) == text


examples = st.builds(Example, words, words | st.dictionaries(words, data, min_size=1))


@given(st.lists(examples, min_size=1, max_size=3))
def test_every_set_is_read_back_from_its_file(pairs: list[Example]) -> None:
    whole = FewShot("x", 1, "what for", tuple(pairs), message="why")
    document = parse(written(whole), "x.yaml")
    assert reading.fewshot(document, "x", 1, "") == whole


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good file, cut, doubled, shuffled and sprinkled with bytes."""
    whole = bytearray(WHOLE.encode())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(whole)))
        end = min(len(whole), start + draw(st.integers(0, 20)))
        again = bytes(whole[start : start + 30])
        patch = draw(st.binary(max_size=4) | st.sampled_from(PIECES) | st.just(again))
        whole[start:end] = patch
    return bytes(whole)


@settings(max_examples=400, deadline=None)
@given(mutated() | st.binary(max_size=60))
def test_any_bytes_are_a_prompt_or_refused_with_file_and_line(content: bytes) -> None:
    try:
        prompt = read(content)
    except BadInput as refused:
        assert re.match(r"x\.yaml, line [1-9][0-9]*: \S", str(refused))
    else:
        assert read(written(prompt).encode()) == prompt


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(list(READERS)), data, min_size=1))
def test_any_values_in_any_fields_are_a_prompt_or_refused(table: dict[str, Any]) -> None:
    text = dump(table)
    try:
        read(text.encode())
    except BadInput as refused:
        line = int(re.match(r"x\.yaml, line ([0-9]+): ", str(refused))[1])
        assert line <= text.count("\n") + 1


def test_all_faults_of_a_file_are_found() -> None:
    text = "system: |\n  {{a}}\n  {{input}}\nuser: '{{b}}'\nvariables: {c: {}}\n"
    document = parse(text, "x.yaml")
    found = [str(fault) for fault in reading.faults(document, reading.prompt(document, "x", 1, ""))]
    assert [line.split(": ")[0] for line in found] == [f"x.yaml, line {n}" for n in (2, 3, 4, 5)]
