"""Strangers' bytes become text: as declared, else as they show, and never with a character lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.text import charset_of, decoded, known, without_bom

JAPANESE = [
    "①②㈱ヤマダ～ご案内",
    "髙﨑様への請求書Ⅲを送付しました。",
    "お問い合わせありがとうございます",
    "東京都港区の田中商事より見積書が届いています",
    "【重要】ｼｽﾃﾑﾒﾝﾃﾅﾝｽのお知らせ",
    "バックアップ",
    "霞ヶ関",
    "会議",
]
LABELS = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP", "utf-8": "UTF-8", "iso2022_jp": "ISO-2022-JP"}
OTHERS = [
    ("iso8859-1", "Grüße aus Köln, Straße 5"),
    ("cp1252", "It’s the “naïve” café – déjà vu"),
    ("gb2312", "您的订单已经发货，请注意查收"),
    ("gbk", "朱镕基的報告"),
    ("euc-kr", "주문이 접수되었습니다"),
    ("cp949", "똠방각하 펲시콜라"),
    ("big5", "您的訂單已經寄出"),
    ("cp1251", "Ваш заказ отправлен"),
    ("koi8-r", "Резервное копирование завершено"),
    ("koi8-u", "Їжак і ґанок"),
    ("iso8859-2", "Zażółć gęślą jaźń"),
    ("iso8859-7", "Καλημέρα κόσμε"),
    ("tis-620", "สวัสดีครับ"),
    ("big5", "中華民國"),
    ("koi8-r", "Привет"),
    ("cp1250", "Błąd systemu"),
    ("utf-16", "Grüße"),
]


@pytest.mark.parametrize("text", JAPANESE)
@pytest.mark.parametrize("charset", LABELS)
def test_japanese_shows_its_charset(text: str, charset: str) -> None:
    try:
        data = text.encode(charset)
    except UnicodeEncodeError:
        pytest.skip("the charset does not hold it")

    assert charset_of(data) == LABELS[charset]
    assert decoded(data) == text


@pytest.mark.parametrize("text", ["№1", "Ⅲ", "③: 25 ℃"])
def test_a_sign_of_windows_shows_shift_jis(text: str) -> None:
    assert charset_of(text.encode("cp932")) == "Shift_JIS"
    assert decoded(text.encode("cp932")) == text


@pytest.mark.parametrize(("charset", "text"), OTHERS)
def test_another_text_is_called_none_of_them_and_is_read_as_declared(charset: str, text: str) -> None:
    data = text.encode(charset)

    assert charset_of(data) == ""
    assert decoded(data, charset) == text


@pytest.mark.parametrize("text", ["Grüße", "Crème brûlée", "São Paulo ‘x’"])
def test_what_nobody_can_know_is_read_as_latin(text: str) -> None:
    assert decoded(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("declared", "charset", "text"),
    [
        ("Shift_JIS", "cp932", "①㈱～髙﨑"),
        ("x-sjis", "cp932", "①"),
        ("ISO-2022-JP-MS", "iso2022_jp", "山田"),
        ("gb2312", "gb18030", "朱镕基€"),
        ("ks_c_5601-1987", "cp949", "똠방각하"),
        ("iso-8859-1", "cp1252", "“5 €”"),
        ("us-ascii", "utf-8", "請求書"),
        ("utf8", "utf-8", "請求書"),
    ],
)
def test_a_charset_is_read_as_the_larger_one_that_programs_mean(declared: str, charset: str, text: str) -> None:
    assert decoded(text.encode(charset), declared) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b$B-!-j\x1b(B", "①㈱"),
        (b"\x1b$B|b\x1b(B", "髙"),
        (b"\x1b(I6E\x1b(B=\x1b$B%+%J\x1b(B", "ｶﾅ=カナ"),
        (b"\x1b(J\\5\x1b(B", "\\5"),
    ],
)
def test_iso_2022_jp_is_read_with_what_windows_adds_to_it(octets: bytes, text: str) -> None:
    assert decoded(octets) == decoded(octets, "iso-2022-jp") == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"\xad\xa1\xad\xeahttp", "①㈱http"), (b"\x8e\xb1", "ｱ"), (b"\x8f\xb0\xa1", "丂"), (b"\xfc\xe2", "髙")],
)
def test_euc_jp_is_read_with_what_windows_adds_to_it(octets: bytes, text: str) -> None:
    assert decoded(octets, "euc-jp") == text


@pytest.mark.parametrize(("declared", "charset"), [("utf-8", "cp932"), ("iso-8859-1", "utf-8"), ("gb2312", "utf-8")])
@pytest.mark.parametrize("text", ["請求書のご案内です", "お知らせ①"])
def test_a_charset_that_is_declared_wrongly_destroys_nothing(declared: str, charset: str, text: str) -> None:
    assert decoded(text.encode(charset), declared) == text


@pytest.mark.parametrize("charset", ["utf-8", "cp932", "euc_jp", "gb2312", "euc-kr"])
def test_a_text_that_is_cut_within_a_character_loses_that_alone(charset: str) -> None:
    text = {"gb2312": "您的订单已经发货", "euc-kr": "주문이접수되었습니다"}.get(charset, "お問い合わせの件について")

    found = decoded(text.encode(charset)[:-1], charset if charset in ("gb2312", "euc-kr") else "")

    assert found.startswith(text[:-1])


@pytest.mark.parametrize(
    "name", ["", "no-charset", "idna", "undefined", "rot13", "base64", "utf-7", "\0", "日本", "a" * 300]
)
def test_what_is_no_charset_is_none(name: str) -> None:
    assert not known(name)
    assert decoded("請求書です".encode(), name) == "請求書です"


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_dropped(charset: str) -> None:
    assert without_bom("To: 花子".encode(charset)).decode() == "To: 花子"


NAMES = [
    "",
    "utf-8",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "gb2312",
    "hz",
    "euc-kr",
    "iso-2022-kr",
    "big5",
    "utf-16",
    "koi8-r",
]


@given(st.binary(max_size=200) | st.text(alphabet="a①あ漢ｶﾞü한ж ").map(str.encode), st.sampled_from(NAMES))
def test_whatever_comes_becomes_text_that_can_be_written(data: bytes, declared: str) -> None:
    text = decoded(data, declared)

    text.encode("utf-8")  # no half of a character
    assert "\ufffd" not in text or b"\xef\xbf\xbd" in data or declared
    assert charset_of(data) in ("", "US-ASCII", *LABELS.values())


@pytest.mark.parametrize("behind", [b"", b"\xad\xa1", b"\xb4"], ids=["whole", "with what is of Windows", "cut off"])
def test_pairs_are_read_as_windows_reads_the_same_ones_in_shift_jis(behind: bytes) -> None:
    pairs = b"\xa1\xc1\xa1\xc2\xa1\xdd\xa1\xf1\xa1\xf2\xa2\xcc" + "漢字、かな。".encode("euc_jp")

    assert decoded(pairs + behind, "euc-jp").startswith("～∥－￠￡￢漢字、かな。")
    assert "①" in decoded(pairs + b"\xad\xa1", "euc-jp")
