"""What programs ask of the app: is it alive, can it take calls, what did they come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="the app's packages are not installed here")

import streamlit as st  # noqa: E402
from prometheus_client.parser import text_string_to_metric_families  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402
from streamlit import config  # noqa: E402

from lab import engine, server  # noqa: E402
from lab.engine import Lives  # noqa: E402
from tests.alerts.calls import MODEL, post, rows  # noqa: E402

ROOT = Path(__file__).parents[1]
NOW = datetime.now(UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lives]:
    """A lab, and the app's settings as it listens: for this machine."""
    monkeypatch.chdir(tmp_path)
    before = st.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", ["testserver"])
    opened = engine.lives(Path.cwd())
    yield opened
    opened.close()
    config.set_option("server.allowedHosts", before)
    server._counters.cache_clear()


@pytest.fixture
def client(lives: Lives) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=server.ROUTES), raise_server_exceptions=False) as found:
        yield found


def samples(client: TestClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What a real parser reads, by name and labels."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = [*text_string_to_metric_families(answer.text)]
    assert all(family.documentation for family in families)
    return {
        (one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples
    }


def value(found: dict, name: str, **labels: str) -> float | None:
    """Of real calls from chat to one model, unless these say otherwise."""
    usual = {"kind": "real", "origin": "chat", "model": MODEL} if "kind" not in labels else {}
    return found.get((name, frozenset({**usual, **labels}.items())))


def test_what_calls_came_to(lives: Lives, client: TestClient) -> None:
    secret = {"prompt": "secret-prompt", "user": "secret-user", "case_id": "secret-case"}
    post(lives.lab.store, rows(NOW - 40 * MINUTE, NOW, MINUTE, **secret))
    unpriced = {"cost": None, "cost_floor": None, "cost_upper": None}
    post(lives.lab.store, rows(NOW - 30 * MINUTE, NOW, MINUTE * 10, model='local "x"\\', **unpriced))
    cut = {
        "state": "truncated",
        "cost": None,
        "cost_floor": 10**12,
        "cost_basis": "estimate",
        "cost_upper": 3 * 10**12,
    }
    post(
        lives.lab.store, rows(NOW - 30 * MINUTE, NOW, MINUTE * 15, **cut, first_token_ms=None, total_ms=None)
    )
    found = samples(client)
    assert value(found, "lab_calls_total", state="ok") == 40
    assert value(found, "lab_calls_total", state="truncated") == 2
    assert value(found, "lab_tokens_total", type="input") == 42 * 600
    assert value(found, "lab_cost_dollars_total") == pytest.approx(40 * 0.005)
    assert value(found, "lab_cost_estimated_dollars_total", bound="floor") == 2
    assert value(found, "lab_cost_estimated_dollars_total", bound="upper") == 6
    other = {"kind": "real", "origin": "chat", "model": 'local "x"\\'}
    assert value(found, "lab_cost_dollars_total", **other) is None
    assert value(found, "lab_calls_unpriced_total", **other) == 3
    assert "secret" not in client.get("/metrics").text


def test_histograms_are_cumulative_in_seconds(lives: Lives, client: TestClient) -> None:
    post(lives.lab.store, rows(NOW - 10 * MINUTE, NOW, MINUTE))
    post(lives.lab.store, rows(NOW - 10 * MINUTE, NOW, MINUTE * 2, first_token_ms=3000.0))
    found = samples(client)
    ends = sorted(
        (float(dict(labels)["le"]), many)
        for (name, labels), many in found.items()
        if name == "lab_first_token_seconds_bucket"
    )
    counts = [many for _, many in ends]
    assert counts == sorted(counts) and counts[-1] == 15 and ends[-1][0] == float("inf")
    assert {many for end, many in ends if 0.5 < end < 2.5} == {10}
    assert value(found, "lab_first_token_seconds_count") == 15
    assert value(found, "lab_first_token_seconds_sum") == pytest.approx(10 * 0.405 + 5 * 3, rel=0.05)


def test_counters_never_go_back(lives: Lives, client: TestClient) -> None:
    post(lives.lab.store, rows(NOW - 10 * MINUTE, NOW, MINUTE, state="unknown", stop_reason=None))
    assert value(samples(client), "lab_calls_total", state="unknown") == 10
    lives.lab.store.post(lambda db: db.execute("UPDATE calls SET state = 'cancelled'"))
    lives.lab.store.flush()
    found = samples(client)
    assert [value(found, "lab_calls_total", state=each) for each in ("unknown", "cancelled")] == [10, 10]


def test_metrics_stay_on_this_machine_unless_they_are_set_free(lives: Lives, client: TestClient) -> None:
    assert client.get("/metrics", headers={"host": "other.example"}).status_code == 403
    config.set_option("server.allowedHosts", [])
    refused = client.get("/metrics", headers={"host": "other.example"})
    assert (refused.status_code, 'metrics = "on"' in refused.text) == (403, True)
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"host": "other.example"}).status_code == 200
    object.__setattr__(lives.lab.settings, "metrics", "on")
    assert client.get("/metrics", headers={"host": "other.example"}).status_code == 200


def test_it_is_ready_while_it_can_write_down_a_call(lives: Lives, client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}
    lives.lab.store.path.rename("elsewhere.db")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unready")
    assert "was moved or deleted" in answer.json()["because"]
    Path("elsewhere.db").rename(lives.lab.store.path)
    lives.open = False
    assert client.get("/readyz").json()["because"] == "The app is shutting down."
    assert client.get("/healthz").status_code == 200


def test_every_metric_stands_in_the_docs(lives: Lives, client: TestClient) -> None:
    post(lives.lab.store, rows(NOW - 10 * MINUTE, NOW, MINUTE))
    lines = client.get("/metrics").text.splitlines()
    served = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    page = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")
    assert {line.split("`")[1] for line in page.splitlines() if line.startswith("| `lab_")} == served
