"""All that is wrong in a folder, each with file and line."""

from __future__ import annotations

from pathlib import Path

from lab.prompts import save, verify
from tests.prompts.folder import folder

SET = "examples:\n  - {input: a, output: b}\n"


def test_every_problem_is_a_sentence_with_file_and_line(tmp_path: Path) -> None:
    root = tmp_path / "prompts"
    for name in ("changed", "missing"):
        save(root, name, {"system": "x"}, None)
        save(root, name, {"system": "y"}, 1)
    (root / "changed/v1.yaml").write_text("system: z\n")
    (root / "missing/v2.yaml").unlink()
    folder(
        root,
        {
            "broken/v1.yaml": "system: x\nmodle: y\n",
            "broken/v2.yaml": "system: [\n",
            "broken/v3.yaml": "system: |\n  {{a}}\nuser: '{{b.c}}'\nvariables: {d: {}}\n",
            "draft/v1.yaml": "system: x\n",
            "draft/labels.yaml": "labels:\n  production: {1: 50, 4: 50}\n",
            "empty/notes.md": "",
            "register/v1.yaml": "system: x\n",
            "register/labels.yaml": "label: 1\n",
            "shown/v1.yaml": "system: x\nexamples: {set: tune}\n",
            "shown/v2.yaml": "system: x\nexamples:\n  set: tone@staging\n",
            "shown/v3.yaml": "system: x\nexamples: {set: tone}\n",
            "stray/v1.yaml": "system: x\n",
            "stray/v02.yaml": "",
            "stray/v3.yml": "",
            "stray/V4.yaml": "",
            "stray/labels.yml": "",
            "Upper/v1.yaml": "system: x\n",
            "fewshot/tone/v1.yaml": SET,
            "fewshot/tone/v2.yaml": "examples: 3\n",
            "fewshot/a b/v1.yaml": SET,
            "README.md": "",
            ".hidden/v1.yaml": "",
        },
    )
    problems = [line.removeprefix(f"{root}/") for line in verify(root)]
    starts = {
        "Upper, line 1: 'Upper' is not a name": 1,
        "broken/v1.yaml, line 2: there is no field 'modle'. Did you mean 'model'?": 1,
        "broken/v2.yaml, line ": 1,
        "broken/v3.yaml, line 2: {{a}} is not declared": 1,
        "broken/v3.yaml, line 3: {{b.c}} looks inside a value": 1,
        "changed/labels.yaml, line 3: version 1 was published as ": 1,
        "draft/labels.yaml, line 2: production points to version 1, a draft, which can still change.": 1,
        "draft/labels.yaml, line 2: production points to version 4, which is not there; draft has 1.": 1,
        "empty/v1.yaml, line 1: the file is missing; empty has no version.": 1,
        "missing/labels.yaml, line 4: version 2 is published, but v2.yaml is gone. Restore it.": 1,
        "register/labels.yaml, line 1: there is no field 'label'. Did you mean 'labels'?": 1,
        "shown/v1.yaml, line 2: There is no few-shot set 'fewshot/tune'": 1,
        "shown/v2.yaml, line 3: fewshot/tone has no label 'staging'.": 1,
        "stray/V4.yaml, line 1: nothing reads this file": 1,
        "stray/labels.yml, line 1: nothing reads this file": 1,
        "stray/v02.yaml, line 1: nothing reads this file": 1,
        "stray/v3.yml, line 1: nothing reads this file": 1,
        "fewshot/a b, line 1: 'a b' is not a name": 1,
        "fewshot/tone/v2.yaml, line 1: examples must be a list": 1,
    }
    assert {start: sum(line.startswith(start) for line in problems) for start in starts} == starts
    assert len(problems) == len(starts), problems


def test_a_folder_in_order_has_no_problems(tmp_path: Path) -> None:
    assert verify(tmp_path / "none") == []
    save(tmp_path, "fewshot/tone", {"examples": [{"input": "a", "output": "b"}]}, None)
    save(tmp_path, "support", {"system": "x", "examples": {"set": "tone@1"}}, None)
    assert verify(tmp_path) == []
