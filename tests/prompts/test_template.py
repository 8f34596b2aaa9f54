"""Templates fill in names, once, and do nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import BadInput
from lab.prompts.template import NAME, Fault, placeholders, render

names = st.from_regex(NAME, fullmatch=True)

PAYLOADS = [
    "{{7*7}}",
    "{{ 7 * '7' }}",
    "{{config}}",
    "{{config.items()}}",
    "{{self.__init__.__globals__}}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{{request.application.__globals__.__builtins__.__import__('os').popen('id').read()}}",
    "{{'a'*10**8}}",
    "{{ x|attr('__class__') }}",
    "{{lipsum.__globals__['os'].system('id')}}",
    "{{cycler.__init__.__globals__.os.popen('id')}}",
    "{{[].append(1)}}",
    '{{"a".join(["b"])}}',
    "{{namespace(a=1)}}",
    "{{#if x}}",
    "{{> partial}}",
    "{{{x}}}",
    "{{x!r}}",
    "{{x:>99999999}}",
    "{{ x if y else z }}",
    "{{}}",
    "{{ }}",
    "{{x",
    "{{x}",
    "{{x\n}}",
    "{{größe}}",
    "{{0}}",
    "{{x-y}}",
    "{{\u200bx}}",
    "{{" + "x" * 65 + "}}",
    "{{" * 1000,
]

LITERAL = [
    "{% for x in y %}{% endfor %}",
    "{# comment #}",
    "{x}",
    "{0.__class__}",
    "${x}",
    "$(id)",
    "`id`",
    "<%= x %>",
    "#{x}",
    "%s %(x)s",
    '{"a": {"b": 1}}',
    "}} }}",
    "\\",
    "\\n",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_no_name_is_refused_in_a_template(payload: str) -> None:
    with pytest.raises(Fault, match=r"^line 2 of the text: .*\{\{") as refused:
        render(f"first\n{payload}", {"x": "1", "config": "2"} if payload != "{{config}}" else {})
    assert refused.value.below == 1
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("payload", PAYLOADS + LITERAL)
def test_a_value_is_never_read_as_a_template(payload: str) -> None:
    assert render("<{{x}}|{{ y\t}}>", {"x": payload, "y": "{{x}}"}) == f"<{payload}|{{{{x}}}}>"


@pytest.mark.parametrize("text", LITERAL)
def test_other_languages_of_templates_are_plain_text(text: str) -> None:
    assert render(text, {"x": "1"}) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("", ""),
        ("{{x}}", "1"),
        ("{{ x }}{{x}}", "11"),
        (r"\{{x}}", "{{x}}"),
        (r"\{{ {{x}} }}", "{{ 1 }}"),
        (r"\\{{x}}", "\\{{x}}"),
        ('{"a": {"b": {{x}}}}', '{"a": {"b": 1}}'),
        ("{{x}}}}", "1}}"),
        ("{ {{x}}", "{ 1"),
        ("a\r\n{{x}}\r\n", "a\r\n1\r\n"),
    ],
)
def test_names_are_filled_in(template: str, text: str) -> None:
    assert render(template, {"x": "1"}) == text


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("{{x|upper}}", "uses a filter"),
        ("{{x.y}}", "looks inside a value"),
        ("{{}}", "names nothing"),
        ("{{{x}}}", "a brace too many"),
        ('{{"a": 1}}', "is not a name"),
        ("{{7*7}}", "Nothing is calculated"),
        ("{{x", "is not closed"),
        ("{{x\ny}}", "is not closed by }} on its line"),
    ],
)
def test_the_sentence_says_why(inside: str, words: str) -> None:
    with pytest.raises(BadInput, match="plain braces") as refused:
        render(inside, {})
    assert words in str(refused.value)


@given(st.lists(st.text() | names.map(lambda name: f"{{{{{name}}}}}")), st.text())
def test_any_text_is_rendered_or_refused(parts: list[str], value: str) -> None:
    template = "".join(parts)
    try:
        found = [each.name for each in placeholders(template)]
    except Fault as fault:
        assert 0 <= fault.below <= template.count("\n")
        return
    rendered = render(template, dict.fromkeys(found, value))
    if not found and "\\{{" not in template:
        assert rendered == template


@given(names, st.text().filter(lambda text: "{{" not in text and not text.endswith(("\\", "{"))), st.text())
def test_a_value_stands_where_its_name_stood(name: str, around: str, value: str) -> None:
    assert render(f"{around}{{{{{name}}}}}{around}", {name: value}) == f"{around}{value}{around}"


@given(st.text())
def test_every_text_can_be_written_as_a_template(text: str) -> None:
    text = text.replace("\\{{", "")
    assert render(text.replace("{{", "\\{{"), {}) == text


def test_a_long_template_is_rendered() -> None:
    template = "x{{a}} \\{{ }} {\n" * 70_000
    assert len(template) > 1_000_000
    assert render(template, {"a": "{{a}}"}).count("{{a}}") == 70_000
