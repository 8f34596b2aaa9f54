"""Taking in and giving out for other tools, by the real command."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import run

CONFIG = """
prompts: ['Sort: {{text}}']
tests:
  - {vars: {text: hello}, assert: [{type: contains, value: Sort}, {type: javascript, value: 'true'}]}
"""


def test_a_configuration_comes_in_is_checked_and_goes_out(folder: Path) -> None:
    (folder / "promptfooconfig.yaml").write_text(CONFIG)
    tried = run("import", "promptfoo", "--name", "mine", "--dry-run")
    assert tried.returncode == 0 and "nothing was written" in tried.stderr
    assert not (folder / "datasets" / "mine.yaml").exists()
    came = run("import", "promptfoo", "--name", "mine")
    assert came.returncode == 0 and "javascript" in came.stdout and "Python grader" in came.stdout
    assert "lab check mine --sim" in came.stderr
    assert run("check", "mine", "--sim").returncode in (0, 1)
    gone = run("export", "promptfoo", "mine", "--csv")
    assert gone.stdout == "text,__expected\nhello,contains:Sort\n"
    again = run("import", "promptfoo", "--name", "mine")
    assert again.returncode == 2 and "--name" in again.stderr and "Traceback" not in again.stderr
