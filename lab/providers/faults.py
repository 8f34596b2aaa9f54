"""What the SDK's and the network's exceptions mean: LabErrors, with a sentence each."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lab.errors import BadKey, CallError, LabError
from lab.providers.assembly import LIMITS, Assembly

MAYBE_BILLED = "may have been billed; it is not sent again by itself. Ask again if you want it anew."
BROKEN_OFF = "what arrived is kept. Ask again to have it whole."

ADVICE = {
    "invalid_request_error": "The request breaks a rule of the API. Change what it names.",
    "authentication_error": "The key was refused. Check it with `lab doctor`.",
    "billing_error": "The account cannot be billed. See the plans and billing page of the Claude Console.",
    "permission_error": "This key may not use this model or feature. Choose another, or ask whoever gave it.",
    "not_found_error": "The endpoint does not know this model or address; `lab models` lists what there is.",
    "request_too_large": "The request is too large. Shorten it.",
    "rate_limit_error": "Too many requests or tokens. Try again later, or send less at once.",
    "overloaded_error": "The API is overloaded. Try again in a moment.",
    "api_error": "The API failed. Try again in a moment.",
    "timeout_error": f"The API gave up waiting for the model. The request {MAYBE_BILLED}",
    "redirect": "It redirects, and the lab does not follow: name the address it leads to as base_url.",
}

NOT_SENT = {
    "ClientConnectorError",
    "ClientConnectorCertificateError",
    "ClientConnectorDNSError",
    "ClientConnectorSSLError",
    "ClientHttpProxyError",
    "ClientProxyConnectionError",
    "ConnectionTimeoutError",
    "NonHttpUrlClientError",
    "InvalidUrlClientError",
}
"""Exceptions of aiohttp that come before the first byte of a request. httpx2's own names do not tell:
a server that closes without an answer is a ConnectError there too."""


def explain(error: Exception, where: str, message: Assembly | None, billable: bool = True) -> LabError:
    """The error to raise for an exception of the SDK, or one raised by what a stream carried.

    `where` is the endpoint's address; `message` what had come of the stream, None before its headers.
    """
    import anthropic
    import httpx2

    request_id = message.request_id if message else None
    if isinstance(error, anthropic.APIStatusError):
        return _refused(error, request_id)
    if isinstance(error, anthropic.AnthropicError) and not isinstance(error, anthropic.APIError):
        return BadKey(f"The SDK's credentials cannot be used: {error}")
    if isinstance(error, (anthropic.APIConnectionError, httpx2.TransportError)):
        if message is None:
            return _unanswered(error, where, billable)
        sentence = f"The connection to {where} broke in the middle of the answer; {BROKEN_OFF}"
        return CallError(sentence, status=200, type="connection_lost", request_id=request_id)
    kind = type(error).__name__
    sentence = f"{where} sent something that the Messages API does not ({kind}); {BROKEN_OFF}"
    return CallError(sentence, status=200, type="malformed_stream", request_id=request_id)


def incomplete(request_id: str | None, began: bool) -> CallError:
    """A stream that ended without saying so: nothing raised, yet the answer is not complete."""
    if began:
        sentence = f"The stream ended before the answer was complete; {BROKEN_OFF}"
    else:
        sentence = "The endpoint answered 200 without any of the API's events. Is a proxy in between?"
    state = "truncated" if began else "failed"
    return CallError(sentence, status=200, type="incomplete_stream", request_id=request_id, state=state)


def _unanswered(error: Exception, where: str, billable: bool) -> CallError:
    """No response came. Whether the request left decides whether it may have been billed."""
    causes = _causes(error)
    why = next(name for name in reversed(causes) if name != "CancelledError")  # how a timeout ends a wait
    if not NOT_SENT.isdisjoint(causes):
        return CallError(
            f"{where} cannot be reached ({why}). Check the network, a proxy, or the endpoint's base_url.",
            type="connection_error", sent=False,
        )  # fmt: skip
    did = "gave no answer in time" if "Timeout" in why else "closed the connection without an answer"
    billed = f" The request {MAYBE_BILLED}" if billable else ""
    return CallError(f"{where} {did} ({why}).{billed}", type="no_response")


def _refused(error: Any, request_id: str | None) -> CallError:
    """The API said no, before the stream or in it."""
    status, headers = error.status_code, error.response.headers
    unnamed = {2: "error_event", 3: "redirect"}.get(status // 100, f"http_{status}")
    kind = str(error.type or unnamed)
    did = "broke the answer off with" if status == 200 else f"answered {status}"
    words = " ".join(str(error.api_message or "").split())
    said = f' It said: "{words[:300]}"' if words else ""
    key = error.request.headers.get("authorization", "").removeprefix("Bearer ")
    if len(key) >= 8:  # shorter ones are placeholders, and words of the language
        kind, said = kind.replace(key, "[key]"), said.replace(key, "[key]")
    advice = ADVICE.get(kind, f"{BROKEN_OFF[0].upper()}{BROKEN_OFF[1:]}" if status == 200 else "")
    return CallError(
        f"The API {did} {kind}. {advice}".rstrip() + said,
        status=status,
        type=kind,
        request_id=error.request_id or request_id,
        retry_after=_seconds(headers),
        limits={name: value for name, value in headers.items() if name.startswith(LIMITS)},
        should_retry={"true": True, "false": False}.get(headers.get("x-should-retry", "")),
    )


def _seconds(headers: Any) -> float | None:
    """How long the server asks to wait, by `retry-after-ms` or `retry-after` in seconds or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    try:
        due = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (due - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _causes(error: BaseException) -> list[str]:
    """The names of the exception and of those it was raised from, down to the network's own. Not of those
    that were only being handled meanwhile: they may belong to another call.
    """
    names = [type(error).__name__]
    while error := error.__cause__:
        names.append(type(error).__name__)
    return names
