"""What lies in a folder of prompts, and what a reference to it means."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import BadInput
from lab.prompts import (
    Entry,
    FewShot,
    Prompt,
    Version,
    fewshot,
    labels,
    listing,
    load,
    names,
    resolve,
    sets,
    versions,
)
from lab.prompts.register import digest
from tests.prompts.folder import folder

SET = "examples:\n  - {input: a, output: b}\n"


def register(published: dict[int, str], **labels: object) -> str:
    """A labels.yaml for these texts of versions."""
    hashes = {version: digest(text.encode()) for version, text in published.items()}
    told = "".join(f'  {version}: "{hash}"\n' for version, hash in hashes.items())
    pointed = "".join(f"  {name}: {target}\n" for name, target in labels.items())
    return f"labels:\n{pointed or '  {}'}\npublished:\n{told or '  {}'}\n"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """Prompts of a team: one with labels, one with drafts only, two sets."""
    texts = {version: f"system: version {version}\n" for version in (1, 2, 3, 10)}
    shares = {"production": 2, "staging": "{1: 10, 3: 80, 10: 10}", "even": "{2: 50, 10: 50}", "gone": 7}
    return folder(
        tmp_path / "prompts",
        {
            **{f"support/v{version}.yaml": text for version, text in texts.items()},
            "support/labels.yaml": register({1: texts[1], 2: texts[2]}, **shares),
            "support/notes.md": "not a version",
            "billing/v1.yaml": "system: one\n",
            "billing/v2.yaml": "description: why\nsystem: two\n",
            "fewshot/tone/v1.yaml": SET,
            "fewshot/tone/v2.yaml": f"description: more\n{SET}",
            "fewshot/tone/labels.yaml": register({1: SET}, production=1),
            "fewshot/support/v1.yaml": SET,
            ".git/v1.yaml": "",
            "README.md": "",
        },
    )


@pytest.mark.parametrize(
    ("ref", "version"),
    [
        ("support", 2),
        ("support@production", 2),
        ("support@staging", 3),
        ("support@even", 2),
        ("support@1", 1),
        ("support@10", 10),
        ("billing", 2),
        ("billing@1", 1),
    ],
)
def test_a_reference_stands_for_a_version(team: Path, ref: str, version: int) -> None:
    prompt = load(team, ref)
    assert (prompt.name, prompt.version) == resolve(team, ref) == (ref.partition("@")[0], version)
    assert prompt.system in (f"version {version}", {1: "one", 2: "two"}.get(version))


@pytest.mark.parametrize(
    ("ref", "version"), [("tone", 1), ("tone@2", 2), ("fewshot/tone@2", 2), ("support@1", 1)]
)
def test_a_reference_to_a_set_stands_for_a_version(team: Path, ref: str, version: int) -> None:
    found = fewshot(team, ref)
    assert (found.version, found.examples[0].input) == (version, "a")
    assert found.name in ("tone", "support")


NAMES = "names are small letters, digits, - and _, up to 64 of them, and begin with a letter or a digit."


@pytest.mark.parametrize(
    ("ref", "sentence"),
    [
        ("suport", "There is no prompt 'suport' in {}. Did you mean 'support'? There are billing, support."),
        ("zzz@3", "There is no prompt 'zzz' in {}. There are billing, support."),
        ("support@11", "support has no version 11; it has 10, 3, 2, 1."),
        ("support@0", "support has no version 0; it has 10, 3, 2, 1."),
        ("support@02", "support has no version 02; it has 10, 3, 2, 1."),
        ("support@٢", "support has no label '٢'. It has production, staging, even, gone."),
        (
            "support@stagin",
            "support has no label 'stagin'. Did you mean 'staging'? It has production, staging, even, gone.",
        ),
        ("support@", "support has no label ''. It has production, staging, even, gone."),
        ("support@2@3", "support has no label '2@3'. It has production, staging, even, gone."),
        ("billing@production", "billing has no label 'production'. It has none."),
        (
            "support@gone",
            "{}/support/labels.yaml, line 5: gone points to version 7, which is not there; "
            "support has 10, 3, 2, 1.",
        ),
        ("Support", f"'Support' is not a name: {NAMES}"),
        ("", f"'' is not a name: {NAMES}"),
        ("../support", f"'../support' is not a name: {NAMES}"),
        ("support/v1", f"'support/v1' is not a name: {NAMES}"),
        ("support\n", f"'support\n' is not a name: {NAMES}"),
        ("/etc", f"'/etc' is not a name: {NAMES}"),
        (".git", f"'.git' is not a name: {NAMES}"),
        ("fewshot", "'fewshot' cannot name a prompt: it is the folder of the few-shot sets."),
        ("fewshot/tone", "fewshot/tone is a few-shot set, not a prompt."),
    ],
)
def test_a_reference_to_nothing_names_the_nearest(team: Path, ref: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        load(team, ref)
    assert str(refused.value) == sentence.replace("{}", str(team))


def test_a_set_that_is_not_there_is_named(team: Path) -> None:
    with pytest.raises(BadInput, match="no few-shot set 'fewshot/tome' in .* Did you mean 'fewshot/tone'"):
        fewshot(team, "tome")
    with pytest.raises(BadInput, match="is not a name"):
        fewshot(team, "../support")


def test_an_empty_or_missing_folder_says_so(tmp_path: Path) -> None:
    assert names(tmp_path / "none") == sets(tmp_path / "none") == listing(tmp_path / "none") == ()
    with pytest.raises(BadInput, match="There is no prompt 'a' in .*none. There are none."):
        load(tmp_path / "none", "a")
    (tmp_path / "a").mkdir()
    with pytest.raises(BadInput, match=r"a holds no version. Write .*a/v1.yaml"):
        load(tmp_path, "a")


def test_names_versions_and_labels_are_told(team: Path) -> None:
    assert names(team) == ("billing", "support")
    assert sets(team) == ("fewshot/support", "fewshot/tone")
    assert versions(team, "support") == (
        Version(1, True),
        Version(2, True),
        Version(3, False),
        Version(10, False),
    )
    assert versions(team, "fewshot/tone") == (Version(1, True), Version(2, False))
    assert labels(team, "support")["staging"] == {1: 10, 3: 80, 10: 10}
    assert labels(team, "billing") == {}
    with pytest.raises(BadInput, match="Did you mean 'billing'"):
        versions(team, "biling")


def test_a_broken_prompt_breaks_no_other(team: Path) -> None:
    folder(
        team,
        {
            "alpha/v1.yaml": "system: x\nmodle: y\n",
            "beta/v1.yaml": "system: x\n",
            "beta/labels.yaml": "labels: oops\n",
            "gamma/readme": "",
            "fewshot/bad/v1.yaml": "examples: 3\n",
        },
    )
    found = {entry.name: entry for entry in listing(team)}
    assert list(found) == ["alpha", "beta", "billing", "gamma", "support", *sets(team)]
    errors = {name: entry.error for name, entry in found.items() if entry.error}
    assert set(errors) == {"alpha", "beta", "gamma", "fewshot/bad"}
    assert errors["alpha"].startswith(f"{team}/alpha/v1.yaml, line 2: there is no field 'modle'.")
    assert errors["beta"].startswith(f"{team}/beta/labels.yaml, line 1: labels must be a table")
    assert found["alpha"].versions == found["beta"].versions == (Version(1, False),)
    assert found["billing"] == Entry("billing", (Version(1, False), Version(2, False)), {}, "why")
    assert found["fewshot/tone"].labels == {"production": 1}


def test_a_published_version_that_changed_names_both_hashes(team: Path) -> None:
    before, after = "system: version 2\n", "system: version 2!\n"
    (team / "support/v2.yaml").write_text(after)
    with pytest.raises(BadInput) as refused:
        load(team, "support")
    assert str(refused.value) == (
        f"{team}/support/labels.yaml, line 9: version 2 was published as {digest(before.encode())[:12]}, "
        f"but v2.yaml is now {digest(after.encode())[:12]}. "
        "Published versions never change: restore the file, or save it as a new version."
    )
    assert load(team, "support@1").version == 1
    assert "was published as" in (listing(team)[1].error or "")


def test_a_checkout_with_other_line_ends_is_the_same(team: Path) -> None:
    before = load(team, "support")
    file = team / "support/v2.yaml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert load(team, "support") == before


def test_a_draft_may_change(team: Path) -> None:
    before = load(team, "billing")
    (team / "billing/v2.yaml").write_text("system: other\n")
    after = load(team, "billing")
    assert isinstance(before, Prompt) and isinstance(fewshot(team, "tone"), FewShot)
    assert before.hash != after.hash == digest(b"system: other\n")


def test_a_register_may_say_nothing(team: Path) -> None:
    for text in ("", "# nothing yet\n", "labels:\npublished:\n", "labels: {}\n"):
        (team / "billing/labels.yaml").write_text(text)
        assert labels(team, "billing") == {}
        assert load(team, "billing").version == 2


def test_a_folder_in_the_place_of_a_file_is_named(team: Path) -> None:
    (team / "billing/v3.yaml").mkdir()
    with pytest.raises(BadInput, match="v3.yaml cannot be read: Is a directory"):
        load(team, "billing")
    (team / "billing/labels.yaml").symlink_to("nowhere")
    with pytest.raises(BadInput, match="labels.yaml cannot be read: No such file"):
        labels(team, "billing")
    (team / "file").write_text("")
    with pytest.raises(BadInput, match="file cannot be read: Not a directory"):
        names(team / "file")
