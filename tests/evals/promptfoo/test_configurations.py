"""Configurations in every style that is documented: prompts, providers, tests, scenarios, files."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest

from lab import documents, prompts
from lab.errors import BadInput
from lab.evals import Plan, load, variants
from lab.evals.promptfoo import convert, export, place, sheet
from lab.store import Store
from lab.types import new_id
from tests.engine.kit import ME, lab_of
from tests.evals.promptfoo.kit import MODELS, cases, fates, files, imported, passes
from tests.files import png

ONE = "tests: [{vars: {q: '?', topic: tea}}]\n"


def bodies(folder: Path, name: str = "demo") -> list[list[dict[str, Any]]]:
    """What would be sent for each case of a dataset, by prompt."""
    store = Store(folder / "lab.db")
    try:
        lab, dataset = lab_of(store), load(folder / "datasets" / f"{name}.yaml")
        found = variants(lab, folder / "prompts", dataset, (), ("claude-sonnet-4-6",))
        plan = Plan(new_id(), dataset, found, ME)
        sent = [plan.request(lab, trial).body() for trial in plan.trials()]
    finally:
        store.close()
    return [
        ([{"role": "system", "content": each["system"]}] if "system" in each else []) + each["messages"]
        for each in sent
    ]


CHAT = '[{"role": "system", "content": "On {{topic}}."}, {"role": "user", "content": "{{q}}"}]'
TURNS = (
    '[{"role": "user", "content": "Of {{topic}}?"}, {"role": "assistant", "content": "Yes."},'
    ' {"role": "user", "content": "So: {{q}}"}]'
)
PROMPTS: list[tuple[str, dict[str, str], list[list[tuple[str, str]]]]] = [
    ("prompts: ['Say {{q}} of {{topic}}']", {}, [[("user", "Say ? of tea")]]),
    ("prompts: 'Say {{q}} of {{ topic | safe }}{# no #}'", {}, [[("user", "Say ? of tea")]]),
    ("prompts: ['{% raw %}{{x}}{% endraw %} {{q}}']", {}, [[("user", "{{x}} ?")]]),
    (
        "prompts: [file://p.txt]",
        {"p__txt": "A {{q}}\n---\nB {{q}}\n"},
        [[("user", "A ?")], [("user", "B ?")]],
    ),
    ("prompts: [p.md]", {"p__md": "# {{q}}\n"}, [[("user", "# ?")]]),
    (
        "prompts: [file://*.txt]",
        {"a__txt": "A {{q}}", "b__txt": "B {{q}}"},
        [[("user", "A ?")], [("user", "B ?")]],
    ),
    ("prompts: [file://c.json]", {"c__json": CHAT}, [[("system", "On tea."), ("user", "?")]]),
    (f"prompts:\n  - '{CHAT}'", {}, [[("system", "On tea."), ("user", "?")]]),
    (
        "prompts: [file://c.yaml]",
        {"c__yaml": "- role: system\n  content: On {{topic}}.\n- role: user\n  content: '{{q}}'\n"},
        [[("system", "On tea."), ("user", "?")]],
    ),
    (
        "prompts: [file://c.json]",
        {"c__json": TURNS},
        [[("user", "Of tea?"), ("assistant", "Yes."), ("user", "So: ?")]],
    ),
    ("prompts: [file://p.csv]", {"p__csv": "prompt,label\nA {{q}},first\n"}, [[("user", "A ?")]]),
    ("prompts: [{id: p.txt, label: named}]", {"p__txt": "{{q}} {{topic}}"}, [[("user", "? tea")]]),
    ("prompts: [{raw: '{{q}} {{topic}}', label: named}]", {}, [[("user", "? tea")]]),
]


@pytest.mark.parametrize(("text", "beside", "sent"), PROMPTS, ids=lambda each: str(each)[:40])
def test_prompts_are_sent_as_they_were(
    text: str, beside: dict[str, str], sent: list[list[tuple[str, str]]], tmp_path: Path
) -> None:
    imported(tmp_path, f"{text}\n{ONE}", **beside)
    assert [[(turn["role"], turn["content"]) for turn in each] for each in bodies(tmp_path)] == sent


def test_a_function_writes_prompts_only_where_it_may(tmp_path: Path) -> None:
    config = f"prompts: [file://p.py:make, '{{{{q}}}}']\n{ONE}"
    source = "def make(context):\n    return f\"About {context['vars']['topic']}: {context['vars']['q']}\"\n"
    made = imported(tmp_path / "no", config, p__py=source)
    assert "--run-python" in next(line.note for line in made.lines if line.fate == "unsupported")
    made = imported(tmp_path / "yes", config, run_python=True, p__py=source)
    assert sorted(made.datasets) == ["demo", "demo-2"]
    assert bodies(tmp_path / "yes", "demo-2")[0][0]["content"] == "About tea: ?"


def test_providers_become_models_and_fields_of_the_prompt(tmp_path: Path) -> None:
    config = """
