"""Telling a webhook: one POST of JSON for each message. What goes wrong is said, and harms nothing else."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 5.0
TRIES = 8
FIRST_WAIT = timedelta(minutes=1)
"""Before the second try; doubled each time: two hours in all."""
EVENTS = {"opened": "", "worse": "Worse: ", "reminder": "Still: ", "ended": "Over: "}
"""What a message is about, and how its text begins."""
SIGNS = {"notice": "ℹ️", "warning": "⚠️", "critical": "🔴"}


class _Stay(urllib.request.HTTPRedirectHandler):
    """An answer that leads elsewhere is a failure: nothing is sent where nobody said it should be."""

    def redirect_request(self, *about: Any) -> None:
        return None


def payload(event: str, alert: Mapping[str, Any]) -> dict[str, Any]:
    """`text` as Slack and those like it show it, and the alert's own fields."""
    made_up = " (SIMULATED: no real calls)" if alert["kind"] == "simulated" else ""
    said = f"{EVENTS[event]}{alert['sentence']}{made_up}"
    if event != "ended":
        said = f"{said}\n{alert['means']} {alert['do']}\n{alert['command']}"
    sign = "✅" if event == "ended" else SIGNS[alert["severity"]]
    fields = ("id", "rule", "subject", "severity", "kind", "sentence", "means", "do", "command", "figures")
    times = {name: alert[name] for name in ("opened_at", "seen_at", "ended_at")}
    text = f"{sign} {said}".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": text, "event": event, "alert": {name: alert[name] for name in fields} | times}


def post(url: str, event: str, alert: Mapping[str, Any]) -> str | None:
    """Send one message; gives why it was not taken, in a sentence without the URL, which may be a secret."""
    body = json.dumps(payload(event, alert), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "prompt-lab"}
    request = urllib.request.Request(url, body, headers, method="POST")
    opener = urllib.request.build_opener(_Stay)
    host = urlsplit(url).hostname
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        error.close()
        return f"The webhook at {host} answered {error.code}."
    except TimeoutError:
        return f"The webhook at {host} did not answer within {TIMEOUT:g} s."
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None)
        why = getattr(why, "strerror", None) or type(why or error).__name__
        return f"The webhook at {host} could not be reached: {why}."
    return None


def again(tries: int, at: datetime) -> datetime | None:
    """When to try once more after so many tries; None: never."""
    return at + FIRST_WAIT * 2 ** (tries - 1) if tries < TRIES else None
