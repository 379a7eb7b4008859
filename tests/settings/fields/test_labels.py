"""What the fields are called."""

from __future__ import annotations

from panel.i18n import catalogue
from panel.settings.fields.labels import has_label, label_of
from panel.settings.model import FIELDS, GRANT, SECOND_GRANT


def test_every_field_has_a_label() -> None:
    assert all(has_label(name) for name in (*FIELDS, GRANT))
    assert not has_label("second_pop_host")


def test_a_field_of_the_second_server_is_told_apart_from_the_first_s() -> None:
    japanese = catalogue("ja").gettext

    assert str(label_of("second_smtp_host")) == "Second server: SMTP host"
    assert label_of("second_smtp_host").translated(japanese) == "予備サーバー: SMTPホスト"
    assert len({str(label_of(name)) for name in (*FIELDS, GRANT, SECOND_GRANT)}) == len(FIELDS) + 2
