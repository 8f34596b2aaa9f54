"""Requests put together to batches, none of them larger than the API takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lab.batch import MOST_BYTES, MOST_REQUESTS
from lab.engine import Lab
from lab.types import Request

WRAPPING = 120
"""Bytes that stand round a request in a batch: its custom_id, brackets and commas."""


def parcels(
    lab: Lab, requests: Iterable[Request], most: int = MOST_REQUESTS, most_bytes: int = MOST_BYTES
) -> Iterator[list[Request]]:
    """The requests of each endpoint, as few batches as may be, in their order."""
    open: dict[str, tuple[list[Request], int]] = {}
    for request in requests:
        name = lab.endpoint(request.model).name
        # as the wire has it, with what is not ASCII at its longest
        size = len(json.dumps(request.body())) + WRAPPING
        parcel, weight = open.get(name, ([], 0))
        if parcel and (len(parcel) >= most or weight + size > most_bytes):
            yield parcel
            parcel, weight = [], 0
        parcel.append(request)
        open[name] = (parcel, weight + size)
    yield from (parcel for parcel, _ in open.values())
