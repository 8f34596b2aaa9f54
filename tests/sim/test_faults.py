"""Every directive, seen from the SDK."""

import asyncio
import json

import anthropic
import httpx2
import pytest

from lab.sim import garbling
from lab.sim.faults import ENDS, FORMS

from .wire import events, question, run, texts, until

DELTA = ["content_block_delta"]


async def broken(client, text: str) -> tuple[list, BaseException | None]:
    """The events that came, and the exception that ended them."""
    found = []
    try:
        async for event in await client.messages.create(**question(text), stream=True):
            found.append(event)
    except Exception as error:
        return found, error
    return found, None


@pytest.mark.parametrize(
    ("text", "kind", "type"),
    [
        ("[[400]]", anthropic.BadRequestError, "invalid_request_error"),
        ("[[401]]", anthropic.AuthenticationError, "authentication_error"),
        ("[[unauthorized]]", anthropic.AuthenticationError, "authentication_error"),
        ("[[418]]", anthropic.APIStatusError, "invalid_request_error"),
        ("[[429 retry-after 5]]", anthropic.RateLimitError, "rate_limit_error"),
        ("[[500]]", anthropic.InternalServerError, "api_error"),
        ("[[503]]", anthropic.ServiceUnavailableError, "api_error"),
        ("[[529]]", anthropic.OverloadedError, "overloaded_error"),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_statuses(text, kind, type, stream):
    async def test(server, client):
        for _ in range(2):
            with pytest.raises(kind) as caught:
                await client.messages.create(**question(text), stream=stream)
            assert caught.value.type == type
        assert caught.value.response.headers.get("retry-after") == ("5" if "after" in text else None)
        assert (server.stats.errors, server.stats.billed.input_tokens) == (2, 0)

    run(test)


@pytest.mark.parametrize(("count", "failures"), [("once", 1), ("twice", 2), ("3 times", 3)])
def test_counts_are_per_body(count, failures):
    async def test(server, client):
        async def failed(text: str) -> bool:
            try:
                await client.messages.create(**question(text))
            except anthropic.OverloadedError:
                return True
            return False

        one, other = f"One [[529 {count}]]", f"Other [[529 {count}]]"
        assert [await failed(one) for _ in range(failures + 2)] == [True] * failures + [False] * 2
        assert await failed(other)

    run(test)


def test_should_retry_goes_with_a_status():
    async def test(server, client):
        apart = "[[500]] [[x-should-retry false]] [[retry-after 2]]"
        together = "[[500 x-should-retry false retry-after 2]]"
        for text in (apart, together):
            with pytest.raises(anthropic.InternalServerError) as caught:
                await client.messages.create(**question(text))
            headers = caught.value.response.headers
            assert (headers["x-should-retry"], headers["retry-after"]) == ("false", "2")

    run(test)


def test_a_finer_error_and_a_wait_in_milliseconds():
    async def test(server, client):
        with pytest.raises(anthropic.EnforcedSpendLimitReachedError) as caught:
            await client.messages.create(**question("[[429 error_code enforced_spend_limit_reached]]"))
        assert caught.value.error_code == "enforced_spend_limit_reached"
        assert "retry-after" not in caught.value.response.headers
        waiting = client.with_options(max_retries=1)
        answer = await waiting.messages.create(**question("[[529 once retry-after-ms 20]]"))
        assert (answer.stop_reason, server.stats.errors) == ("end_turn", 2)
        with pytest.raises(anthropic.OverloadedError) as caught:
            await client.messages.create(**question("[[529 retry-after-ms 20]]"))
        assert caught.value.response.headers["retry-after-ms"] == "20"

    run(test)


def test_cut_and_end():
    async def test(server, client):
        found, error = await broken(client, "[[cut after 3]]")
        assert len(texts(found)) == 3 and isinstance(error, httpx2.RemoteProtocolError)
        assert server.stats.billed.output_tokens == 3
        found, error = await broken(client, "[[cut]]")
        assert [event.type for event in found] == ["message_start"] and error
        found, error = await broken(client, "[[end after 3]]")
        assert len(texts(found)) == 3 and error is None and found[-1].type == "content_block_delta"
        found, error = await broken(client, "[[end after 9]] [[words 5]]")
        assert len(texts(found)) == 5 and found[-1].type == "content_block_stop"
        assert (server.stats.errors, server.stats.completed) == (4, 0)

    run(test)


def test_reset():
    async def test(server, client):
        found, error = await broken(client, "[[reset after 3]]")
        assert len(texts(found)) <= 3 and isinstance(error, httpx2.HTTPError)
        assert server.stats.errors == 1

    run(test)


def test_error_event():
    async def test(server, client):
        found, error = await broken(client, "[[error overloaded_error after 3]]")
        assert len(texts(found)) == 3
        assert (error.status_code, error.type) == (200, "overloaded_error")
        assert json.loads(json.dumps(error.body))["request_id"] == error.request_id

    run(test)


@pytest.mark.parametrize("verb", ["cut", "reset", "end"])
def test_a_whole_answer_that_is_cut_never_comes(verb):
    async def test(server, client):
        with pytest.raises(anthropic.APIConnectionError):
            await client.messages.create(**question(f"[[{verb} after 3]]"))
        assert (server.stats.errors, server.stats.billed.output_tokens) == (1, 3)

    run(test)


def test_a_whole_answer_with_an_error_is_a_status():
    async def test(server, client):
        with pytest.raises(anthropic.OverloadedError):
            await client.messages.create(**question("[[error overloaded_error after 3]]"))
        assert server.stats.errors == 1

    run(test)


@pytest.mark.parametrize(("text", "before"), [("[[stall 0.2]]", 0), ("[[stall 0.2 after 3]]", 3)])
def test_a_stall_is_silent_but_for_pings(text, before):
    async def test(server, client):
        asked = question(f"{text} [[words 5]]")
        async with client.messages.with_streaming_response.create(**asked, stream=True) as response:
            wire = "".join([part async for part in response.iter_text()])
        kinds = [part.split("\n")[0].removeprefix("event: ") for part in wire.split("\n\n")]
        assert kinds.count("content_block_delta") == 5
        last_ping = len(kinds) - 1 - kinds[::-1].index("ping")
        assert kinds.count("ping") >= 3
        assert kinds[:last_ping].count("content_block_delta") == before
        silent = await client.messages.with_raw_response.create(
            **question(f"{text[:-2]} silent]]"), stream=True
        )
        assert silent.http_response.status_code == 200

    run(test, ping=0.05)


def test_hang_sends_no_header():
    async def test(server, client):
        with pytest.raises(anthropic.APITimeoutError):
            await client.with_options(timeout=0.1).messages.create(**question("[[hang 30]]"), stream=True)
        await until(lambda: server.stats.disconnects == 1)
        assert (server.stats.open, server.stats.billed.input_tokens) == (0, 0)
        assert (await client.messages.create(**question("[[hang 0.1]]"))).stop_reason == "end_turn"

    run(test)


def test_drop_and_html():
    async def test(server, client):
        with pytest.raises(anthropic.APIConnectionError):
            await client.messages.create(**question("[[drop]]"), stream=True)
        page = await client.messages.with_raw_response.create(**question("[[html]]"), stream=True)
        assert page.headers["content-type"] == "text/html"
        assert await broken(client, "[[html]]") == ([], None)
        assert server.stats.errors == 3

    run(test)


@pytest.mark.parametrize(("text", "left", "billed"), [("[[refuse]]", 0, False), ("[[refuse after 3]]", 3, 1)])
def test_refusals(text, left, billed):
    async def test(server, client):
        found = await events(client, text)
        assert found[-2].delta.stop_reason == "refusal"
        assert found[-2].delta.stop_details.type == "refusal"
        assert len(texts(found)) == left
        assert found[0].message.usage.input_tokens > 0
        assert (server.stats.billed.input_tokens > 0) == billed
        assert server.stats.billed.output_tokens == left
        whole = await client.messages.create(**question(text))
        assert whole.stop_reason == "refusal" and len(whole.content) == (1 if left else 0)

    run(test)


@pytest.mark.parametrize("text", ["[[refuse cyber]]", "[[refuse after 2 cyber]]", "[[refuse cyber after 2]]"])
def test_a_refusal_may_have_a_category(text):
    async def test(server, client):
        answer = await client.messages.create(**question(text))
        assert (answer.stop_details.type, answer.stop_details.category) == ("refusal", "cyber")
        assert answer.usage.output_tokens == (2 if "after" in text else 0)

    run(test)


@pytest.mark.parametrize("reason", ENDS)
@pytest.mark.parametrize("count", [0, 3])
def test_other_stop_reasons_to_order(reason, count):
    async def test(server, client):
        found = await events(client, f"[[{reason}{f' after {count}' if count else ''}]]")
        stop = found[-2].delta
        assert (stop.stop_reason, stop.stop_sequence, stop.stop_details) == (reason, None, None)
        assert len(texts(found)) == count == found[-2].usage.output_tokens

    run(test)


@pytest.mark.parametrize(
    "text",
    ["[[stall]]", "[[words many]]", "[[529 often]]", "[[error bad_error]]", "[[529 after 3]]",
     "[[refuse rudely]]", "[[cut cyber]]", "[[tool]]", "[[cut paragraph 2]]",
     "[[cut silent]]", "[[cut after]]", "[[END of it]]", "[[retry-after]]", "[[ drop it ]]"],
)  # fmt: skip
def test_wrong_directives_are_named(text):
    async def test(server, client):
        with pytest.raises(anthropic.BadRequestError) as caught:
            await client.messages.create(**question(f"Hello {text}"))
        assert text in caught.value.api_message
        assert all(f"[[{form}]]" in caught.value.api_message for form in FORMS)

    run(test)


@pytest.mark.parametrize(
    "text",
    ["[[explode]]", "[[299]]", "[[600]]", "[[5000]]", "[[Main Page|home]]", "[[ -f $x ]]",
     "[[]]", "[[ ]]", "[[end-user]]", "[[once]]", "[[Words", "[[400", "[[words 5] ]", "[[ſtall 9]]"],
)  # fmt: skip
def test_other_double_brackets_are_plain_text(text):
    async def test(server, client):
        answer = await client.messages.create(**question(f"{text} is kept [[words 30]]", max_tokens=40))
        assert answer.stop_reason == "end_turn" and answer.usage.output_tokens == 30
        answer = await client.messages.create(**question(f"{text} is kept"))
        assert f"“{text} is kept”" in answer.content[0].text

    run(test)


@pytest.mark.parametrize("order", ["hang 600", "stall 600 after 2"])
def test_what_hangs_goes_on_when_the_clock_is_put_forward(order):
    async def test(server, client):
        async def forward() -> None:
            await until(lambda: server.stats.open)
            while server.stats.open:  # a stall begins after the first pieces only
                await client.post("/clock", body={"advance": 600}, cast_to=object)

        forwarding = asyncio.create_task(forward())
        assert len(texts(await events(client, f"[[{order}]] [[words 5]]"))) == 5
        await forwarding

    run(test)


def test_words_come_in_paragraphs():
    async def test(server, client):
        answer = await client.messages.create(**question("[[words 7 paragraph 3]]"))
        assert answer.usage.output_tokens == 7
        assert [len(each.split()) for each in answer.content[0].text.split("\n\n")] == [3, 3, 1]

    run(test)


def test_only_the_last_user_text_counts_and_directives_are_not_quoted():
    async def test(server, client):
        turns = [
            {"role": "user", "content": "First [[500]]"},
            {"role": "assistant", "content": "An answer"},
            {"role": "user", "content": [{"type": "text", "text": "Then [[cut after 3 once]]"},
                                         {"type": "text", "text": "this"}]},
        ]  # fmt: skip
        with pytest.raises(anthropic.APIConnectionError):
            await client.messages.create(**question(messages=turns))
        answer = await client.messages.create(**question(messages=turns))
        assert "“Then this”" in answer.content[0].text

    run(test)


@pytest.mark.parametrize(
    ("text", "kinds", "error"),
    [
        ("[[empty]]", [], None),
        ("[[json]]", [], None),
        ("[[nameless]]", [], None),
        ("[[half after 2]] [[words 5]]", ["message_start", "content_block_start", *DELTA * 2], None),
        ("[[malformed]] [[words 5]]", ["message_start"], json.JSONDecodeError),
    ],
)
def test_streams_that_are_none(text, kinds, error):
    async def test(server, client):
        found, raised = await broken(client, text)
        assert [event.type for event in found] == kinds
        assert type(raised) is (error or type(None))

    run(test)


def test_a_stream_without_usage_and_one_from_the_future():
    async def test(server, client):
        plain = await events(client, "[[uncounted]] [[words 2]]")
        assert plain[0].message.usage is None and plain[-2].usage is None
        ahead = await events(client, "[[unknown]] [[words 2]]")
        assert [event.type for event in ahead][2:4] == [garbling.NOVEL, "content_block_delta"]
        assert ahead[3].delta.type == f"{garbling.NOVEL}_delta"
        assert ahead[-2].delta.stop_reason == garbling.NOVEL
        assert len(texts(ahead)) == 2

    run(test)
