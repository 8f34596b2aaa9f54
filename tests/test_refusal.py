"""Which answers begin as a refusal does, and which only look a little like one."""

from __future__ import annotations

import pytest

from lab.refusal import in_words


@pytest.mark.parametrize(
    "text",
    [
        "I can't help with that.",
        "I can’t help with that.",
        "I cannot assist with this request.",
        "  \n I cannot provide instructions for that.",
        "I'm sorry, but I can't help with that.",
        "I'm really sorry. I can't do that.",
        "Sorry, I won't write this.",
        "Unfortunately, I am not able to provide details about it.",
        "I'm not able to help with that.",
        "I'm unable to answer this question.",
        "I'm not allowed to discuss other customers.",
        "I won't be able to support this.",
        "I will not create that.",
        "I must decline.",
        "I respectfully decline to answer.",
        "I'm not comfortable with that.",
        "That is not something I can help with.",
        "This isn't something I can do.",
        "No, I can't do that.",
    ],
)
def test_a_refusal_in_words(text: str) -> None:
    assert in_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sure, here it is.",
        "You can't help it: the plan ends then.",
        "I can help with that.",
        "I can't recommend it enough.",
        "I cannot find this invoice among your documents.",
        "I can't see the picture; please send it again.",
        "I won't take long: the answer is 4.",
        "I'm sorry to hear that. Open Settings and choose Billing.",
        "I'm sorry, but the plan does not include this.",
        "I'm not sure, but it is likely 12.",
        "I'm not able to find a second page in the file.",
        "Unfortunately, the Free plan has no API.",
        "The clerk said: I can't help with that.",
        "I provide answers about Harbor.",
        '{"answer": "I cannot help with that."}',
        "x" * 300 + " I can't help with that.",
    ],
)
def test_no_refusal(text: str) -> None:
    assert not in_words(text)
