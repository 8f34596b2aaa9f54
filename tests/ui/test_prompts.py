"""The Prompts page: read, compared, edited, saved and labelled, by one person and by two at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lab import prompts, store
from lab.engine import Lives
from lab.types import Principal

Opened = Callable[..., AppTest]
HOSTILE = "# <img src=x onerror=alert(1)> **bold** [link](javascript:alert(1)) $x$ :red[no] `code`"


@pytest.fixture
def shelf(folder: Path) -> Path:
    """The folder of prompts, with `tone`: version 1, in production, and 2."""
    place = folder / "prompts"
    first = {"system": "Be kind.\n", "description": "Sets the tone.", "message": "The first."}
    prompts.save(place, "tone", first, None)
    prompts.save(place, "tone", {**first, "system": "Be kind and brief.\n", "message": "Less talk."}, 1)
    prompts.label(place, "tone", "production", 1)
    return place


def said(app: AppTest) -> str:
    """Everything that the page says in words."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info, app.success, app.text, app.code)
    return "\n".join(str(each.value) for kind in kinds for each in kind).replace("\\", "")


def button(app: AppTest, key: str) -> Any:
    (found,) = [each for each in app.button if each.key == key]
    return found


def buttons(app: AppTest) -> set[str]:
    return {each.key for each in app.button}


def differences(app: AppTest) -> list[dict[str, Any]]:
    """What the tables of differences show, field by field."""
    shown = [
        each.proto for each in app.get("bidi_component") if each.proto.component_name == "lab_difference"
    ]
    return [change for proto in shown for change in json.loads(proto.json)["changes"]]


def box(app: AppTest, name: str) -> Any:
    """A box of the form by the end of its key."""
    every = (*app.text_area, *app.text_input, *app.selectbox, *app.number_input)
    (found,) = [
        each for each in every if each.key.startswith("prompts-edit-") and each.key.endswith(f"-{name}")
    ]
    return found


def turn(app: AppTest, mode: str) -> AppTest:
    (found,) = [each for each in app.segmented_control if each.key.endswith("-mode")]
    return found.set_value(mode).run()


def edit(app: AppTest, text: str, why: str = "Because.", name: str = "system") -> AppTest:
    box(app, name).set_value(text)
    box(app, "message").set_value(why)
    return app.run()


def sound(app: AppTest) -> AppTest:
    assert not app.exception and not app.error, [each.value for each in (*app.exception, *app.error)]
    return app


def address(app: AppTest) -> dict[str, str]:
    return {name: each if isinstance(each, str) else each[0] for name, each in app.query_params.items()}


def drafts(lives: Lives) -> list[dict[str, Any]]:
    return store.drafts(lives.lab.store.read, Principal("ana"))


def test_without_prompts_the_page_says_what_to_do(opened: Opened, folder: Path) -> None:
    (folder / "prompts").rename(folder / "elsewhere")
    app = sound(opened("prompts"))
    assert "No prompts yet" in said(app) and "prompts-new-open" in buttons(app)


def test_every_prompt_and_set_has_a_row(opened: Opened, shelf: Path) -> None:
    prompts.label(shelf, "tone", "staging", {1: 90, 2: 10})
    (shelf / "tone" / "v3.yaml").write_text("system: three\n")
    app = sound(opened("prompts"))
    assert {"prompts-open-tone", "prompts-open-support", "prompts-open-fewshot/support"} <= buttons(app)
    for words in ("production → 1", "staging → 1 (90%), 2 (10%)", "Sets the tone.", "unpublished: 3"):
        assert words in said(app)
    button(app, "prompts-open-tone").click().run()
    assert address(app) == {"prompt": "tone"} and app.title[0].value == "tone"


def test_a_broken_prompt_says_so_in_its_row_and_the_others_go_on(opened: Opened, shelf: Path) -> None:
    (shelf / "tone" / "v1.yaml").write_text("sytem: x\n")
    (shelf / "tickets" / "labels.yaml").write_text("labels: [1]\n")
    app = opened("prompts")
    assert not app.exception and len(app.error) == 2
    assert "prompts/tone/labels.yaml" in said(app) and "was published as" in said(app)
    assert "production → 2" in said(app) and {"prompts-open-tone", "prompts-open-support"} <= buttons(app)
    one = opened("prompts", prompt="tone")
    assert "was published as" in one.error[0].value and "sytem: x" in said(one)
    assert "Be kind and brief." in said(sound(opened("prompts", prompt="tone", version="2")))
    assert not opened("prompts", prompt="tickets", view="versions").exception


