"""Message Batches at one endpoint, through Anthropic's own SDK: each method is one request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lab.batch import Batch, Outcome
from lab.errors import CallError, LabError
from lab.models import Endpoint
from lab.providers import clients, faults
from lab.providers.assembly import usage
from lab.types import Reply, Request, Timing, Usage

PATH = "/v1/messages/batches"
PAGE = 100
"""Batches that are listed at once."""
NO_BATCHES = (404, 405, 501)
"""What servers answer that have no batches."""
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
SAME_AGAIN = 429
"""From this status on it was not the request's fault."""


class Batches:
    """Those of one endpoint. Everything raises LabError as `Provider` does."""

    def __init__(self, client: Any, endpoint: Endpoint, where: str) -> None:
        self._client, self._endpoint, self._where = client, endpoint, where

    async def create(self, items: Mapping[str, Request]) -> Batch:
        """Submit requests, each under its custom_id."""
        asked = [{"custom_id": id, "params": request.body()} for id, request in items.items()]
        try:
            return _batch(await self._said("post", PATH, body={"requests": asked}))
        except CallError as error:
            if error.status not in NO_BATCHES:
                raise
            raise CallError(
                f"{self._where} has no Message Batches ({error.status}). Make it without a batch.",
                status=error.status,
                type="no_batches",
            ) from None

    async def find(self, id: str) -> Batch:
        """How a batch stands."""
        return _batch(await self._said("get", f"{PATH}/{id}"))

    async def cancel(self, id: str) -> Batch:
        """Ask for its end: what is not answered by then never is."""
        return _batch(await self._said("post", f"{PATH}/{id}/cancel"))

    async def newest(self) -> AsyncIterator[Batch]:
        """All batches that this key may see, newest first."""
        after = ""
        while True:
            page = await self._said("get", f"{PATH}?limit={PAGE}{after}")
            for each in page["data"]:
                yield _batch(each)
            if not page.get("has_more"):
                return
            after = f"&after_id={page['last_id']}"

    async def results(self, id: str) -> AsyncIterator[Outcome]:
        """What became of its requests, in any order. Asked of the endpoint itself, whatever host the batch's
        `results_url` names: the key goes nowhere else."""
        import httpx2

        response = await self._said("get", f"{PATH}/{id}/results", cast_to=httpx2.Response, stream=True)
        source, fault = "simulated" if response.headers.get("x-simulated") else "batch", None
        try:
            async for line in _lines(response):
                yield _outcome(json.loads(line), source)
        except Exception as error:
            fault = faults.explain(error, self._where, None, billable=False)
        finally:
            await response.aclose()
        if fault:
            raise fault

    async def _said(self, method: str, path: str, **options: Any) -> Any:
        fault = None
        try:
            return await getattr(self._client, method)(path, **{"cast_to": object, **options})
        except Exception as error:
            fault = clients.refused(self._endpoint, error)
            fault = fault or faults.explain(error, self._where, None, billable=False)
        raise fault  # here, so that nothing of the SDK's hangs on it: a server may repeat the key


async def _lines(response: Any) -> AsyncIterator[bytes]:
    """The lines of a body, which end in a line feed and nothing else: texts hold other separators."""
    rest = b""
    async for piece in response.aiter_bytes():
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
    if rest.strip():
        yield rest


def _batch(said: Mapping[str, Any]) -> Batch:
    try:
        status = str(said["processing_status"])
        counts = {str(name): int(count) for name, count in said["request_counts"].items()}
        times = (str(said["created_at"]), str(said["expires_at"]), said.get("ended_at"))
        return Batch(str(said["id"]), status, counts, *times, bool(said.get("cancel_initiated_at")))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise LabError(f"What the endpoint said of a batch is none: {str(said)[:200]}") from None


def _outcome(line: Mapping[str, Any], source: str) -> Outcome:
    result, id = line["result"], str(line["custom_id"])
    kind = result["type"]
    if kind == "succeeded":
        return Outcome(id, _reply(result["message"], source), None)
    if kind == "errored":
        error = _errored(result["error"])
        return Outcome(id, None, error, again=(error.status or 500) >= SAME_AGAIN)
    sentence = "The batch expired before this was answered; it was not billed."
    state = "failed"
    if kind == "canceled":
        sentence, state = "The batch was cancelled before this was answered; it was not billed.", "cancelled"
    return Outcome(id, None, CallError(sentence, type=str(kind), state=state))


def _errored(error: Mapping[str, Any]) -> CallError:
    inner: Mapping[str, Any] = error.get("error") or {}
    kind, words = str(inner.get("type") or "api_error"), " ".join(str(inner.get("message") or "").split())
    said = f' It said: "{words[:300]}"' if words else ""
    sentence = f"The API answered {kind} in the batch. {faults.ADVICE.get(kind, '')}".rstrip()
    return CallError(
        f"{sentence}{said}",
        status=STATUSES.get(kind, 500),
        type=kind,
        request_id=error.get("request_id"),
        state="failed",  # what failed in a batch is not billed, so that nothing is unknown
    )


def _reply(message: Mapping[str, Any], source: str) -> Reply:
    """The answer. How long one request of a batch took, nobody says."""
    said: Sequence[Mapping[str, Any]] = message["content"]
    return Reply(
        id=str(message["id"]),
        request_id=None,
        content=tuple(said),
        model=str(message["model"]),
        stop_reason=str(message["stop_reason"]),
        stop_sequence=message.get("stop_sequence"),
        stop_details=message.get("stop_details"),
        usage=replace(usage(message["usage"], Usage()), service_tier="batch"),
        timing=Timing(None, None, None),
        source=source,
    )
