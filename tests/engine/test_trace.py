"""What telemetry is told of a call, and that no call is the worse for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.metrics import _internal as metrics_globals
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from lab.engine import build
from lab.engine.conventions import METRICS, SECONDS, TOKENS
from lab.engine.layers.trace import trace as layer
from lab.errors import BadInput, CallError
from lab.store import Store
from lab.types import Cost, Done, Event, Note, Origin, Request, Sent, Started, Text, Thinking, Usage
from tests.engine.kit import PLAIN, STARTED, answer, caller, collect, done, lab_of, request, row, simulated
from tests.sim.wire import until

CANARY = "canary-5f31"
USAGE = Usage(
    input_tokens=7,
    output_tokens=50,
    cache_creation_input_tokens=1_000,
    cache_read_input_tokens=20_000,
    thinking_tokens=30,
)
COST = Cost(3_812_500_000, 3_812_500_000, 3_812_500_000, "usage")


class Heard:
    """All that has been told: spans in the order of their ends, metrics as they stand."""

    def __init__(self) -> None:
        self.exporter, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers, self.meters = TracerProvider(), MeterProvider([self._reader])
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    @property
    def span(self) -> ReadableSpan:
        """The lab's own, of the only call."""
        (found,) = [span for span in self.spans if span.instrumentation_scope.name == "prompt-lab"]
        return found

    @property
    def points(self) -> dict[str, list[Any]]:
        """By the metric's name."""
        data = self._reader.get_metrics_data()
        found = data.resource_metrics[0].scope_metrics[0].metrics if data else []
        return {metric.name: list(metric.data.data_points) for metric in found}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """Providers registered as a program would that the lab is a part of, and taken away again."""
    ear = Heard()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", ear.tracers)
    monkeypatch.setattr(metrics_globals, "_METER_PROVIDER", ear.meters)
    yield ear
    ear.tracers.shutdown()
    ear.meters.shutdown()


def told(store: Store, *steps: Event | BaseException, asked: Request | None = None, **settings: Any) -> None:
    """Make a call of these steps in the trace layer alone, whatever it comes to."""
    lab = lab_of(store, **settings)
    with suppress(CallError, RuntimeError, asyncio.CancelledError):
        asyncio.run(collect(layer(caller(*steps), lab), asked or request()))


def ended(usage: Usage = USAGE, cost: Cost | None = COST, **fields: Any) -> Done:
    """The end of an answer with these figures."""
    return Done(replace(done("Up.").reply, usage=usage, cost=cost, **fields))


def failed(**fields: Any) -> CallError:
    return CallError(f"The API said {CANARY}.", **fields)


STATES = {
    "ok": ([STARTED, Text("Up."), ended()], StatusCode.OK, None),
    "refused": ([STARTED, ended(stop_reason="refusal")], StatusCode.OK, None),
    "failed": ([failed(status=529, type="overloaded_error")], StatusCode.ERROR, "overloaded_error"),
    "stalled": ([STARTED, failed(status=200, type="timeout", state="stalled")], StatusCode.ERROR, "timeout"),
    "truncated": (
        [STARTED, Text("U"), failed(status=200, type="incomplete_stream", state="truncated")],
        StatusCode.ERROR,
        "incomplete_stream",
    ),
    "cancelled": ([STARTED, Text("U"), asyncio.CancelledError()], StatusCode.UNSET, None),
    "unknown": ([failed(type="no_response")], StatusCode.ERROR, "no_response"),
    "blocked": ([failed(sent=False, type="blocked", state="blocked")], StatusCode.ERROR, "blocked"),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_status_and_error_type(state: str, store: Store, heard: Heard) -> None:
    steps, status, error = STATES[state]
    asked = request()
    told(store, Sent(asked), *steps, asked=asked)
    span = heard.span
    assert (span.status.status_code, span.status.description) == (status, None)
    assert span.attributes["lab.state"] == state
    assert span.attributes.get("error.type") == error
    assert not span.events  # an exception's words may be the server's
    (duration,) = heard.points["gen_ai.client.operation.duration"]
    assert duration.attributes["lab.state"] == state
    assert duration.attributes.get("error.type") == error


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (failed(status=400, type="Your text was: hello"), "http_400"),
        (failed(status=200, type="x" * 100), "_OTHER"),
        (failed(status=None, type=None), "_OTHER"),
        (failed(status=418, type="http_418"), "http_418"),
        (RuntimeError(CANARY), "RuntimeError"),
    ],
)
def test_what_failed_is_named_in_one_word(error: Exception, found: str, store: Store, heard: Heard) -> None:
    told(store, error)
    assert heard.span.attributes["error.type"] == found
    assert CANARY not in str(heard.span.to_json())


