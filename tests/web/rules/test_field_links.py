"""Where a field is changed, as a link."""

from __future__ import annotations

import pytest
from flask import Flask

from panel.web.rules.field_links import edit_link


@pytest.mark.parametrize(
    ("field", "second", "link"),
    [
        ("", False, "/settings/edit"),
        ("", True, "/settings/second"),
        ("smtp_port", False, "/settings/edit#smtp_port"),
        ("smtp_port", True, "/settings/second#second_smtp_port"),
        ("second_smtp_port", False, "/settings/second#second_smtp_port"),
        ("grant", True, "/settings/second#grant"),
        ("source_address", True, "/settings/rules#source_address"),
        ("max_message_bytes", False, "/settings/rules#max_message_bytes"),
    ],
)
def test_a_field_is_changed_on_the_page_that_has_it(app: Flask, field: str, second: bool, link: str) -> None:
    with app.test_request_context():
        assert edit_link(field, second) == link
