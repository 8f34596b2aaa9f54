"""The webhook: what it gets, and that whatever it does harms nothing."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from lab.alerts import webhook
from tests.alerts.hook import Hook

ALERT = {
    **{name: name for name in ("rule", "subject", "kind", "means", "do", "command")},
    "sentence": "5 < 7 & more.",
    "id": 3,
    "severity": "critical",
    "figures": {"calls": 9},
    **dict.fromkeys(("opened_at", "seen_at", "ended_at")),
}


def test_a_message_is_a_text_for_people_and_the_fields_for_programs(hook: Hook) -> None:
    assert webhook.post(hook.url, "opened", ALERT) is None
    ((path, headers, body),) = hook.got
    assert (path, headers["Content-Type"], body["event"]) == ("/T0/SECRET", "application/json", "opened")
    assert body["text"] == "🔴 5 &lt; 7 &amp; more.\nmeans do\ncommand"
    assert body["alert"]["figures"] == {"calls": 9} and body["alert"]["severity"] == "critical"


@pytest.mark.parametrize(
    ("event", "kind", "text"),
    [
        ("ended", "real", "✅ Over: 5 &lt; 7 &amp; more."),
        ("reminder", "real", "🔴 Still: 5"),
        ("worse", "simulated", "🔴 Worse: 5 &lt; 7 &amp; more. (SIMULATED: no real calls)"),
    ],
)
def test_the_text_says_what_it_is_about(event: str, kind: str, text: str) -> None:
    assert webhook.payload(event, {**ALERT, "kind": kind})["text"].startswith(text)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (404, {}),
        (500, {}),
        (302, {"Location": "http://127.0.0.1:9/elsewhere"}),
        (307, {"Location": "/again"}),
    ],
)
def test_an_answer_that_is_none_is_said_without_the_secret(hook: Hook, status: int, headers: dict) -> None:
    hook.status, hook.headers = status, headers
    assert webhook.post(hook.url, "opened", ALERT) == f"The webhook at 127.0.0.1 answered {status}."
    assert len(hook.got) == 1


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = webhook.post(f"http://127.0.0.1:{port}/SECRET", "opened", ALERT)
    assert said == "The webhook at 127.0.0.1 could not be reached: Connection refused."
    assert "SECRET" not in str(webhook.post("https://name.invalid/SECRET", "opened", ALERT))


def test_it_is_tried_again_ever_later_and_then_no_more() -> None:
    at = datetime(2026, 11, 29, tzinfo=UTC)
    waits = [webhook.again(tries, at) for tries in range(1, 9)]
    assert waits[:3] == [at + timedelta(minutes=n) for n in (1, 2, 4)] and waits[-1] is None
