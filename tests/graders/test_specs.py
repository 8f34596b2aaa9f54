"""How graders are written in YAML, and what is said of those that are written wrongly."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from lab import documents, graders
from lab.errors import BadInput
from lab.graders import Grader, Place


def parsed(text: str, folder: Path = Path(".")) -> tuple[Grader, ...]:
    document = documents.parse(text, "x.yaml")
    return graders.parse_all(document.value, Place(folder, document.where))


def test_every_file_is_a_grader_with_a_description() -> None:
    assert {"contains", "equals", "icontains", "json_schema", "number", "python"} < set(graders.names())
    for name in graders.names():
        file = import_module(f"lab.graders.{name}")
        assert "`expected`" in getattr(file, name).__doc__


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("contains: x", 1, "graders are a list"),
        ("- equals", 1, "a grader is a table"),
        ("- 5", 1, "a grader is a table"),
        ("- [equals, x]", 1, "a grader is a table"),
        ("- equals: a\n- equal: b", 2, "there is no grader 'equal'. Did you mean 'equals'?"),
        ("- name: a\n  contain: b", 2, "Did you mean 'contains'?"),
        ("- xyzzy: a", 1, "There are: cites, contains, cost, equals"),
        ("- 1: a", 1, "there is no grader '1'"),
        ("- {}", 1, "this names no grader"),
        ("- name: a\n  of: last number", 1, "this names no grader"),
        ("- equals: a\n  contains: b", 1, "'equals' and 'contains' stand in one grader"),
        ("- equals: a\n  nme: b", 2, "equals has no option 'nme'. Did you mean 'name'?"),
        ("- equals: a\n  tolerance: 1", 2, "equals has no option 'tolerance'"),
        ("- number: 1\n  tolernce: 1", 2, "Did you mean 'tolerance'?"),
        ("- equals: a\n  name: 5", 2, "a name is one line of text"),
        ('- equals: a\n  name: ""', 2, "a name is one line of text"),
        ('- equals: a\n  name: "a\\nb"', 2, "a name is one line of text"),
        (f"- equals: a\n  name: {'x' * 101}", 2, "a name is one line of text"),
        ("- equals: a\n  name: n\n- contains: b\n  name: n", 4, "there are two graders called 'n'"),
        ("- contains: a\n- equals: b\n  name: contains", 3, "two graders called 'contains'"),
        ("- not: x", 1, "under `not` stands one grader"),
        ("- not:\n    not: {equals: x}", 1, "under `not` stands one grader"),
        ("- not:\n    equal: x", 2, "Did you mean 'equals'?"),
        ("- not:\n    equals: x\n    oof: 1", 3, "Did you mean 'of'?"),
        ("- not:\n    equals: x\n    name: a\n  name: b", 4, "'name' stands here twice"),
        ("- not: {equals: x}\n  contains: b", 2, "give each grader its own line"),
        ("- not:\n    contains:\n      - a\n      - b", 2, "write one `not` for each"),
        ("- equals:", 1, "equals needs a text, not None"),
        ("- equals: [a]", 1, "equals needs a text"),
        ("- equals: {a: b}", 1, "equals needs a text"),
        ('- contains: ""', 1, "a text to look for"),
        ("- contains: []", 1, "a text to look for"),
        ('- icontains: [a, ""]', 1, "a text to look for"),
        ("- contains: [a, [b]]", 1, "a text to look for"),
        ('- equals: a\n- regex: "("', 2, "'(' is not a regular expression: missing )"),
        ('- regex: "a{99999999999}"', 1, "is not a regular expression"),
        ('- regex: ""', 1, "a pattern must be text, and not empty"),
        ("- regex: 5", 1, "a pattern must be text"),
        ("- regex: [a]", 1, "a pattern must be text"),
        ("- number: abc", 1, "number needs a number, or a text with one in it, not 'abc'"),
        ("- number: true", 1, "number needs a number"),
        ("- number:", 1, "number needs a number"),
        ("- number: [1]", 1, "number needs a number"),
        ("- number: 1\n  tolerance: -1", 2, "a tolerance is a number from 0 up"),
        ("- number: 1\n  tolerance: 5%%", 2, "or a share such as 5%, not '5%%'"),
        ("- number: 1\n  tolerance: '%'", 2, "a tolerance is a number from 0 up"),
        ("- number: 1\n  tolerance: -5%", 2, "a tolerance is a number from 0 up"),
        ("- contains: {some: [a]}", 1, "{any: [a, b]} or {all: [a, b]}"),
        ("- contains: {any: [a], all: [b]}", 1, "{any: [a, b]} or {all: [a, b]}"),
        ("- contains: {any: []}", 1, "a text to look for"),
        ("- icontains: {any: [a, '']}", 1, "a text to look for"),
        ("- starts_with: ''", 1, "starts_with needs a text, not ''"),
        ("- starts_with: [a]", 1, "starts_with needs a text"),
        ("- json: [a]", 1, "json needs a table from paths to values"),
        ("- json: {}", 1, "json needs a table"),
        ("- json:\n    a: 1\n    a..b: 2", 1, "'a..b' is not a path in JSON"),
        ("- json: {a: 1}\n  threshold: 2", 2, "a threshold is a number from 0 to 1, such as 0.8, not 2"),
        ("- json: {a: 1}\n  threshold: true", 2, "a threshold is a number from 0 to 1"),
        ("- similarity: ''", 1, "similarity needs a text"),
        ("- similarity: []", 1, "similarity needs a text"),
        ("- similarity: a\n  measure: rouge", 2, "there is no measure 'rouge'. Did you mean 'rouge_l'?"),
        ("- similarity: a\n  measure: [edit]", 2, "there is no measure"),
        ("- language: english", 1, "'english' is no ISO 639-1 code of a language"),
        ("- language: []", 1, "language needs an ISO 639-1 code"),
        ("- language: 5", 1, "5 is no ISO 639-1 code"),
        ("- length: 5", 1, "length needs a table with `min` or `max`"),
        ("- length: {unit: words}", 1, "length needs a table with `min` or `max`"),
        ("- length:\n    max: 5\n    units: words", 3, "length has no 'units'. Did you mean 'unit'?"),
        ("- length:\n    max: 5\n    unit: word", 3, "there is no unit 'word'. Did you mean 'words'?"),
        ("- length:\n    max: many", 2, "max is a whole number from 0 up, not 'many'"),
        ("- length: {max: -1}", 1, "max is a whole number from 0 up"),
        ("- length: {max: true}", 1, "max is a whole number from 0 up"),
        ("- length: {min: 1.5}", 1, "min is a whole number from 0 up"),
        ("- length: {min: 5, max: 4}", 1, "min is 5, but max only 4"),
        ("- length: {max: 5, unit: tokens}\n  of: first json", 2, "length looks at the whole answer"),
        ("- latency: 0", 1, "a number of seconds above 0, not 0"),
        ("- latency: 2 s", 1, "a number of seconds above 0, not '2 s'"),
        ("- latency: {}", 1, "latency needs seconds"),
        ("- latency:\n    totl: 1", 2, "latency has no 'totl'. Did you mean 'total'?"),
        ("- latency:\n    total: 1\n    first_token: -1", 3, "a number of seconds above 0, not -1"),
        ("- latency: 2\n  of: last number", 2, "latency looks at the whole answer; `of` picks nothing of it"),
        ("- not: {refusal: true}\n  of: last number", 2, "refusal looks at the whole answer"),
        ("- cost: $1", 1, "a number of US dollars above 0, not '$1'"),
        ("- cost: true", 1, "a number of US dollars above 0"),
        ("- stop_reason: endturn", 1, "there is no stop reason 'endturn'. Did you mean 'end_turn'?"),
        ("- stop_reason: []", 1, "stop_reason needs a reason"),
        ("- stop_reason: [end_turn, 5]", 1, "there is no stop reason 5"),
        ("- refusal: yes please", 1, "refusal is true or false, not 'yes please'"),
        ("- refusal: 1", 1, "refusal is true or false, not 1"),
        ("- cites: false", 1, "cites is true"),
        ("- cites: some words", 1, "cites is true"),
        ("- tool_call: ''", 1, "a call is a tool's name"),
        ("- tool_call: []", 1, "a call is a tool's name"),
        ("- tool_call: 5", 1, "a call is a tool's name"),
        ("- tool_call:\n    - a\n    - 5", 3, "a call is a tool's name"),
        ("- tool_call:\n    name: a\n    argments: {}", 3, "Did you mean 'arguments'?"),
        ("- tool_call: {arguments: {a: 1}}", 1, "a call needs the `name` of its tool"),
        ("- tool_call:\n    name: a\n    arguments: 5", 3, "arguments are a table, not 5"),
        ("- tool_call:\n    name: a\n    schema: {type: strin}", 3, "this is not a JSON schema"),
        ("- number: 1\n  tolerance: NaN", 2, "a tolerance is a number from 0 up"),
        ("- number: 1\n  tolerance: true", 2, "a tolerance is a number from 0 up"),
        ("- number: 1\n  tolerance:", 2, "a tolerance is a number from 0 up"),
        ("- json_schema: 5", 1, "json_schema needs a schema"),
        ("- json_schema: [a]", 1, "json_schema needs a schema"),
        ("- json_schema: none.json", 1, "there is no file none.json"),
        ("- json_schema: {type: strin}", 1, "this is not a JSON schema: at $.type"),
        ('- json_schema: {pattern: "("}', 1, "this is not a JSON schema: at $.pattern"),
        ("- json_schema: {$schema: 'http://example.org/x'}", 1, "the dialect 'http://example.org/x'"),
        ("- json_schema: {$schema: 5}", 1, "the dialect 5"),
        ("- json_schema: {$ref: 'http://127.0.0.1:9/x'}", 1, "points to 'http://127.0.0.1:9/x'"),
        ("- json_schema: {items: [{$ref: '#/$defs/a'}]}", 1, "this is not a JSON schema"),
        ("- json_schema: {allOf: [{$ref: '#/$defs/a'}]}", 1, "points to '#/$defs/a', which is not in it"),
        ("- python: check.py", 1, "python needs `file.py:function`"),
        ("- python: ':f'", 1, "python needs `file.py:function`"),
        ("- python: [a]", 1, "python needs `file.py:function`"),
        ("- python: none.py:f", 1, "there is no file none.py"),
        ("- equals: a\n  of: last nmber", 2, "Did you mean 'last number'?"),
        ("- equals: a\n  of:", 2, "`of` picks one thing"),
        ("- equals: a\n  of: {json: a, regex: b}", 2, "`of` picks one thing"),
        ("- equals: a\n  of:\n    jsn: a", 3, "`of` cannot pick 'jsn'. Did you mean 'json'?"),
        ("- equals: a\n  of:\n    regex: '['", 3, "is not a regular expression"),
        ("- equals: a\n  of: {regex: 5}", 2, "a pattern must be text"),
        ("- equals: a\n  of: {json: 5}", 2, "5 is not a path in JSON"),
        ("- equals: a\n  of: {json: ''}", 2, "'' is not a path in JSON"),
        ("- equals: a\n  of: {json: .a}", 2, "is not a path in JSON"),
        ("- equals: a\n  of: {json: a..b}", 2, "is not a path in JSON"),
        ("- equals: a\n  of: {json: 'a[x]'}", 2, "is not a path in JSON"),
        ("- equals: a\n  of: {json: 'a[0'}", 2, "is not a path in JSON"),
        ("- equals: a\n  of: {json: 'a[0]b'}", 2, "is not a path in JSON"),
        ("- equals: a\n  of: {json: 'a.'}", 2, "is not a path in JSON"),
        ("- equals: a\n  of: {json: 'a.[0]'}", 2, "is not a path in JSON"),
        ("- not:\n    equals: a\n    of:\n      json: a.", 4, "is not a path in JSON"),
        ("- equals: a\n  weight: -1", 2, "a weight is a number from 0 to 1,000,000, not -1"),
        ("- equals: a\n  weight: true", 2, "a weight is a number"),
        ("- equals: a\n  weight: 1000001", 2, "a weight is a number"),
        ("- equals: a\n  weight: '2'", 2, "a weight is a number"),
        ("- equals: a\n  weight:", 2, "a weight is a number"),
        ("- equals: a\n  wieght: 2", 2, "Did you mean 'weight'?"),
        ("- equals: a\n  metric: 5", 2, "a metric is one line of text"),
        ('- equals: a\n  metric: ""', 2, "a metric is one line of text"),
        ('- equals: a\n  metric: "a\\tb"', 2, "a metric is one line of text"),
        ("- equals: a\n  threshold: 0.5", 2, "equals takes no threshold here. It passes or fails"),
        ("- judge: It is kind.\n  threshold: 7", 2, "judge takes no threshold here. It stands beside"),
    ],
)  # fmt: skip
def test_what_is_written_wrongly_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BadInput, match=rf"^x\.yaml, line {line}: ") as refused:
        parsed(text)
    assert words in str(refused.value)


def test_graders_without_a_name_are_counted() -> None:
    text = "- contains: a\n- not: {contains: b}\n- contains: c\n- contains: d\n  name: polite\n- contains: e"
    names = [grader.name for grader in parsed(text)]
    assert names == ["contains", "not contains", "contains 2", "polite", "contains 3"]
    document = documents.parse("- contains: f", "y.yaml")
    more = graders.parse_all(document.value, Place(Path("."), document.where), parsed(text))
    assert [grader.name for grader in more] == ["contains 4"]


def test_options_stand_beside_not_or_under_it() -> None:
    text = "- not: {number: 5}\n  tolerance: 1\n  name: a\n"
    beside, under = parsed(text + "- not: {number: 5, tolerance: 1, name: b}")
    assert (beside.ready, beside.negated, beside.name) == (under.ready, True, "a")


def test_common_options_stand_beside_not_or_under_it() -> None:
    (beside, under, plain) = parsed(
        "- not: {equals: a}\n  weight: 0\n  metric: tone\n"
        "- not: {equals: a, weight: 0, metric: tone}\n- equals: a"
    )
    assert (beside.weight, beside.metric) == (under.weight, under.metric) == (0.0, "tone")
    assert (plain.weight, plain.metric, plain.threshold) == (1.0, None, None)


def test_what_decides_a_grade_is_in_its_content_and_the_usual_is_left_out() -> None:
    plain, one, light, tone = (
        graders.content(each, each.ready)
        for each in parsed(
            "- {equals: a, name: n}\n- {equals: a, name: o, weight: 1}\n"
            "- {equals: a, name: p, weight: 0.5}\n- {equals: a, name: q, metric: tone}"
        )
    )
    assert plain == {"grader": "equals", "name": "n", "not": False, "of": None, "expected": "a"}
    assert one == {**plain, "name": "o"}
    assert light == {**plain, "name": "p", "weight": 0.5}
    assert tone == {**plain, "name": "q", "metric": "tone"}


def test_templates_are_filled_before_they_are_checked() -> None:
    (grader,) = parsed('- number: "{{answer}}"\n  tolerance: "{{off}}"')
    values = {"{{answer}}": "#### 18", "{{off}}": 2}
    assert graders.filled(grader, values.__getitem__) == parsed("- number: 18\n  tolerance: 2")[0].ready
    values["{{answer}}"] = "none"
    with pytest.raises(BadInput, match=r"^x\.yaml, line 1 \(for row 7\): number needs a number"):
        graders.filled(grader, values.__getitem__, "row 7")


def test_templates_are_filled_within_tables_and_schemas_are_taken_as_they_stand() -> None:
    text = (
        '- json: {"a.b": "{{x}}", c: ["{{y}}", 1]}\n'
        '- tool_call: [{name: t, arguments: {q: {deep: "{{x}}"}}}]\n'
        '- contains: {any: ["{{x}}", z]}\n'
        '- json_schema: {const: "{{x}}"}\n'
    )
    values = {"{{x}}": 5, "{{y}}": "six"}
    fields, calls, words, schema = (graders.filled(each, values.__getitem__) for each in parsed(text))
    assert [(each.path, each.value) for each in fields] == [("a.b", 5), ("c", ["six", 1])]
    assert calls[0].arguments == {"q": {"deep": 5}}
    assert words.texts == ("5", "z")
    assert schema.table == {"const": "{{x}}"}


def test_a_threshold_counts_where_it_is_not_the_usual_one() -> None:
    usual, said, other = parsed(
        "- {similarity: a, name: n}\n- {similarity: a, name: o, threshold: 0.75}\n"
        "- {similarity: a, name: p, threshold: 0.5}"
    )
    assert "threshold" not in graders.content(usual, usual.ready) | graders.content(said, said.ready)
    assert graders.content(other, other.ready)["threshold"] == 0.5


def test_a_list_from_a_column_is_refused_under_not() -> None:
    plain, negated = parsed('- contains: "{{words}}"\n- not: {contains: "{{words}}"}')
    assert graders.filled(plain, lambda text: ["a", "b"]) == ["a", "b"]
    with pytest.raises(BadInput, match="line 2"):
        graders.filled(negated, lambda text: ["a", "b"])


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("s.json", "{", "s.json is not JSON: .* on its line 1"),
        ("s.json", "[]", "json_schema needs a schema"),
        ("s.json", "[" * 100_000, "s.json cannot be read"),
        ("s.yaml", "type: [", r"s\.yaml, line 1"),
        ("s.yaml", "type: strin", "not a JSON schema"),
    ],
)
def test_schema_files_are_checked(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=words):
        parsed(f"- json_schema: {name}", tmp_path)


def test_names_that_look_like_numbers_are_text_in_a_schema() -> None:
    (grader,) = parsed("- json_schema: {properties: {1: {type: 'null'}, b: {}}}")
    for text, passed in (('{"1": null}', True), ('{"1": 5}', False)):
        assert graders.grade(grader, graders.Sample(text), grader.ready).passed is passed


def test_schema_files_say_what_tables_say(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"type": "integer"}')
    (tmp_path / "s.yaml").write_text("type: integer")
    a, b, c = (grader.ready for grader in parsed("- json_schema: s.json\n- json_schema: s.yaml\n"
                                                 "- json_schema: {type: integer}", tmp_path))  # fmt: skip
    assert a == b == c
