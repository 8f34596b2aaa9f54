"""Images and documents: what is counted and what is refused."""

import base64
import io

import anthropic
import pytest
from PIL import Image

from .wire import NEW, OLD, question, run

PDF = b"%PDF-1.7\n1 0 obj <</Type /Pages>>\n2 0 obj <</Type /Page>>\n3 0 obj <</Type/Page /Parent 1>>"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def image(width: int, height: int, kind: str = "png", named: str | None = None, **options) -> dict:
    drawn = io.BytesIO()
    Image.new("RGB", (width, height)).save(drawn, kind, **options)
    source = {"type": "base64", "media_type": f"image/{named or kind}", "data": b64(drawn.getvalue())}
    return {"type": "image", "source": source}


def pdf(data: bytes = PDF, media_type: str = "application/pdf") -> dict:
    return {"type": "document", "source": {"type": "base64", "media_type": media_type, "data": b64(data)}}


def asked(*blocks: dict, **fields) -> dict:
    content = [*blocks, {"type": "text", "text": "Hi"}]
    return question(messages=[{"role": "user", "content": content}], **fields)


@pytest.mark.parametrize(
    ("block", "tokens"),
    [
        (image(300, 250), 100),
        (image(300, 250, "jpeg"), 100),
        (image(300, 250, "gif"), 100),
        (image(300, 250, "webp"), 100),
        (image(1, 1), 1),
        (image(7999, 10), 4),  # scaled down to a long edge of 1,568
        (image(4000, 4000), 1600),
        (pdf(), 6000),
        ({"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}, 1500),
    ],
    ids=lambda value: str(value)[:70],
)
@pytest.mark.parametrize("model", [OLD, NEW])
def test_tokens(model, block, tokens):
    async def test(server, client):
        async def count(*blocks: dict) -> int:
            messages = asked(*blocks)["messages"]
            return (await client.messages.count_tokens(model=model, messages=messages)).input_tokens

        text = {"type": "text", "text": "x"}
        assert abs(await count(block) - await count(text) - tokens) <= 3  # of the turn itself
        answer = await client.messages.create(**asked(block, model=model))
        assert answer.usage.input_tokens == await count(block)

    run(test)


def test_text_documents_and_images_of_tools_are_counted_as_what_they_are():
    async def test(server, client):
        text = {"type": "text", "media_type": "text/plain", "data": "Up is where the sky is."}
        call = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [image(1500, 750)]}
        turns = [
            {"role": "user", "content": [{"type": "document", "source": text}]},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ]
        first = (await client.messages.count_tokens(model=OLD, messages=turns[:1])).input_tokens
        whole = (await client.messages.count_tokens(model=OLD, messages=turns)).input_tokens
        assert 20 < first < 60
        assert 1500 < whole - first < 1600

    run(test)


SOURCE = image(3, 3)["source"]
WRONG = [
    (image(3, 3, "png", "jpeg"), "appears to be image/png"),
    ({"type": "image", "source": {**SOURCE, "media_type": "image/tiff"}}, "media_type"),
    ({"type": "image", "source": {**SOURCE, "data": "%%%"}}, "not base64"),
    ({"type": "image", "source": {**SOURCE, "data": b64(b"hello")}}, "could not be read"),
    ({"type": "image", "source": {**SOURCE, "data": ""}}, "could not be read"),
    ({"type": "image", "source": {"type": "text", "data": "x"}}, "image.source.type"),
    ({"type": "image"}, "image.source.type"),
    (image(8001, 1), "8000 pixels"),
    ({"type": "image", "source": {**SOURCE, "data": b64(b"\x89PNG" + b"0" * 5 * 2**20)}}, "5 MB"),
    (pdf(b"hello"), "not a PDF"),
    (pdf(media_type="text/plain"), "application/pdf"),
    (pdf(PDF + b"/Type /Page\n" * 99), "101 images and pages; at most 100"),
]


@pytest.mark.parametrize(("block", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_refused(block, sentence):
    async def test(server, client):
        with pytest.raises(anthropic.BadRequestError, match=sentence):
            await client.messages.create(**asked(block))
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [block]}
        call = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
        turns = [*question()["messages"], {"role": "assistant", "content": [call]},
                 {"role": "user", "content": [result]}]  # fmt: skip
        with pytest.raises(anthropic.BadRequestError, match=sentence):
            await client.messages.create(**question(messages=turns))

    run(test)


def test_many_images_have_shorter_edges_and_large_models_take_more():
    async def test(server, client):
        wide = image(2001, 1)
        await client.messages.create(**asked(*[wide] * 20))
        with pytest.raises(anthropic.BadRequestError, match="2000 pixels"):
            await client.messages.create(**asked(*[wide] * 21))
        small = image(2, 2)
        await client.messages.create(**asked(*[small] * 101, model=NEW))
        with pytest.raises(anthropic.BadRequestError, match="at most 100"):
            await client.messages.create(**asked(*[small] * 101))

    run(test)
