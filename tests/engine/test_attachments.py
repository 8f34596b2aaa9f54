"""Files with a question: refused with a sentence, or sent, kept and sent again with the next turn."""

from __future__ import annotations

import asyncio
import base64
from contextlib import aclosing
from datetime import date

import pytest

from lab import media
from lab.cost import worst_case
from lab.engine import Asked, File, ask, converse
from lab.engine.window import tokens
from lab.errors import BadInput
from lab.models import Model, catalogue
from lab.store import Store, turns
from lab.types import Principal
from tests.engine.kit import PLAIN, lab_of, request, row, simulated
from tests.files import jpeg, pdf, png

ME = Principal("files")
DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (File("note.txt", b"hello"), "note.txt is none of the files that Claude reads. Attach a PNG"),
        (File("x.png", b"<svg/>"), "x.png is none of the files"),
        (File("x.png", b""), "x.png is empty."),
        (File("x.png", png()[:20]), "x.png begins like a picture, but does not say how large it is"),
        (File("big.png", png(9, 9, 4 * 2**20)), "big.png has 5.3 MB as base64; the API takes 5 MB of it."),
        (File("wide.jpg", jpeg(8001, 4)), "wide.jpg is 8,001 by 4 pixels; the API takes 8,000 on a side."),
        (
            File("long.pdf", b"%PDF-" + b"x" * 25 * 2**20),
            "long.pdf has 33.3 MB as base64; the API takes 32 MB",
        ),
    ],
)
def test_what_the_api_would_refuse_is_named(store: Store, file: File, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        ask(lab_of(store, model=PLAIN), ME, Asked("What is it?", files=[file]))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("files", "model", "said"),
    [
        ([png()], {"image_input": False}, "claude-haiku-4-5 reads no pictures"),
        ([pdf(1)], {"pdf_input": False}, "claude-haiku-4-5 reads no PDF files"),
        ([pdf(101)], {}, "There are 101 pictures and pages in this request; claude-haiku-4-5 takes 100."),
        ([pdf(99), png()], {}, None),
        ([pdf(99), png(), png()], {}, "There are 101 pictures"),
        ([pdf(101)], {"context": 1_000_000}, None),
        ([png(2001, 2, 9)] + [png()] * 20, {}, "More than 20 pictures may have at most 2,000 pixels"),
        ([png(2001, 2, 9)] + [png()] * 19, {}, None),
        ([png(9, 9, 3 * 2**20)] * 9, {}, "The files have 36.0 MB as base64; a request takes 32 MB in all."),
    ],
)
def test_what_a_model_does_not_take_is_named(
    store: Store, files: list[bytes], model: dict[str, object], said: str | None
) -> None:
    lab = lab_of(store, model=PLAIN)
    object.__setattr__(lab, "models", catalogue({PLAIN: model}))
    asked = Asked("What is it?", files=[File("a", data) for data in files])
    if said is None:
        assert len(ask(lab, ME, asked).messages[-1]["content"]) == len(files) + 1
        return
    with pytest.raises(BadInput) as caught:
        ask(lab, ME, asked)
    assert said in str(caught.value)


def test_files_are_sent_kept_and_sent_again(store: Store) -> None:
    async def talk() -> None:
        async with simulated(store, model=PLAIN) as (call, lab, _):
            conversation = None
            for number in range(2):
                files = [] if number else [File("plan", png(56, 28)), File("terms", pdf(2))]
                asked = ask(lab, ME, Asked(f"What is it? {number}", files=files, conversation=conversation))
                conversation = asked.origin.conversation
                async with aclosing(converse(lab, call, ME, asked)) as events:
                    async for _ in events:
                        pass
                lab.store.flush()
            said = row(lab, asked)
            assert said["state"] == "ok"
            first, _, last = said["request"]["messages"]
            kinds = [block["type"] for block in first["content"]]
            assert kinds == ["image", "document", "text"] and last["content"] == "What is it? 1"
            source = first["content"][0]["source"]
            assert source["media_type"] == "image/png"
            assert base64.b64decode(source["data"]) == png(56, 28)
            assert first["content"][1]["title"] == "terms"
            (before, _) = turns(lab.store.read, ME, conversation, 9)
            assert before["question"] == first["content"] and before["input_tokens"] > 2 * 1500

    asyncio.run(talk())


def test_a_picture_counts_by_its_size_not_by_its_bytes(store: Store) -> None:
    lab = lab_of(store, model=PLAIN)
    asked = ask(lab, ME, Asked("What?", files=[File("x", png(28, 280, 3 * 2**20))]))
    content = asked.messages[-1]["content"]
    assert 10 < tokens(content) < 200
    price = Model("x", context=10**9, prices=catalogue()[PLAIN].prices)
    plain = request("What?", max_tokens=asked.max_tokens)
    more = worst_case(asked, price, DAY) - worst_case(plain, price, DAY)
    assert 0 < more < 300 * 10**6  # picodollars: 300 tokens at $1 per million
    assert media.PAGE * 2 < tokens([{"type": "document", "source": source_of(pdf(2))}]) < media.PAGE * 3


def source_of(data: bytes) -> dict[str, str]:
    return {"type": "base64", "media_type": "application/pdf", "data": base64.b64encode(data).decode()}
