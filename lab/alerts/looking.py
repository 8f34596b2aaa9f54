"""One look at everything: what the rules find is kept, and who is to be told is told."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from lab import alerting, clock, store
from lab.alerting import Alerting
from lab.alerts import webhook
from lab.alerts.gathering import gathered
from lab.alerts.judgement import Judgement
from lab.alerts.rules import judged
from lab.engine import Lab
from lab.errors import LabError

EVERY = 60.0
"""Seconds between two looks of the app."""
LEASE = timedelta(seconds=90)
"""Another process looks once this one has not for so long."""
MOST = 10
"""Messages that are sent at one look, one after the other."""


def found(lab: Lab, at: datetime | None = None) -> list[Judgement]:
    """How all that is watched stands now. Raises LabError."""
    wanted = alerting.alerting(lab.settings.alerts)
    return list(judged(gathered(lab, at or clock.now()), wanted))


async def look(lab: Lab, at: datetime | None = None) -> list[Judgement]:
    """The same; alerts are opened, kept and ended by it, and the webhook is told. Several processes may look
    at once: each message is sent by one. Raises LabError."""
    at = at or clock.now()
    judgements = await asyncio.to_thread(found, lab, at)
    wanted = alerting.alerting(lab.settings.alerts)
    url = alerting.address(wanted.webhook, os.environ)
    remind = _remind(wanted) if url else None
    rows = [{**asdict(each), "key": each.key} for each in judgements]
    await lab.store.commit(store.alerting.alerts_found(rows, at, remind))
    if url:
        await _tell(lab, url)
    return judgements


async def _tell(lab: Lab, url: str) -> None:
    """Send what waits. What cannot be sent is kept with the reason, and tried again later."""
    lease = timedelta(seconds=2 * MOST * webhook.TIMEOUT)
    claimed = await lab.store.commit(store.alerting.notices_claimed(datetime.now(UTC), MOST, lease))
    for message in claimed:
        error = await asyncio.to_thread(webhook.post, url, message["event"], message["alert"])
        at = datetime.now(UTC)
        if error is None:
            await lab.store.commit(store.alerting.notice_sent(message["id"], at))
            continue
        tries = message["tries"] + 1
        later = webhook.again(tries, at)
        logging.getLogger("lab").warning("%s%s", error, "" if later else " It is not tried again.")
        await lab.store.commit(store.alerting.notice_failed(message["id"], tries, error, later))


def _remind(wanted: Alerting) -> timedelta:
    """0 hours: never, which is a hundred years."""
    return timedelta(hours=wanted.remind) if wanted.remind else timedelta(days=36525)


class Watch:
    """A thread that looks once a minute, as long as no other process does."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lab-alerts", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Come back once no look is under way."""
        self._end.set()
        self._thread.join(2 * MOST * webhook.TIMEOUT)

    def _run(self) -> None:
        said = ""
        while not self._end.wait(EVERY):
            try:
                asyncio.run(self._turn())
                said = ""
            except LabError as error:
                if str(error) != said:  # once, not every minute
                    logging.getLogger("lab").error("Alerts are not looked at: %s", error)
                said = str(error)
            except Exception:
                logging.getLogger("lab").exception("A look at the alerts failed.")

    async def _turn(self) -> None:
        taken = store.alerting.watch_taken("alerts", self._lab.store.process, datetime.now(UTC), LEASE)
        if await self._lab.store.commit(taken):
            await look(self._lab)
