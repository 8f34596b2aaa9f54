"""The tab Alerts of Logs, and the mark in the frame."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from streamlit.testing.v1 import AppTest

from lab.engine import Lives
from lab.store import alerting
from tests.alerts.calls import post, rows

Opened = Callable[..., AppTest]
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
BAD = {"state": "failed", "stop_reason": None, "first_token_ms": None}


def said(app: AppTest) -> str:
    assert not app.exception
    kinds = (app.markdown, app.caption, app.warning, app.error)
    return "\n".join(each.value for kind in kinds for each in kind).replace("\\", "")


def marks(app: AppTest) -> list[str]:
    return [each.proto.label for each in app.sidebar.get("page_link")]


def test_without_alerts_the_page_says_so_and_the_frame_has_no_mark(opened: Opened) -> None:
    app = opened("logs", view="alerts")
    assert "No alert is open" in said(app) and "Nothing to watch yet" in said(app) and marks(app) == []


def test_an_alert_is_found_acknowledged_muted_and_over(lives: Lives, opened: Opened) -> None:
    post(lives.lab.store, rows(NOW - HOUR, NOW, HOUR / 99, **BAD, source="simulated"))
    app = opened("logs", view="alerts")
    app.button(key="alerts-look").click().run()
    assert "calls (100.0%) ended in an error" in said(app) and "Those people got no" in said(app)
    assert "Simulated" in said(app)
    assert marks(opened("costs")) == [":red[Alerts: 1 critical]"]
    app.button(key="alert-1-hour-1").click().run()
    assert "muted until" in said(app) and marks(app) == []
    app.button(key="alert-unmute-1").click().run()
    assert marks(app) != []
    app.button(key="alert-ack-1").click().run()
    assert "acknowledged by ana" in said(app) and marks(app) == []
    over = {"key": "errors/simulated/claude-sonnet-5-5", "severity": None, "judged": True}
    lives.lab.store.post(alerting.alerts_found([over], NOW + HOUR, None))
    lives.lab.store.flush()
    assert "No alert is open" in said(app.run()) and "Over" in [each.value for each in app.subheader]


def test_what_could_not_be_delivered_is_said(lives: Lives, opened: Opened) -> None:
    found = dict.fromkeys(alerting.TOLD, "x") | {"key": "x", "severity": "notice", "judged": True}
    store = lives.lab.store
    store.post(alerting.alerts_found([found | {"view": {}, "figures": {}}], NOW, HOUR))
    store.post(alerting.notices_claimed(NOW, 9, HOUR))
    store.post(alerting.notice_failed(1, 8, "The webhook at x.example answered 500.", None))
    store.flush()
    assert "1 message of the last day could not be delivered. The webhook at x.example" in said(
        opened("logs", view="alerts")
    )