prompts: ['{{q}}']
providers:
  - anthropic:messages:claude-haiku-5-5
  - id: anthropic:claude-sonnet-5-5
    config: {max_tokens: 77, temperature: 0, apiKey: sk-secret, thinking: {type: adaptive}}
  - openai:gpt-5
"""
    made = imported(tmp_path, config + ONE)
    assert made.datasets["demo"]["models"] == ["claude-haiku-5-5", "claude-sonnet-5-5"]
    prompt = prompts.load(tmp_path / "prompts", "demo")
    assert (prompt.max_tokens, prompt.thinking) == (77, {"type": "adaptive"})
    said = {line.key: line for line in made.lines if line.fate == "unsupported"}
    assert set(said) == {"temperature", "apiKey", "provider"} and "gpt-5" in said["provider"].note
    assert "sk-secret" not in "".join(path.read_text() for path in tmp_path.glob("[dp]*/**/*.*"))


def test_what_the_default_test_and_a_scenario_say_is_laid_under_each(tmp_path: Path) -> None:
    config = """
prompts: ['{{greeting}} in {{language}}']
defaultTest:
  vars: {greeting: Hello}
  assert: [{type: not-contains, value: Sorry}]
  metadata: {suite: basic}
scenarios:
  - config:
      - vars: {language: French, expected: Bonjour}
      - vars: {language: German, expected: Hallo}
    tests:
      - assert: [{type: contains, value: '{{expected}}'}]
      - vars: {greeting: Bye}
tests:
  - {description: alone, vars: {language: [Dutch, Danish]}}
"""
    made = imported(tmp_path, config)
    found = cases(tmp_path)
    assert [(case.columns["language"], case.columns["greeting"]) for case in found] == [
        ("Dutch", "Hello"), ("Danish", "Hello"),
        ("French", "Hello"), ("French", "Bye"), ("German", "Hello"), ("German", "Bye"),
    ]  # fmt: skip
    assert passes(found[2], "Bonjour") == [True, True] and passes(found[4], "Bonjour, Sorry") == [
        False,
        False,
    ]
    assert {case.tags for case in found} == {("suite=basic",)} and fates(made)["scenario"] == "converted"


FORMS = {
    "t__csv": "q,__expected1,__expected2,__description,__metadata:kind,__metadata:tags[],__threshold\n"
    '"a, b",contains: a,"icontains-any:x,B",first,k,"x,y",0.5\nc,c,,second,,,\n',
    "t__jsonl": '{"vars": {"q": "c"}, "assert": [{"type": "equals", "value": "c"}]}\n\n',
    "t__json": '[{"vars": {"q": "c"}, "assert": [{"type": "equals", "value": "c"}]}]',
    "t__yaml": "- vars: {q: c}\n  assert: [{type: equals, value: c}]\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_tests_are_read_from_files(name: str, tmp_path: Path) -> None:
    config = f"prompts: ['{{{{q}}}}']\ntests: file://{name.replace('__', '.')}\n"
    imported(tmp_path, config, **{name: FORMS[name]})
    last = cases(tmp_path)[-1]
    assert last.input == "c" and passes(last, "c") == [True] and passes(last, "d") == [False]
    if name == "t__csv":
        first = cases(tmp_path)[0]
        assert (first.id, first.tags, first.threshold) == ("first", ("kind=k", "tags=x", "tags=y"), 0.5)
        assert first.input == "a, b" and passes(first, "ab") == [True, True]


def test_functions_write_tests_and_their_configuration_reaches_them(tmp_path: Path) -> None:
    source = "def make(config):\n    return [{'vars': {'q': str(n)}} for n in range(config['n'])]\n"
    config = "prompts: ['{{q}}']\ntests:\n  - {path: 'file://t.py:make', config: {n: 3}}\n"
    imported(tmp_path, config, run_python=True, t__py=source)
    assert [case.input for case in cases(tmp_path)] == ["0", "1", "2"]


def test_values_come_from_files_and_from_each_other(tmp_path: Path) -> None:
    config = """
