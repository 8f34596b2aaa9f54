"""What stands round every page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lab.ui.pages import pages

NAMES = [module.__name__.rpartition(".")[2] for module in pages()]


@pytest.mark.parametrize("name", NAMES)
def test_every_page_of_an_empty_lab_says_what_to_do(name: str, opened: Callable[..., AppTest]) -> None:
    app = opened(name)
    assert not app.exception and not app.error
    assert app.title
    assert "Simulated Claude" in " ".join(each.value for each in app.sidebar.markdown)


ORDER = ["Chat", "Compare", "Prompts", "Checks", "Review", "Logs", "Costs", "Settings"]


def test_the_navigation_is_short_and_in_the_order_of_the_work() -> None:
    titles = [module.TITLE for module in pages()]
    assert titles == [title for title in ORDER if title in titles]
    assert len(titles) <= 8
