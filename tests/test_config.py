"""Settings: what holds, and what every wrong one is answered with."""

from __future__ import annotations

import os
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.config import TABLES, Settings, load, load_env_file, strangers
from lab.errors import BadInput

DEEP = "x = " + "[" * 3000


def loaded(folder: Path, toml: str | bytes = "", **environ: str) -> Settings:
    (folder / "lab.toml").write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    return load(folder, environ)


def test_without_file_and_variables_the_defaults_hold(tmp_path: Path) -> None:
    found = load(tmp_path, {})
    assert found.db == tmp_path / ".lab/lab.db"
    assert found.user  # who is logged in
    for setting in fields(Settings):
        if setting.name not in ("db", "user", *TABLES):
            assert getattr(found, setting.name) == setting.default
    assert (found.models, found.endpoints) == ({}, {})


@pytest.mark.parametrize(
    ("toml", "environ", "name", "value"),
    [
        ("max_tokens = 5", {}, "max_tokens", 5),
        ("max_tokens = 5", {"LAB_MAX_TOKENS": "6"}, "max_tokens", 6),
        ("max_tokens = 5", {"LAB_MAX_TOKENS": ""}, "max_tokens", 5),
        ("", {"LAB_MAX_TOKENS": "1_000"}, "max_tokens", 1000),
        ("total_timeout = 5", {}, "total_timeout", 5.0),
        ("", {"LAB_TOTAL_TIMEOUT": "0.5"}, "total_timeout", 0.5),
        ("longest_wait = 0", {}, "longest_wait", 0.0),
        ("sim_speed = 0.0", {}, "sim_speed", 0.0),
        ("\ufeffmodel = 'm'\r\nuser = 'é 日本'", {}, "user", "é 日本"),
        ("user = 'a'", {"LAB_USER": "b"}, "user", "b"),
        ("[models.x]\ncontext = 5", {}, "models", {"x": {"context": 5}}),
        ("models.x.context = 5", {"LAB_MODELS": "ignored"}, "models", {"x": {"context": 5}}),
        ("[endpoints]\nx = {base_url = 'https://x'}", {}, "endpoints", {"x": {"base_url": "https://x"}}),
    ],
)
def test_the_environment_goes_before_the_file(
    tmp_path: Path, toml: str, environ: dict[str, str], name: str, value: Any
) -> None:
    found = getattr(loaded(tmp_path, toml, **environ), name)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("written", "found"),
    [("a/b.db", "{folder}/a/b.db"), ("/a/b.db", "/a/b.db"), ("~/b.db", "{home}/b.db"), ("~", "{home}")],
)
def test_a_path_starts_from_the_folder_or_from_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, found: str
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    expected = Path(found.format(folder=tmp_path, home="/home/me"))
    assert loaded(tmp_path, f"db = '{written}'").db == expected
    assert loaded(tmp_path, LAB_DB=written).db == expected


