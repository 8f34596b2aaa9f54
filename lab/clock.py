"""Here and now, and points in time as people type them."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lab.errors import BadInput

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=3660)
LOCAL = Path("/etc/localtime")
FORMS = "90m, 2h, 3d, 18:00, 2026-12-01 or 2026-12-01T18:00"


def zone() -> tzinfo:
    """This machine's time zone, whose days are as long as its clocks make them; what its clock is off UTC
    today, where its name cannot be found."""
    named = os.environ.get("TZ", "").lstrip(":") or str(LOCAL.resolve())
    try:
        return ZoneInfo(named.rpartition("zoneinfo/")[2])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.now().astimezone().tzinfo or UTC


def now() -> datetime:
    """Now, in this machine's time zone."""
    return datetime.now(zone())


def later(text: str, now: datetime) -> datetime:
    """The time that `2h`, `18:00` (today, or tomorrow where that is over), `2026-12-01` or
    `2026-12-01T18:00` means; `now` says in which zone. Raises BadInput for what is none, or is over."""
    said = text.strip()
    try:
        found = _span(said, now) or _o_clock(said, now) or datetime.fromisoformat(said)
    except (ValueError, OverflowError):
        raise BadInput(f"'{said[:40]}' is not a time. Write {FORMS}.") from None
    found = found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
    if found <= now:
        raise BadInput(f"{found:%Y-%m-%d %H:%M} is over. Name a time that is to come: {FORMS}.")
    if found - now > LONGEST:
        raise BadInput(f"{found:%Y-%m-%d} is more than ten years from now. Leave the time out instead.")
    return found


def _span(text: str, now: datetime) -> datetime | None:
    match = re.fullmatch(r"([1-9][0-9]{0,8}) ?([mhd])", text)
    return now + timedelta(**{UNITS[match[2]]: int(match[1])}) if match else None


def _o_clock(text: str, now: datetime) -> datetime | None:
    if not re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", text):
        return None
    found = datetime.combine(now.date(), time.fromisoformat(text.zfill(5)), now.tzinfo)
    return found if found > now else found + timedelta(days=1)
