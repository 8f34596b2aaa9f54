"""The table [alerts] of lab.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.alerting import Alerting, address, alerting
from lab.config import load
from lab.errors import BadInput

SECRET = "https://hooks.example.com/T0/SECRET"


def test_nothing_has_to_stand_there() -> None:
    assert alerting({}) == Alerting()
    assert alerting({"errors": 2, "webhook": SECRET}).errors == 2.0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("erors = 2", "no field 'erors'. Did you mean 'errors'?"),
        ("errors = -1", "'-1' is not a number from 0"),
        ("errors = true", "'True' is not a number"),
        ("errors = nan", "'nan' is not a number"),
        ('errors = "2"', "'2' is not a number"),
        ('webhook = "http://hooks.example.com/SECRET"', "must begin with https://"),
        ('webhook = "https://me:SECRET@example.com/x"', "without a user name"),
        ('webhook = "https://[SECRET"', "is not a URL"),
        ('webhook = "file:///SECRET"', "must hold a URL"),
        ("webhook = 3", "must hold a URL"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_without_a_secret(
    tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "lab.toml").write_text(f"max_tokens = 5\n[alerts]\n{line}\n")
    with pytest.raises(BadInput) as caught:
        load(tmp_path, {})
    assert said in str(caught.value) and "lab.toml, line 2, [alerts]" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_it_is_one_table(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text("alerts = 3\n")
    with pytest.raises(BadInput, match=r"must be a table: \[alerts\]"):
        load(tmp_path, {})


def test_a_webhook_is_a_url_or_the_variable_that_holds_one() -> None:
    assert address("", {}) is None
    assert address(SECRET, {}) == SECRET
    assert address("HOOK", {"HOOK": SECRET}) == SECRET
    assert address("HOOK", {"HOOK": "http://127.0.0.1:9/x"}) == "http://127.0.0.1:9/x"
    for environ in ({}, {"HOOK": "http://example.com/SECRET"}, {"HOOK": "SECRET"}):
        with pytest.raises(BadInput, match="The variable HOOK, ") as caught:
            address("HOOK", environ)
        assert "SECRET" not in str(caught.value)