@pytest.mark.parametrize(
    ("toml", "line", "words"),
    [
        ("model = \n", 1, "Invalid value."),
        ("\n\nmodel = claude", 3, "quotes"),
        ("model = 'a'\nmodel = 'b'", 2, "Cannot overwrite a value."),
        ("model = 'a'\n[model]", 2, "Cannot overwrite a value."),
        ("model = 'a", 1, ""),
        ("user = '''\n\n", 2, ""),
        ("[models.x]\n[models.x]", 2, "Cannot declare"),
        ("modle = 'a'", 1, "no setting 'modle'. Did you mean 'model'?"),
        ("#\n'mod el' = 1", 2, "Did you mean 'model'?"),
        ("zzz.y = 1", 1, "no setting 'zzz'. There are: model, max_tokens, db, "),
        ("[endpoint.x]", 1, "no setting 'endpoint'. Did you mean 'endpoints'?"),
        ("max_tokens = '5'", 1, 'max_tokens must be a whole number from 1 to 1,000,000,000, not "5".'),
        ("max_tokens = 0", 1, "not 0."),
        ("max_tokens = true", 1, "not true."),
        ("max_tokens = 5.0", 1, "not 5.0."),
        (f"max_tokens = {10**30}", 1, "must be a whole number from 1"),
        ("\ntotal_timeout = 0", 2, "total_timeout must be a number above 0, up to 1,000,000,000, not 0."),
        ("silence_timeout = nan", 1, "not NaN."),
        ("silence_timeout = inf", 1, "not Infinity."),
        ("silence_timeout = 1e999", 1, "not Infinity."),
        (f"silence_timeout = {10**400}", 1, "must be a number above 0"),
        ("sim_speed = -0.1", 1, "sim_speed must be a number from 0, up to 1,000,000,000, not -0.1."),
        ("longest_wait = false", 1, "not false."),
        ("model = ''", 1, 'model must be one line of text, not "".'),
        ("model = 2026-11-30", 1, "one line of text"),
        ("model = ['a']", 1, 'not ["a"].'),
        ('user = "a\\u001b[31m"', 1, "one line of text"),
        ('db = "a\\u0000b"', 1, "one line of text"),
        ("db = '~nobody-here/x'", 1, "home folder of nobody here"),
        ("models = 3", 1, "models must be tables: [models.NAME], not 3."),
        ("[[models]]\na = 1", 1, "models must be tables"),
        ("[models]\nx = 3", 1, '[models."x"] must be a table.'),
        ("max_tokens = 5\n\n[models.'x']\ncontxt = 1", 3, "no field 'contxt'. Did you mean 'context'?"),
        (
            '[models.a]\n[ models . "x" ]\nprices = [{input = "a"}]',
            2,
            "prices, row 1, input: 'a' is not a number",
        ),
        ("models.x.context = 'a'", 1, "context: 'a' is not a whole number"),
        ("[endpoints.x]\nbase_url = 'http://x'", 1, "base_url must start with https://"),
        (
            "[endpoints.y]\nbase_url='https://y'\n[endpoints.x]\nbase_url = 'https://a:b@x'",
            3,
            "must not hold",
        ),
        (b"user = 'a'\nmodel = '\xff'", 2, "this is not UTF-8."),
    ],
)
def test_a_wrong_file_is_named_with_the_line(
    tmp_path: Path, toml: str | bytes, line: int, words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        loaded(tmp_path, toml)
    sentence = str(caught.value)
    assert sentence.startswith(f"{tmp_path / 'lab.toml'}, line {line}")
    assert words in sentence
    assert "a:b@" not in sentence


@pytest.mark.parametrize("toml", [DEEP, f"max_tokens = {'9' * 5000}"])
def test_a_file_that_cannot_be_taken_in_is_named(tmp_path: Path, toml: str) -> None:
    with pytest.raises(BadInput, match=r"lab\.toml cannot be read: .{,99}$"):
        loaded(tmp_path, toml)


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").mkdir()
    with pytest.raises(BadInput, match=r"lab\.toml cannot be read: Is a directory\.$"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        (
            "LAB_MAX_TOKENS",
            "abc",
            'LAB_MAX_TOKENS must be a whole number from 1 to 1,000,000,000, not "abc".',
        ),
        ("LAB_MAX_TOKENS", "1.5", 'not "1.5".'),
        ("LAB_MAX_TOKENS", "-3", "not -3."),
        ("LAB_MAX_TOKENS", "9" * 5000, 'not "999'),
        ("LAB_TOTAL_TIMEOUT", "nan", "LAB_TOTAL_TIMEOUT must be a number above 0"),
        ("LAB_TOTAL_TIMEOUT", "0", "not 0.0."),
        ("LAB_SIM_SPEED", "inf", "not Infinity."),
        ("LAB_MODEL", "a\nb", "LAB_MODEL must be one line of text"),
        ("LAB_USER", "a\udcff", "LAB_USER must be one line of text"),
        ("LAB_DB", "~nobody-here/x", "LAB_DB begins with the home folder of nobody here"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, variable: str, value: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        loaded(tmp_path, **{variable: value})
    sentence = str(caught.value)
    assert sentence.startswith(variable) and words in sentence
    assert len(sentence) < 200


def test_variables_that_set_nothing_are_told() -> None:
    assert strangers({"LAB_MAX_TOKENS": "1", "LAB_DATA": "/data", "HOME": "/", "LABEL": "x"}) == []
    assert strangers({"LAB_MAX_TOKEN": "1"}) == ["LAB_MAX_TOKEN sets nothing. Did you mean 'LAB_MAX_TOKENS'?"]


def test_an_env_file_sets_what_is_not_set_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("T_PLAIN", "T_QUOTED", "T_EXPORTED", "T_EMPTY", "T_SET")
    for name in names:  # so that each is taken away again in the end
        monkeypatch.setenv(name, "old")
        if name != "T_SET":
            monkeypatch.delenv(name)
    (tmp_path / ".env").write_text(
        "\ufeffT_PLAIN=a # said\n\n# more\nT_QUOTED=\"b # c\"\nexport T_EXPORTED='d'\nT_EMPTY=\nT_SET=new\n"
    )
    load_env_file(tmp_path)
    assert [os.environ[name] for name in names] == ["a", "b # c", "d", "", "old"]


@pytest.mark.parametrize("make", [lambda file: None, lambda file: file.mkdir(), lambda file: file.touch()])
def test_no_env_file_or_an_environment_of_that_name_is_nothing(tmp_path: Path, make: Any) -> None:
    make(tmp_path / ".env")
    before = dict(os.environ)
    load_env_file(tmp_path)
    assert os.environ == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"ANTHROPIC_API_KEY sk-secret\n", "line 1: this is not NAME=value."),
        (b"\n\nT_A='sk-secret\n", "line 3: this is not NAME=value."),
        (b"# a\nT_A=sk-\0secret\n", "line 2: this is not NAME=value."),
        (b"T_A=sk-secret\nT_B=\xff\n", "line 2: this is not UTF-8."),
    ],
)
def test_a_wrong_env_file_is_named_and_changes_nothing(tmp_path: Path, text: bytes, words: str) -> None:
    (tmp_path / ".env").write_bytes(text)
    before = dict(os.environ)
    with pytest.raises(BadInput) as caught:
        load_env_file(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / '.env'}, {words}")
    assert "secret" not in str(caught.value)
    assert os.environ == before


