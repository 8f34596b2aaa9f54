"""Numbers as people and models write them."""

from __future__ import annotations

import re
from collections import deque
from decimal import Decimal

NUMBER = re.compile(
    r"(?:(?<![\w)\]%])(?:(?P<sign>[-+−])[$€£¥]?|[$€£¥](?P<inner>[-+−])))?"
    r"(?P<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?P<power>[eE][-+]?[0-9]{1,3}(?!\w))?"
)
"""A hyphen right after a word or a number joins, it is no minus: the last number of `10-20` is 20."""


def last_number(text: str) -> Decimal | None:
    """The last number in a text; None without any.

    Takes commas between thousands, decimals, a sign before or after a currency sign, and powers such as
    `2e3`; what stands round it (`$18.`, `25%`, `**7**`) is no part of it.
    """
    last = deque(NUMBER.finditer(text), maxlen=1)
    if not last:
        return None
    found = last[0]
    sign = "-" if (found["sign"] or found["inner"] or "+") in "-−" else ""
    return Decimal(sign + found["digits"].replace(",", "") + (found["power"] or ""))
