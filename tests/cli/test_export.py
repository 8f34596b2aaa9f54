"""`lab logs export`: the log for other programs."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import lab.cli
from tests.cli.running import ended, run, started


def lab_logs(*arguments: str) -> Result:
    return CliRunner().invoke(lab.cli.lab, ["logs", *arguments])


@pytest.fixture
def asked(online: str) -> None:
    for question in ("one [[words 1]]", "two [[401]]"):
        CliRunner().invoke(lab.cli.lab, ["ask", question])


@pytest.mark.usefixtures("asked")
def test_what_matches_goes_to_stdout_or_into_a_file() -> None:
    printed = lab_logs("export")
    lines = [json.loads(line) for line in printed.stdout.splitlines()]
    assert (printed.exit_code, printed.stderr, len(lines)) == (0, "2 calls.\n", 2)
    shown = json.loads(lab_logs("show", lines[0]["id"], "--json").stdout)
    assert lines[0] == shown
    written = lab_logs("export", "--state", "failed", "-o", "failed.csv")
    assert (written.stdout, written.stderr) == ("", "1 call in failed.csv.\n")
    file = Path("failed.csv")
    assert file.read_text().count("two [[401]]") == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    assert lab_logs("export", "-o", "failed.csv").exit_code == 0
    assert (file.read_text().count("\none"), stat.S_IMODE(file.stat().st_mode)) == (0, 0o640)
    assert sorted(each.name for each in Path().iterdir()) == [".lab", "failed.csv"]


WRONG = [
    (["-o", "calls.txt"], 2, "calls.txt ends neither in .csv nor in .jsonl. Add --format csv or"),
    (["-o", "none/calls.csv"], 2, "none/calls.csv cannot be written: No such file or directory."),
    (["-o", ".", "--format", "csv"], 2, ". cannot be written: Is a directory."),
    (["--format", "xlsx"], 2, "'xlsx' is not one of 'csv', 'jsonl'"),
    (["-o", "/dev/full", "--format", "csv"], 2, "/dev/full cannot be written: No space left on device."),
]


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("arguments", "code", "sentence"), WRONG)
def test_what_cannot_be_written_is_a_sentence(arguments: list[str], code: int, sentence: str) -> None:
    done = run("logs", "export", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert Path("/dev/full").is_char_device()


def test_without_a_log_there_is_nothing_to_give_out() -> None:
    done = lab_logs("export")
    assert done.exit_code != 0
    assert "There are no calls in " in str(done.exception)
    assert not Path(".lab").exists()


@pytest.mark.usefixtures("asked")
def test_a_reader_who_leaves_is_no_error() -> None:
    with started("logs", "export") as process:
        process.stdout.close()
        assert ended(process) == (130, "")