NAMES = st.sampled_from(
    [*(setting.name for setting in fields(Settings)), "nonsense", "models.x", "endpoints.'a b'"]
)
VALUES = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats().map(str),
    st.text(max_size=20).map(lambda text: f"'{text}'"),
    st.sampled_from(
        ["true", "[]", "{}", "{context = 5}", "{base_url = 'https://x'}", "2026-01-01", '"\\u0000"', "'~'"]
    ),
)
LINES = st.one_of(
    st.builds("{} = {}".format, NAMES, VALUES),
    NAMES.map("[{}]".format),
    st.builds("{} = {}".format, st.sampled_from(["context", "base_url", "prices", "a"]), VALUES),
    st.text(max_size=30),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES, max_size=6).map("\n".join))
def test_any_text_gives_settings_or_a_sentence_that_names_the_file(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lab.toml"
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            found = load(Path(folder), {})
        except BadInput as error:
            assert str(error).startswith(str(file))
        else:
            assert found.max_tokens >= 1 and found.total_timeout > 0 and found.db.is_absolute()


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([s.name for s in fields(Settings) if s.name not in TABLES]), st.text(max_size=20))
def test_any_variable_gives_settings_or_a_sentence_that_names_it(name: str, value: str) -> None:
    variable = f"LAB_{name.upper()}"
    try:
        load(Path("/nowhere"), {variable: value})
    except BadInput as error:
        assert str(error).startswith(variable)
