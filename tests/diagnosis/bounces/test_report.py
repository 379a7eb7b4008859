"""What a report says, as values."""

from __future__ import annotations

from panel.diagnosis.bounces.report import Reported


def test_an_address_that_was_left_in_xtext_is_known_all_the_same() -> None:
    """Exim 4 gives ORCPT back as it came."""
    found = Reported(final="box@elsewhere.example", original="a+2Bb@example.net")

    assert found.addresses == {"box@elsewhere.example", "a+b@example.net", "a+2bb@example.net"}
