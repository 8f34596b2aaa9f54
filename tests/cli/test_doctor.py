"""`lab doctor`: what it finds, and that it ends with 3 when something is broken."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

import lab.cli
from tests.cli.running import CANARY

Findings = list[tuple[str, str, str]]


def doctor(code: int) -> Findings:
    result = CliRunner().invoke(lab.cli.lab, ["doctor", "--json"])
    assert result.exit_code == code, result.output
    assert CANARY not in result.output
    return [(row["level"], row["what"], row["found"]) for row in json.loads(result.stdout)]


def about(what: str, findings: Findings) -> list[tuple[str, str]]:
    return [(level, found) for level, subject, found in findings if subject == what]


def test_all_is_well(online: str) -> None:
    findings = doctor(0)
    assert about("key", findings) == [("ok", "found in ANTHROPIC_API_KEY")]
    assert about("endpoint", findings) == [("ok", f"anthropic {online} (Anthropic-compatible) answers")]
    assert about("database", findings)[0][1].endswith("is not there yet; the first call makes it")
    assert not Path(".lab").exists()
    CliRunner().invoke(lab.cli.lab, ["ask", "x [[words 1]]"])
    findings = doctor(0)
    assert "1 conversations, 1 calls, 1 attempts" in about("database", findings)[0][1]
    os.chmod(".lab/lab.db", 0o644)
    assert "others on this machine can read it (mode 644); chmod 600" in about("database", doctor(0))[1][1]


def test_without_a_key_the_simulated_claude_answers() -> None:
    findings = doctor(0)
    assert about("key", findings)[0][0] == "warn"
    assert about("endpoint", findings) == [("ok", "simulated answers")]


@pytest.mark.parametrize(
    "environ",
    [
        {"ANTHROPIC_API_KEY": f"{CANARY}\n"},
        {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"},
        {"ANTHROPIC_API_KEY": CANARY, "ANTHROPIC_BASE_URL": "nonsense"},
    ],
)
def test_a_key_that_cannot_be_used_is_told_once(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    findings = doctor(3)
    assert [what for level, what, _ in findings if level == "fail"] == ["key"]


def test_endpoints_that_do_not_answer_are_named(online: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    Path("lab.toml").write_text(
        f'[endpoints.dead]\nbase_url = "http://127.0.0.1:{port}"\n'
        f'[endpoints.keyless]\nbase_url = "{online}"\napi_key_env = "NO_SUCH_KEY"\n'
        f'[endpoints.unlisted]\nbase_url = "{online}/404"\n'
    )
    (home, dead, keyless, unlisted) = about("endpoint", doctor(3))
    assert home[0] == "ok"
    assert dead[0] == "fail"
    assert dead[1].startswith(f"dead http://127.0.0.1:{port} (Anthropic-compatible): ")
    assert keyless[0] == "fail" and "NO_SUCH_KEY" in keyless[1]


def test_a_cloud_is_listed_as_untested(online: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_TOKEN", CANARY)
    Path("lab.toml").write_text(
        f'[endpoints.google]\nkind = "vertex"\nregion = "eu"\nproject = "p"\nbase_url = "{online}"\n'
        'api_key_env = "GOOGLE_TOKEN"\n'
    )
    said = f"google {online} (Google Vertex AI, untested) answers"
    assert about("endpoint", doctor(0))[1] == ("warn", said)


def test_endpoints_are_listed_whatever_the_key(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", f"{CANARY}\n")
    Path("lab.toml").write_text(f'[endpoints.own]\nbase_url = "{server}"\n')
    assert about("endpoint", doctor(3)) == [("ok", f"own {server} (Anthropic-compatible) answers")]


def test_wrong_settings_are_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("lab.toml").write_text("max_tokens = 0\n")
    assert about("settings", doctor(3))[0][1].startswith(str(Path("lab.toml").resolve()))
    Path("lab.toml").write_text('model = "nope"\n')
    assert about("models", doctor(3))[0][1].startswith("No model 'nope'.")


def test_a_mistyped_variable_is_a_warning(online: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_MAX_TOKEN", "5")
    warning = ("warn", "LAB_MAX_TOKEN sets nothing. Did you mean 'LAB_MAX_TOKENS'?")
    assert warning in about("settings", doctor(0))


def test_telemetry_that_cannot_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    assert about("telemetry", doctor(0)) == []
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    ((level, said),) = about("telemetry", doctor(0))
    assert level == "warn" and "OTEL_EXPORTER_OTLP_PROTOCOL asks for grpc" in said
