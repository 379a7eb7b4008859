"""What the form says along the way, while nothing is saved."""

from __future__ import annotations

import pytest

from tests.web.conftest import Browser, typed


def test_the_interval_is_worked_out_with_a_margin(browser: Browser) -> None:
    response = browser.post("/settings/pace", typed(per_minute="12", margin="20"), htmx=True)

    assert 'value="6000"' in response.text
    assert 'id="part-pace"' in response.text


def test_a_limit_that_is_no_number_is_told(browser: Browser) -> None:
    assert browser.post("/settings/pace", typed(per_minute="many", margin="20"), htmx=True).status_code == 422


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"smtp_port": "465"}, "first byte"),
        ({"smtp_port": "587"}, "STARTTLS"),
        ({"smtp_port": "2525", "tls_mode": "implicit"}, "first byte"),
    ],
)
def test_the_tls_box_is_explained_by_the_port(browser: Browser, changed: dict[str, str], words: str) -> None:
    assert words in browser.post("/settings/tls", typed(**changed), htmx=True).text