def test_search_and_a_look_through_everything(opened: Opened, shelf: Path) -> None:
    (shelf / "Odd *name*").mkdir()
    app = opened("prompts")
    found = app.text_input(key="prompts-search").set_value("TONE").run()
    assert [each for each in buttons(found) if each.startswith("prompts-open-")] == ["prompts-open-tone"]
    assert "Nothing of that name" in said(app.text_input(key="prompts-search").set_value("zzz").run())
    button(app, "prompts-verify").click().run()
    assert "'Odd *name*' is not a name" in said(app)
    (shelf / "Odd *name*").rmdir()
    assert "are sound" in said(button(app, "prompts-verify").click().run())


@pytest.mark.parametrize(
    "name", ["../../etc", "Tone", "<b>x</b>", "", "fewshot", "fewshot/../tone", "a\nb", "toen"]
)
def test_a_name_that_is_none_is_told_and_leads_back(name: str, opened: Opened, shelf: Path) -> None:
    app = opened("prompts", prompt=name)
    assert not app.exception and len(app.error) == 1
    button(app, "prompts-all").click().run()
    assert address(sound(app)) == {} and "prompts-open-tone" in buttons(app)


def test_a_version_is_read_whole(opened: Opened, shelf: Path) -> None:
    app = sound(opened("prompts", prompt="support", version="3"))
    whole = said(app)
    thing = prompts.load(shelf, "support@3")
    for text in (thing.system, thing.user, (shelf / "support" / "v3.yaml").read_text()):
        assert text.rstrip() in [each.value.rstrip() for each in app.code]
    assert thing.hash[:12] in whole and app.selectbox(key="prompts-version").value == "3"
    tables = [frame.value for frame in app.dataframe]
    assert "support@1, as turns" in tables[0]["Value"].tolist()
    assert tables[1]["Name"].tolist() == ["plan", "features"]
    assert app.get("page_link")[0].proto.label == "Try it in chat"
    assert "support%403" in str(app.get("page_link")[0].proto) or "support@3" in str(
        app.get("page_link")[0].proto
    )
    button(app, "prompts-read-set").click().run()
    assert address(app) == {"prompt": "fewshot/support", "version": "1"}
    assert "does harbor sync with notion??" in [each.value for each in app.text]
    assert not app.get("page_link")


def test_the_address_says_which_version_and_which_view(opened: Opened, shelf: Path) -> None:
    app = sound(opened("prompts", prompt="tone"))
    assert app.selectbox(key="prompts-version").value == "1"  # production
    app.selectbox(key="prompts-version").set_value("2").run()
    assert address(app) == {"prompt": "tone", "version": "2"} and "Less talk." in said(app)
    app.segmented_control(key="prompts-view").set_value("compare").run()
    assert address(app) == {"prompt": "tone", "version": "2", "view": "compare"}
    staged = opened("prompts", prompt="support", version="staging")
    assert staged.selectbox(key="prompts-version").value == "3"
    gone = opened("prompts", prompt="tone", version="9")
    assert gone.error[0].value.replace("\\", "") == "tone has no version 9; it has 2, 1."


def test_what_a_file_holds_is_shown_as_it_is(opened: Opened, shelf: Path) -> None:
    given = {"system": HOSTILE, "description": HOSTILE, "message": HOSTILE, "user": "{{input}} <script>"}
    prompts.save(shelf, "tone", given, 2)
    pairs = [{"input": HOSTILE, "output": HOSTILE}, {"input": "a", "output": {"b": HOSTILE}}]
    prompts.save(shelf, "fewshot/tone", {"examples": pairs, "description": HOSTILE}, None)
    for params in (
        {},
        {"prompt": "tone", "version": "3"},
        {"prompt": "tone", "view": "versions"},
        {"prompt": "tone", "view": "edit", "version": "3"},
        {"prompt": "fewshot/tone"},
    ):
        app = sound(opened("prompts", **params))
        for each in (*app.markdown, *app.caption):
            assert not each.allow_html
            assert not re.search(r"(?<!\\)(<img|\*\*bold|\]\(java|:red\[|`code)", each.value)
    app = sound(opened("prompts", prompt="tone", view="compare", version="3", **{"with": "2"}))
    shown = {change["field"]: change["stretches"] for change in differences(app)}
    assert ["+", HOSTILE] in [piece for stretch in shown["system"] for piece in stretch]


