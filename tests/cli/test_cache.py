"""`lab cache`: why a call missed the API's cache."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

import lab.cli
from tests.cli.running import run
from tests.prompts.folder import folder as prompts

LONG = "You answer questions about the plans of Harbor, in one sentence each. " * 120
FILES = {
    "prompts/day/v1.yaml": f'system: "Today is {{{{today}}}}. {LONG}"\ncache: 5m\n'
    "variables: {today: {example: Monday}}\n",
}


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(lab.cli.lab, [*arguments])


def test_why_a_call_missed(folder: Path, online: str) -> None:
    """Over one server, whose cache both see: the date in the system text is what differs."""
    prompts(folder, FILES)
    for day in ("Monday", "Sunday"):
        assert invoke("ask", "-p", "day", "-v", f"today={day}", "How much?").exit_code == 0
    said = invoke("cache", "last").stdout
    assert "The system text changed since the request" in said and "at character 10 of system" in said
    assert "then  …Today is ▸Monday. You" in said and "now   …Today is ▸Sunday. You" in said
    assert "NO     same text" in said and "lab logs show" in said
    found = json.loads(invoke("cache", "last", "--json").stdout)
    assert found["reason"] == "system" and found["difference"]["at"] == 9
    assert found["missed_tokens_estimate"] > 1000 and found["lost_usd_estimate"] > 0
    first = json.loads(invoke("cache", found["compared_with"], "--json").stdout)
    assert (first["reason"], first["lost_usd_estimate"]) == ("first", 0)


def test_what_it_saved_and_what_would_save_more(folder: Path, online: str) -> None:
    prompts(folder, FILES)
    assert "No real calls in 30 days." in invoke("cache").stderr
    for day in ("Monday", "Friday", "Friday"):
        assert invoke("ask", "-p", "day", "-v", f"today={day}", "How much is it?").exit_code == 0
    result = invoke("cache")
    head, prompt, together = (line.split() for line in result.stdout.splitlines())
    assert head[0] == "prompt" and prompt[0] == "day@1" and together[1:] == prompt[1:]
    assert "SIMULATED" in result.stderr
    assert "Nothing was found that would save a cent a day or more." in result.stderr
    found = json.loads(invoke("cache", "--by", "conversation", "--json").stdout)
    assert (found["kind"], found["together"]["calls"], found["advice"]) == ("simulated", 3, [])
    read = sum(each["cache_read_input_tokens"] for each in found["conversation"])
    assert len(found["conversation"]) == 3 and read == found["together"]["cache_read_input_tokens"] > 0
    assert found["together"]["call_hit_rate"] in (1 / 3, 2 / 3)  # the server may know Monday already
    for by in ("model", "day"):
        assert invoke("cache", "--by", by).stdout.startswith(by)
    assert "--kind simulated" in invoke("cache", "--kind", "real").stderr


def test_wrong_input_is_a_sentence() -> None:
    asked = {
        ("last",): "There are no calls yet",
        ("nosuch",): "There is no call 'nosuch'",
        ("last", "--days", "3"): "--days, --by and --kind do not go with a call.",
        ("--by", "user"): "'user' is not one of",
        ("--days", "0"): "0 is not in the range",
    }
    for arguments, words in asked.items():
        done = run("cache", *arguments)
        assert (done.returncode, done.stdout) == (2, "") and words in done.stderr