def test_a_call_in_full(store: Store, heard: Heard) -> None:
    origin = Origin("check", "me", conversation="c1", prompt="support", version=3, run="r1", case="k1")
    options = {"output_config": {"effort": "low", "format": {"type": "json_schema"}}}
    asked = request(origin=origin, options=options)
    sent = replace(asked, model="claude-opus-5-5")
    steps = [Sent(asked), Note("retry", "again"), Sent(sent), STARTED, Thinking("hm"), Text("Up."), ended()]
    told(store, *steps, asked=asked)
    span = heard.span
    waited = span.attributes["lab.waited"]
    assert dict(span.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-opus-5-5",
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.stream": True,
        "gen_ai.request.reasoning.level": "low",
        "gen_ai.output.type": "json",
        "gen_ai.response.id": "msg_1",
        "gen_ai.response.model": PLAIN,
        "gen_ai.response.finish_reasons": ("end_turn",),
        "gen_ai.response.time_to_first_chunk": 0.2,
        "gen_ai.usage.input_tokens": 21_007,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 20_000,
        "gen_ai.usage.cache_creation.input_tokens": 1_000,
        "gen_ai.usage.cache_write.input_tokens": 1_000,
        "gen_ai.usage.reasoning.output_tokens": 30,
        "gen_ai.prompt.name": "support",
        "gen_ai.prompt.version": "3",
        "gen_ai.conversation.id": "c1",
        "server.address": "127.0.0.1",
        "server.port": 9,
        "http.response.status_code": 200,
        "anthropic.request.id": "req_1",
        "lab.call.id": asked.id,
        "lab.origin": "check",
        "lab.run.id": "r1",
        "lab.case.id": "k1",
        "lab.state": "ok",
        "lab.source": "api",
        "lab.attempts": 2,
        "lab.retries": 1,
        "lab.waited": waited,
        "lab.cost.usd": 0.0038125,
    }
    assert (span.name, span.kind) == (f"chat {PLAIN}", trace.SpanKind.CLIENT)
    assert waited >= 0
    page = (Path(__file__).parents[2] / "docs/telemetry.md").read_text(encoding="utf-8")
    names = [*span.attributes, "error.type", *(metric.name for metric in METRICS)]
    assert not [name for name in names if f"`{name}`" not in page]


def test_metrics_count_what_the_conventions_mean(store: Store, heard: Heard) -> None:
    told(store, STARTED, Text("Up."), ended())
    points = heard.points
    assert set(points) == {metric.name for metric in METRICS}
    tokens = {
        point.attributes["gen_ai.token.type"]: point.sum for point in points["gen_ai.client.token.usage"]
    }
    assert tokens == {"input": 21_007, "output": 50}
    (first,) = points["gen_ai.client.operation.time_to_first_chunk"]
    (cost,) = points["lab.client.cost"]
    assert (first.sum, cost.value) == (0.2, 0.0038125)
    assert first.explicit_bounds == SECONDS
    assert points["gen_ai.client.token.usage"][0].explicit_bounds == TOKENS
    assert dict(cost.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": PLAIN,
        "gen_ai.response.model": PLAIN,
        "server.address": "127.0.0.1",
        "server.port": 9,
        "lab.origin": "api",
        "lab.source": "api",
    }


def test_what_is_not_known_is_not_there(store: Store, heard: Heard) -> None:
    begun = STARTED._replace(model="a name that a server made up", usage=Usage())
    told(store, begun, ended(Usage(), Cost(None, None, None, "usage"), model=begun.model))
    span, points = heard.span, heard.points
    assert not [name for name in span.attributes if name.startswith(("gen_ai.usage", "lab.cost"))]
    assert set(points) == {"gen_ai.client.operation.duration", "gen_ai.client.operation.time_to_first_chunk"}
    assert span.attributes["gen_ai.response.model"] == begun.model
    assert "gen_ai.response.model" not in points["gen_ai.client.operation.duration"][0].attributes


def test_a_refusal_that_is_not_billed_costs_nothing_which_is_known(store: Store, heard: Heard) -> None:
    asked = request("[[refuse]]")

    async def make() -> None:
        async with simulated(store) as (call, _, _):
            await collect(call, asked)

    asyncio.run(make())
    assert heard.span.attributes["lab.cost.usd"] == 0.0