def test_two_versions_are_compared_field_by_field(opened: Opened, shelf: Path) -> None:
    app = sound(opened("prompts", prompt="tone", view="compare"))
    assert app.selectbox(key="prompts-version").value == "2"
    assert app.selectbox(key="prompts-with").value == "1"
    assert differences(app) == [
        {
            "field": "system",
            "prose": True,
            "stretches": [[["=", "Be "], ["-", "kind.\n"], ["+", "kind and brief.\n"]]],
        }
    ]
    app.selectbox(key="prompts-with").set_value("2").run()
    assert "They say the same." in said(app) and address(app)["with"] == "2"


def test_a_new_version_is_saved_with_its_reason_and_as_a_patch(
    opened: Opened, shelf: Path, lives: Lives
) -> None:
    app = sound(opened("prompts", prompt="tone", view="edit", version="2"))
    edit(app, "Be kind, brief and clear.\n", "")
    assert address(app)["draft"] == drafts(lives)[0]["id"]
    button(app, "prompts-save").click().run()
    assert "Say why there is a new version" in app.error[0].value
    box(app, "message").set_value("Clearer.")
    button(app, "prompts-save").click().run()
    assert address(sound(app)) == {"prompt": "tone", "version": "3"}
    assert "Saved as version 3, in prompts/tone/v3.yaml." in said(app)
    assert (shelf / "tone" / "v3.yaml").read_text() == (
        "description: Sets the tone.\nmessage: Clearer.\nsystem: |\n  Be kind, brief and clear.\n"
    )
    (patch,) = [each.value for each in app.code if each.language == "diff"]
    assert "+++ b/prompts/tone/v3.yaml" in patch and "--- a/prompts/tone/labels.yaml" in patch
    assert drafts(lives) == [] and prompts.verify(shelf) == []
    assert "Clearer." in said(opened("prompts", prompt="tone", view="versions"))


def test_every_box_goes_into_the_file(opened: Opened, shelf: Path) -> None:
    app = sound(opened("prompts", prompt="tone", view="edit", version="2"))
    box(app, "system").set_value("Be {{how}}.")
    box(app, "description").set_value("Another tone.")
    box(app, "variables").set_value("how: {default: kind}")
    box(app, "others").set_value("stop_sequences: [END]")
    box(app, "effort").set_value("low")
    box(app, "model").set_value("claude-opus-5-5")
    box(app, "max_tokens").set_value(99)
    box(app, "set").set_value("support")
    app.run()
    box(app, "place").set_value("system")
    box(app, "message").set_value("All of it.")
    button(app, "prompts-save").click().run()
    thing = prompts.load(shelf, "tone@3")
    assert address(sound(app))["version"] == "3"
    assert (thing.system, thing.description, thing.effort, thing.model) == (
        "Be {{how}}.",
        "Another tone.",
        "low",
        "claude-opus-5-5",
    )
    assert (thing.max_tokens, thing.stop_sequences, thing.variables["how"].default) == (99, ("END",), "kind")
    assert (thing.examples.set, thing.examples.place) == ("support", "system")


def test_what_is_wrong_is_told_with_its_line_and_nothing_typed_is_lost(opened: Opened, shelf: Path) -> None:
    app = edit(opened("prompts", prompt="tone", view="edit", version="2"), "Be kind.\nBe {{how}}.")
    assert "System, line 2: {{how}} is not declared" in said(app)
    button(app, "prompts-save").click().run()
    assert "System, line 2: {{how}} is not declared" in app.error[0].value.replace("\\", "")
    assert (box(app, "system").value, box(app, "message").value) == ("Be kind.\nBe {{how}}.", "Because.")
    box(app, "variables").set_value("how: [")
    turn(app, "YAML")
    assert "Variables, line 1" in app.error[0].value and box(app, "variables").value == "how: ["
    box(app, "variables").set_value("")
    turn(app, "YAML")
    assert "Be {{how}}." in box(app, "yaml").value and "message" not in box(app, "yaml").value
    box(app, "yaml").set_value("sytem: x\n")
    turn(app, "Form")
    assert app.error[0].value.replace("\\", "").startswith("The YAML, line 1: there is no field 'sytem'.")
    assert (box(app, "yaml").value, box(app, "message").value) == ("sytem: x\n", "Because.")
    box(app, "yaml").set_value("system: x\n")
    sound(turn(app, "Form"))
    assert (box(app, "system").value, box(app, "message").value) == ("x", "Because.")
    assert not list((shelf / "tone").glob("v3*"))