prompts: ['{{question}} {{data}}']
assertionTemplates: {mine: {type: contains, value: x}}
tests:
  - vars: {question: 'Hello {{name}}', name: Ann, data: file://d.json, extra: file://v.txt}
    options: {prefix: 'Note: '}
    assert: [{$ref: '#/assertionTemplates/mine'}]
"""
    imported(tmp_path, config, d__json='{"a": [1]}', v__txt="from a file")
    (case,) = cases(tmp_path)
    assert case.input == "Hello Ann" and case.columns["extra"] == "from a file"
    sent = bodies(tmp_path)[0][0]["content"]
    assert sent.startswith("Note: Hello Ann") and '"a"' in sent and passes(case, "x") == [True]


def test_pictures_go_along_and_lie_beside_the_dataset(tmp_path: Path) -> None:
    chat = (
        '[{"role": "user", "content": [{"type": "text", "text": "{{q}}"},'
        ' {"type": "image_url", "image_url": {"url": "{{image}}"}}]}]'
    )
    path = files(tmp_path / "theirs", c__json=chat, promptfooconfig__yaml=(
        "prompts: [file://c.json]\ntests: [{vars: {q: what, image: 'file://p.png'}}]\n"
    ))  # fmt: skip
    (tmp_path / "theirs" / "p.png").write_bytes(png())
    place(tmp_path, convert(path, "demo", tmp_path / "datasets", MODELS))
    (blocks,) = (turn["content"] for turn in bodies(tmp_path)[0])
    assert [block["type"] for block in blocks] == ["image", "text"]


LEFT = {
    "outputPath": "outputPath: x.json",
    "redteam": "redteam: {}",
    "options.transformVars": "defaultTest: {options: {transformVars: x}}",
    "evaluateOptions.delay": "evaluateOptions: {delay: 5}",
    "somethingNew": "somethingNew: 1",
}


@pytest.mark.parametrize("key", LEFT)
def test_no_key_is_dropped_in_silence(key: str, tmp_path: Path) -> None:
    made = imported(tmp_path, f"prompts: ['{{{{q}}}}']\n{ONE}{LEFT[key]}\n")
    (line,) = (line for line in made.lines if line.fate == "unsupported")
    assert line.where.endswith(key) and line.note


BROKEN = {
    "": "a configuration is a table",
    "prompts: [": "line 1: this is not YAML",
    "prompts: ['{{q}}']": "there are no tests",
    "tests: [{vars: {q: 1}}]\nprompts: ['{% if q %}{% endif %}']": "no prompt in it that the lab can use",
    "prompts: ['{{q}}']\ntests: file://gone.csv": "there is no such file",
    "prompts: ['{{q}}']\ntests: file://t.csv": "row 3: 1 field, but the header has 2",
    "prompts: ['{{q}}']\ntests: [{vars: file://gone.yaml}]": "there is no such file",
    "prompts: ['{{q}}']\ntests: [{vars: [1]}]": "vars are a table",
    "prompts: ['{{q}}']\ndefaultTest: [1]\ntests: [{vars: {q: 1}}]": "a test is a table",
    "a: &a [x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)
    ): "more than",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_configuration_is_a_sentence_and_nothing_is_written(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        imported(tmp_path, text, t__csv="q,r\na,b\nc\n")
    assert BROKEN[text] in str(error.value)
    assert {path.name for path in tmp_path.iterdir()} == {"theirs"}


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    imported(tmp_path, f"prompts: ['{{{{q}}}}']\n{ONE}")
    with pytest.raises(BadInput, match="is there already; nothing was written. Choose another --name"):
        imported(tmp_path, f"prompts: ['{{{{q}}}}']\n{ONE}")


def test_an_exported_dataset_comes_back_the_same(tmp_path: Path) -> None:
    config = """
prompts: ['{"role"} {{q}} of {{topic}}', file://c.json]
providers: [anthropic:messages:claude-haiku-5-5]
tests:
  - vars: {q: a, topic: tea}
    assert:
      - {type: contains-any, value: [x, y], weight: 2, metric: m}
      - {type: not-equals, value: z}
      - {type: equals, value: x, transform: 'JSON.parse(output).a'}
      - {type: latency, threshold: 1500}
      - {type: llm-rubric, value: is kind}
  - {vars: {q: b, topic: milk}, threshold: 0.5, metadata: {k: v}}
"""
    imported(tmp_path, config, c__json=CHAT)
    first = load(tmp_path / "datasets" / "demo.yaml")
    out = export(tmp_path / "prompts", first)
    again = tmp_path / "again"
    path = files(again / "theirs", promptfooconfig__yaml=documents.dump(out.config))
    made = convert(path, "demo", again / "datasets", MODELS)
    place(again, made)
    assert all(line.fate == "converted" for line in made.lines)
    second = load(again / "datasets" / "demo.yaml")
    assert bodies(tmp_path) == bodies(again)
    for one, other in zip(first.cases, second.cases, strict=True):
        graded = [
            [(check.grader.kind, check.grader.negated, check.expected) for check in case.graders]
            for case in (one, other)
        ]
        assert graded[0] == graded[1] and one.threshold == other.threshold


def test_the_tickets_come_in_and_go_out_the_same(tmp_path: Path) -> None:
    folder = os.environ.get("LAB_DATA")
    if not folder:
        assert os.environ.get("LAB_REQUIRE_DATA") != "1"
        pytest.skip("LAB_DATA names no folder with the tickets")
    source = Path(folder) / "tickets_promptfoo.csv"
    text = source.read_text(encoding="utf-8")
    config = "prompts: ['Sort: {{text}}']\ntests: file://tickets.csv\n"
    made = imported(tmp_path, config, tickets__csv=text)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert made.cases == len(rows) == 68 and all(line.fate == "converted" for line in made.lines)
    labels = sorted({row["label"] for row in rows})
    for case, row in zip(cases(tmp_path), rows, strict=True):
        wanted = row["__expected"].removeprefix("contains:")
        assert [passes(case, f"It is {label}.") == [True] for label in labels] == [
            wanted in f"It is {label}." for label in labels
        ]
    assert list(csv.DictReader(io.StringIO(sheet(load(tmp_path / "datasets" / "demo.yaml"))))) == rows