@pytest.mark.parametrize("content", ["off", "on"])
def test_words_are_told_only_on_request(content: str, store: Store, heard: Heard) -> None:
    blocks = ({"type": "tool_use", "id": "t1", "name": "look", "input": {"at": f"{CANARY}-answer"}},)
    turns = (
        {"role": "user", "content": f"{CANARY}-question"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
        {"role": "user", "content": [{"type": "image", "source": {"data": "secret pixels"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "done"}]},
    )
    asked = request(messages=turns, system=f"{CANARY}-system")
    end = ended(content=blocks, stop_reason="tool_use")
    told(store, Sent(asked), STARTED, Text(CANARY), end, asked=asked, telemetry_content=content)
    told_of = heard.span.attributes
    assert "secret pixels" not in heard.span.to_json()
    if content == "off":
        assert CANARY not in heard.span.to_json()
        return
    system = [{"type": "text", "content": f"{CANARY}-system"}]
    assert json.loads(told_of["gen_ai.system_instructions"]) == system
    parts = [turn["parts"] for turn in json.loads(told_of["gen_ai.input.messages"])]
    assert parts == [
        [{"type": "text", "content": f"{CANARY}-question"}],
        [{"type": "reasoning", "content": "hm"}],
        [{"type": "image"}],
        [{"type": "tool_call_response", "id": "t1", "response": "done"}],
    ]
    call = {"type": "tool_call", "id": "t1", "name": "look", "arguments": {"at": f"{CANARY}-answer"}}
    (said,) = json.loads(told_of["gen_ai.output.messages"])
    assert said == {"role": "assistant", "parts": [call], "finish_reason": "tool_use"}


def test_what_never_left_is_not_told_even_on_request(store: Store, heard: Heard) -> None:
    told(store, STATES["blocked"][0][0], asked=request(CANARY), telemetry_content="on")
    assert CANARY not in heard.span.to_json()


def whole(store: Store, text: str, **fields: Any) -> tuple[Request, Any]:
    """One call through everything, to a simulated Claude: what was asked, and its row."""
    asked = request(text, **fields)

    async def make() -> Any:
        async with simulated(store) as (call, lab, _):
            with suppress(CallError):
                await collect(call, asked)
            return row(lab, asked)

    return asked, asyncio.run(make())


def test_the_sdks_spans_are_its_children_one_an_attempt(
    store: Store, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE", "content")
    with heard.tracers.get_tracer("the program").start_as_current_span("its work") as outer:
        asked, written = whole(store, f"{CANARY} [[529 once retry-after 0.01]]", system=CANARY)
        assert trace.get_current_span() is outer
    span = heard.span
    attempts = [one for one in heard.spans if one.name == "anthropic.messages.create"]
    assert span.parent.span_id == outer.get_span_context().span_id
    assert [one.parent.span_id for one in attempts] == [span.context.span_id] * 2
    assert [one.status.status_code for one in attempts] == [StatusCode.ERROR, StatusCode.OK]
    assert all(one.end_time <= span.end_time for one in attempts)
    assert not [name for one in attempts for name in one.attributes if name.startswith("gen_ai.usage.")]
    assert span.attributes["gen_ai.usage.output_tokens"] == written["output_tokens"] > 0
    assert span.attributes["lab.cost.usd"] == written["cost"] / 10**12 > 0
    assert (span.attributes["lab.attempts"], span.attributes["lab.call.id"]) == (2, asked.id)
    assert not [one.name for one in heard.spans if CANARY in one.to_json()]


@pytest.mark.parametrize("how", ["cancelled", "closed"])
def test_leaving_in_the_middle_ends_each_span_once(how: str, store: Store, heard: Heard) -> None:
    async def make() -> None:
        seen: list[Event] = []

        async def read() -> None:
            async with aclosing(call(request("[[stall 600 after 3]]"))) as events:
                async for event in events:
                    seen.append(event)
                    assert not trace.get_current_span().is_recording()  # the reader's context stays its own
                    if how == "closed" and type(event) is Text:
                        return

        async with simulated(store, ping=0.02) as (call, _, server):
            task = asyncio.create_task(read())
            await until(lambda: any(type(event) is Text for event in seen))
            if how == "cancelled":
                task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() == (how == "cancelled")
            await until(lambda: server.stats.open == 0)

    asyncio.run(make())
    assert [span.name for span in heard.spans] == ["anthropic.messages.create", f"chat {PLAIN}"]
    assert heard.span.attributes["lab.state"] == "cancelled"
    assert heard.span.status.status_code == StatusCode.UNSET


class Broken(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise OSError("nobody is there")


class Bug(SpanProcessor):
    def on_start(self, span: Any, parent_context: Any = None) -> None:
        raise RuntimeError("a bug")

    def on_end(self, span: ReadableSpan) -> None:
        raise RuntimeError("a bug")


@pytest.mark.parametrize("processor", [SimpleSpanProcessor(Broken()), Bug()])
def test_whoever_listens_badly_harms_no_call(processor: Any, store: Store, heard: Heard) -> None:
    heard.tracers.add_span_processor(processor)
    heard.meters.shutdown()
    events = asyncio.run(collect(build(lab_of(store), caller(*answer("a"))), request()))
    assert [type(event) for event in events] == [Sent, Started, Text, Done]
    _, written = whole(store, "Hello")
    assert written["state"] == "ok"


def test_a_model_that_nobody_knows_is_refused_as_ever(store: Store, heard: Heard) -> None:
    lab = lab_of(store)
    with pytest.raises(BadInput):
        asyncio.run(collect(build(lab, caller()), request(model="claude-nobody")))
    assert heard.span.attributes["error.type"] == "BadInput"


def test_where_nobody_listens_the_layer_is_the_call_itself(store: Store) -> None:
    inner = caller(*answer("a"))
    made = layer(inner, lab_of(store))(request())
    assert made.__qualname__ == inner(request()).__qualname__