def test_a_version_can_be_written_as_yaml(opened: Opened, shelf: Path) -> None:
    app = turn(opened("prompts", prompt="tone", view="edit", version="2"), "YAML")
    edit(app, "system: Be swift. # a comment\nmax_tokens: 5\n", name="yaml")
    button(app, "prompts-save").click().run()
    text = (shelf / "tone" / "v3.yaml").read_text()
    assert text == "message: Because.\nmax_tokens: 5\nsystem: Be swift.\n"


def test_what_says_the_same_is_not_saved(opened: Opened, shelf: Path, lives: Lives) -> None:
    app = edit(opened("prompts", prompt="tone", view="edit", version="2"), "Be kind and brief.\n", "")
    assert drafts(lives) == []
    turn(app, "YAML")
    assert drafts(lives) == []
    box(app, "message").set_value("For no reason.")
    button(app, "prompts-save").click().run()
    assert "says the same as version 2" in app.error[0].value


def test_what_was_typed_survives_a_reload_and_a_closed_tab(opened: Opened, shelf: Path, lives: Lives) -> None:
    app = edit(opened("prompts", prompt="tone", view="edit", version="2"), "Half a sen", "")
    assert "Not saved yet" in said(app)
    again = opened("prompts", **address(app))
    assert box(again, "system").value == "Half a sen" and len(drafts(lives)) == 1
    assert "Your unsaved text" in said(opened("prompts"))
    later = opened("prompts", prompt="tone")
    assert "Your unsaved text from" in said(later) and "based on version 2" in said(later)
    (go_on,) = [each for each in buttons(later) if each.startswith("prompts-go-on-")]
    button(later, go_on).click().run()
    assert box(later, "system").value == "Half a sen"
    fresh = opened("prompts", prompt="tone", view="edit", version="2")
    assert box(fresh, "system").value == "Be kind and brief.\n" and "Your unsaved text" in said(fresh)
    (discard,) = [each for each in buttons(later) if each.startswith("prompts-discard-")]
    button(later, discard).click().run()
    assert drafts(lives) == [] and "view" not in address(later)
    assert "Your unsaved text" not in said(opened("prompts", prompt="tone"))


def test_a_draft_whose_version_is_gone_is_still_there(opened: Opened, shelf: Path) -> None:
    app = edit(opened("prompts", prompt="tone", view="edit", version="2"), "Mine.", "Why.")
    (shelf / "tone" / "v2.yaml").unlink()
    again = opened("prompts", **address(app))
    assert not again.exception and box(again, "system").value == "Mine."


def test_the_second_to_save_loses_nothing_and_saves_on_top(opened: Opened, shelf: Path, lives: Lives) -> None:
    first, second = (opened("prompts", prompt="tone", view="edit", version="2") for _ in range(2))
    edit(first, "Be kind, Ana says.\n")
    edit(second, "Be kind, Ben says.\n", "Ben's.")
    assert len(drafts(lives)) == 2
    button(first, "prompts-save").click().run()
    button(second, "prompts-save").click().run()
    assert second.error[0].value.replace("\\", "") == (
        "tone was changed meanwhile: version 3 is there, and this is based on version 2. "
        "Nothing was saved; compare the two, then save again on the newer one."
    )
    assert box(second, "system").value == "Be kind, Ben says.\n"
    mine, theirs = differences(second)
    assert ["-", "Ana "] in mine["stretches"][0] and ["+", "Ben "] in mine["stretches"][0]
    assert ["+", "kind, Ana says.\n"] in theirs["stretches"][0]
    assert not (shelf / "tone" / "v4.yaml").exists()
    again = opened("prompts", **address(second))
    assert box(again, "system").value == "Be kind, Ben says.\n"
    button(second, "prompts-save-on-3").click().run()
    assert address(sound(second)) == {"prompt": "tone", "version": "4"}
    assert prompts.load(shelf, "tone@4").message == "Ben's." and drafts(lives) == []


def test_a_third_who_was_faster_still_is_told_again(opened: Opened, shelf: Path) -> None:
    app = edit(opened("prompts", prompt="tone", view="edit", version="2"), "Mine.")
    for based_on in (2, 3):
        prompts.save(shelf, "tone", {"system": f"Theirs, on {based_on}."}, based_on)
        (save,) = [each for each in buttons(app) if each.startswith("prompts-save")]
        button(app, save).click().run()
        assert (
            f"version {based_on + 1} is there, and this is based on version {based_on}" in app.error[0].value
        )
    button(app, "prompts-save-on-4").click().run()
    assert address(sound(app))["version"] == "5" and prompts.load(shelf, "tone@5").system == "Mine."


