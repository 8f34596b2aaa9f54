"""The page Settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

Opened = Callable[..., AppTest]

TOML = """max_tokens = 77
[routes.short]
model = "claude-haiku-5-5"
longest = 20
[endpoints.inhouse]
base_url = "http://127.0.0.1:9"
api_key_env = "INHOUSE_KEY"
"""
SECRET = "sk-very-secret"


@pytest.fixture
def team(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with settings and a key in it, before the lab is opened there."""
    (folder / "lab.toml").write_text(TOML)
    monkeypatch.setenv("INHOUSE_KEY", SECRET)
    return folder


def said(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info, app.code)
    return "\n".join(each.value for kind in kinds for each in kind)


def test_what_is_in_force_and_where_it_comes_from(team: Path, opened: Opened) -> None:
    rows = opened("settings").dataframe[0].value.set_index("setting")
    assert list(rows.loc["max_tokens"][["value", "from"]]) == ["77", "lab.toml, line 1"]
    assert list(rows.loc["user"][["value", "from"]]) == ["ana", "LAB_USER"]
    assert list(rows.loc["[routes.NAME]"][["value", "from"]]) == ["short", "lab.toml, line 2"]
    assert rows.loc["grace"]["from"] == "LAB_GRACE"
    (team / "lab.toml").write_text(TOML.replace("77", "78"))
    assert "Start it again" in opened("settings").warning[0].value
    (team / "lab.toml").write_text("max_tokens =")
    assert "The file is TOML" in opened("settings").error[0].value


def test_no_page_shows_a_key(team: Path, opened: Opened) -> None:
    for view in ("models", "health"):
        app = opened("settings", view=view)
        assert not app.exception and SECRET not in said(app) + str([each.value for each in app.dataframe])
    assert "**endpoint** inhouse http://127.0.0.1:9" in said(app).replace("\\", "")
    assert "broken" in said(app)


def test_rules_are_tried_and_the_lines_for_lab_toml_given(opened: Opened) -> None:
    app = opened("settings", view="routing")
    assert "No rule is in force" in said(app) and "No conversations in this time" in said(app)
    assert '[routes.short]\nmodel = "claude-haiku-5-5"' in app.code[0].value
    app = app.text_area("settings-rules").set_value('[routes.x]\nmodel = "claude-haiku"\nlongest = 5').run()
    assert "The rules above: routes.x.model: no model 'claude-haiku'" in app.error[0].value.replace("\\", "")
    app = app.text_area("settings-rules").set_value("[routes").run()
    assert "not TOML" in app.error[0].value
