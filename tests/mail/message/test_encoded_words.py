"""What an encoded word holds for whoever decodes it."""

from __future__ import annotations

import pytest

from panel.mail.message.encoded_words import hides_controls

HIDING = [
    "=?utf-8?q?=0A=0A?=<h1>",
    "=?UTF-8?Q?a=0d=0aBcc:_eve=40example.org?=",
    "=?utf-8?b?YQ0KQmNjOiBl?=",
    "=?utf-8?B?Cg?=",
    "=?utf-8*ja?q?=0A?=",
    "=?utf-7?q?+AAo-?=",
    "=?utf-16-be?b?AAo=?=",
    "=?utf-16-be?q?=00?= =?utf-16-be?q?=0A?=",
    "=?nothing?q?=0A?=",
    "=?utf-8?q?=FF=0A?=",
    "=?utf-8?q?a?b=0A?=",
    "=?a?q?=?utf-8?q?=0A?=",
    "=?utf-8?q?=E2=80=A8?=",
    "=?utf-8?q?=00?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0A=3F=3D?=",
    "=?utf-8?b?PT91dGYtOD9xPz0wQT89?=",
    "=?utf-8?q?=3D=3F?=utf-8?q?=0A?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F?= =?us-ascii?q?=3D0A=3F=3D?=",
]
HARMLESS = [
    "",
    "Hello",
    "=0A",
    "=?utf-8?q?=E8=AB=8B=E6=B1=82?=",
    "=?iso-2022-jp?b?GyRCQGE1YT1xGyhC?=",
    "=?utf-16-be?b?TgpOCg==?=",  # 上: an octet of it looks like a line feed
    "=?utf-8?q?=0A",
    "a =? b ?= c",
]


@pytest.mark.parametrize("text", HIDING)
def test_a_hidden_control_character_is_found(text: str) -> None:
    assert hides_controls(text)
    assert hides_controls(f"before {text} and =?utf-8?q?after?=")


@pytest.mark.parametrize("text", HARMLESS)
def test_text_is_no_control_character(text: str) -> None:
    assert not hides_controls(text)