def test_an_older_version_is_a_beginning_too(opened: Opened, shelf: Path) -> None:
    app = opened("prompts", prompt="tone", view="edit", version="1")
    assert "Begins from version 1, not from 2, the newest" in said(app)
    edit(app, "Be kind, always.\n")
    button(app, "prompts-save").click().run()
    assert (
        address(sound(app))["version"] == "3" and prompts.load(shelf, "tone@3").system == "Be kind, always.\n"
    )
    app = opened("prompts", prompt="tone", view="edit", version="1")
    button(app, "prompts-newest").click().run()
    assert box(app, "system").value == "Be kind, always.\n"


def test_where_nothing_can_be_written_the_patch_is_offered(
    opened: Opened, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root may write anywhere, the system is asked to say no."""
    import os

    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **how: mode == os.R_OK and real(path, mode, **how))
    monkeypatch.setattr(os, "supports_effective_ids", {os.access})
    app = edit(opened("prompts", prompt="tone", view="edit", version="2"), "Be swift.")
    assert "prompts/tone cannot be written from here" in said(app)
    assert not [each for each in buttons(app) if each.startswith("prompts-save")]
    offered = {each.proto.id.rpartition("-prompts-")[2] for each in app.get("download_button")}
    assert {"patch", "yaml"} <= offered
    app = opened("prompts", prompt="tone", view="versions")
    button(app, "prompts-move-tone-production").click().run()
    assert "cannot be written from here" in said(app) and "prompts-move-do" not in buttons(app)
    app = button(opened("prompts"), "prompts-new-open").click().run()
    assert button(app, "prompts-new-begin").disabled


def test_a_label_moves_after_its_difference_was_shown(opened: Opened, shelf: Path) -> None:
    app = opened("prompts", prompt="tone", view="versions")
    button(app, "prompts-move-tone-production").click().run()
    assert "production points to version 1 now." in said(app).replace("*", "")
    assert [change["field"] for change in differences(app)] == ["system"]
    assert button(app, "prompts-move-do").label == "Point production to 2"
    button(app, "prompts-move-do").click().run()
    assert prompts.labels(shelf, "tone") == {"production": 2}
    assert not differences(sound(app)) and "production → 2" in said(app).replace("*", "")


def test_a_label_that_requires_a_check_wants_a_reason_without(opened: Opened, shelf: Path) -> None:
    (shelf.parent / "datasets").mkdir(exist_ok=True)
    text = "prompt: tone\ngraders: [{contains: a}]\ncases: [{input: one}]\n"
    (shelf.parent / "datasets" / "tone-check.yaml").write_text(text)
    prompts.require(shelf, "tone", "production", ("tone-check",))
    app = opened("prompts", prompt="tone", view="versions")
    assert "Requires a PASS of tone-check" in said(app)
    button(app, "prompts-move-tone-production").click().run()
    assert "tone@2 has no run of it" in said(app) and button(app, "prompts-move-do").disabled
    (reason,) = [each for each in app.text_input if each.key.startswith("prompts-override")]
    reason.set_value("Read by hand").run()
    button(app, "prompts-move-do").click().run()
    assert prompts.labels(shelf, "tone") == {"production": 2} and prompts.verify(shelf) == []
    assert "overridden by" in said(sound(app)) and "Read by hand" in said(app)


def test_a_label_that_somebody_moved_first_stays(opened: Opened, shelf: Path) -> None:
    app = opened("prompts", prompt="tone", view="versions")
    button(app, "prompts-move-tone-production").click().run()
    prompts.label(shelf, "tone", "production", {1: 50, 2: 50})
    button(app, "prompts-move-do").click().run()
    assert "production was changed meanwhile" in app.error[0].value
    assert prompts.labels(shelf, "tone") == {"production": {1: 50, 2: 50}}


def test_a_label_is_shared_between_versions(opened: Opened, shelf: Path) -> None:
    app = opened("prompts", prompt="tone", view="versions")
    button(app, "prompts-move-tone-production").click().run()
    app.toggle[0].set_value(True).run()
    assert app.multiselect[0].value == [1, 2]
    (shares,) = [each for each in app.text_input if "percent" in each.key]
    shares.set_value("90/20").run()
    assert "must share 100 percent, but shares 110" in said(app) and button(app, "prompts-move-do").disabled
    shares.set_value("80/20").run()
    button(app, "prompts-move-do").click().run()
    assert prompts.labels(shelf, "tone") == {"production": {1: 80, 2: 20}}


def test_a_label_is_added_and_removed(opened: Opened, shelf: Path) -> None:
    (shelf / "tone" / "v3.yaml").write_text("system: three\n")
    app = opened("prompts", prompt="tone", view="versions")
    button(app, "prompts-point-3").click().run()
    (name,) = [each for each in app.selectbox if each.key.startswith("prompts-label-name")]
    name.set_value("staging").run()
    assert "Version 3 is not published" in said(app)
    button(app, "prompts-move-do").click().run()
    assert prompts.labels(shelf, "tone") == {"production": 1, "staging": 3}
    assert prompts.verify(shelf) == []
    button(sound(app), "prompts-remove-tone-production").click().run()
    assert "the name alone means the newest version" in said(app)
    button(app, "prompts-move-do").click().run()
    assert prompts.labels(shelf, "tone") == {"staging": 3}
    button(app, "prompts-add-tone-").click().run()
    button(app, "prompts-move-do").click().run()
    assert prompts.labels(shelf, "tone") == {"staging": 3, "production": 3}


@pytest.mark.parametrize(("kind", "name"), [("", "mail"), ("fewshot/", "mail")])
def test_a_new_one_begins_with_something_to_edit(kind: str, name: str, opened: Opened, shelf: Path) -> None:
    app = button(opened("prompts"), "prompts-new-open").click().run()
    app.segmented_control(key="prompts-new-kind").set_value(kind)
    app.text_input(key="prompts-new-name").set_value("Not a name").run()
    button(app, "prompts-new-begin").click().run()
    assert "'" + kind + "Not a name' is not a name" in said(app) or "is not a name" in said(app)
    app.text_input(key="prompts-new-name").set_value(name).run()
    button(app, "prompts-new-begin").click().run()
    assert address(sound(app)) == {"prompt": f"{kind}{name}", "view": "edit"}
    assert (shelf / kind / name / "v1.yaml").is_file()
    assert not [each for each in buttons(app) if each == "prompts-new-begin"]


def test_a_set_is_edited_as_a_table(opened: Opened, shelf: Path, lives: Lives) -> None:
    pairs = [{"input": "a", "output": "A"}, {"input": "b", "output": {"c": 1}}]
    prompts.save(shelf, "fewshot/tone", {"examples": pairs}, None)
    app = sound(opened("prompts", prompt="fewshot/tone", view="edit"))
    key = box(app, "message").key.replace("-message", "-pairs")
    app.session_state[key] = {
        "edited_rows": {0: {"output": "Aah"}},
        "added_rows": [{"input": "d", "output": "D"}],
        "deleted_rows": [],
    }
    app.run()
    assert [row["output"] for row in drafts(lives)[0]["form"]["pairs"]] == ["Aah", '{"c": 1}', "D"]
    again = opened("prompts", **address(app))
    box(again, "message").set_value("More.")
    button(again, "prompts-save").click().run()
    assert address(sound(again)) == {"prompt": "fewshot/tone", "version": "2"}
    assert (shelf / "fewshot" / "tone" / "v2.yaml").read_text() == (
        "message: More.\nexamples:\n  - input: a\n    output: Aah\n  - input: b\n    output:\n      c: 1\n"
        "  - input: d\n    output: D\n"
    )
    compared = sound(opened("prompts", prompt="fewshot/tone", view="compare", version="2"))
    assert [change["field"] for change in differences(compared)] == ["examples[1]", "examples[3]"]


def test_a_broken_version_is_mended_as_text(opened: Opened, shelf: Path) -> None:
    (shelf / "tone" / "v3.yaml").write_text("sytem: three\n")
    app = sound(opened("prompts", prompt="tone", view="edit", version="3"))
    assert box(app, "yaml").value == "sytem: three\n"
    edit(app, "system: three\n", name="yaml")
    button(app, "prompts-save").click().run()
    assert address(sound(app))["version"] == "4" and prompts.load(shelf, "tone@4").system == "three"


def test_an_address_with_the_draft_of_another_prompt_spoils_neither(
    opened: Opened, shelf: Path, lives: Lives
) -> None:
    app = edit(opened("prompts", prompt="tone", view="edit", version="2"), "Mine.")
    other = opened("prompts", prompt="support", view="edit", draft=address(app)["draft"])
    assert box(other, "system").value == prompts.load(shelf, "support").system
    edit(other, "Other.")
    assert {(each["prompt"], each["form"]["system"]) for each in drafts(lives)} == {
        ("tone", "Mine."),
        ("support", "Other."),
    }
