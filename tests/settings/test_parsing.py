"""One reader for each kind of value: what it takes, what it refuses, and that nothing harmful comes through."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.message.address import BadValue, parse_address, parse_ehlo_name, parse_host, parse_recipient
from panel.settings import parsing

HARMFUL = set(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("smtp.example.org", "smtp.example.org"),
        ("  SMTP.Example.ORG. ", "smtp.example.org"),
        ("ｓｍｔｐ．ｅｘａｍｐｌｅ．ｏｒｇ", "smtp.example.org"),
        ("smtp。example。org", "smtp.example.org"),
        ("日本語.example", "xn--wgv71a119e.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:DB8::7]", "2001:db8::7"),
        ("mail_server", "mail_server"),
        ("localhost", "localhost"),
    ],
)
def test_a_host_is_normalised(typed: str, read: str) -> None:
    assert parse_host(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "smtp://example.org",
        "example.org:587",
        "example.org/",
        "user@example.org",
        "two words",
        "-a.example",
        "a..example",
        "256.1.1.1",
        "127.1",
        "a\r\nb",
        "a" * 64 + ".example",
        "\\example",
    ],
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(BadValue):
        parse_host(typed)


@pytest.mark.parametrize(("typed", "read"), [("587", 587), (" ４６５ ", 465), ("1", 1), ("65535", 65535), ("0025", 25)])
def test_a_port_is_read(typed: str, read: int) -> None:
    assert parsing.port(typed) == read


@pytest.mark.parametrize(
    "typed", ["", "0", "65536", "-1", "+587", "1e3", "0x24b", "5 87", "587.0", "٥٨٧", "9" * 400, "五"]
)
def test_what_is_no_port_is_refused(typed: str) -> None:
    with pytest.raises(BadValue):
        parsing.port(typed)


def test_the_interval_ends_at_a_day() -> None:
    assert parsing.interval_ms("86400000") == 86_400_000
    with pytest.raises(BadValue):
        parsing.interval_ms("86400001")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("report@example.org", "report@example.org"),
        (" Report@EXAMPLE.org ", "Report@example.org"),
        ("ｒｅｐｏｒｔ＠ｅｘａｍｐｌｅ．ｏｒｇ", "report@example.org"),
        ("a+b@日本語.example", "a+b@xn--wgv71a119e.example"),
        ("root@mail.local", "root@mail.local"),
    ],
)
def test_an_address_is_normalised(typed: str, read: str) -> None:
    assert parse_address(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "report",
        "report@",
        "@example.org",
        "a@b@example.org",
        "a@example.org, b@example.org",
        "A <a@example.org>",
        "a@example.org\r\nRCPT TO:<b@example.org>",
        "報告@example.org",
        '"a b"@example.org',
        "a@exa mple.org",
        "a" * 65 + "@example.org",
        ".a@example.org",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadValue):
        parse_address(typed)


MASKS = [
    "********",
    "*",
    "••••••••",
    "●●●●",
    "＊＊＊＊＊＊",
    "*•●",
    " ******** ",
    "●️●️",
    "∙∙∙",
    "⬤⬤⬤",
    "・・・・",
    "***　***",
]


@pytest.mark.parametrize("typed", MASKS)
def test_a_mask_is_no_password(typed: str) -> None:
    with pytest.raises(BadValue, match="mask"):
        parsing.secret(typed)


@pytest.mark.parametrize("typed", ["*********a", "•1", "a*", "  ", " a ", "-", ".", "xxxxxxxx", "* * a"])
def test_what_only_looks_like_one_is_a_password(typed: str) -> None:
    assert parsing.secret(typed) == typed


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("user@[192.0.2.1]", "user@[192.0.2.1]"),
        ("user@192.0.2.1", "user@[192.0.2.1]"),
        ("user@[IPv6:2001:DB8::1]", "user@[IPv6:2001:db8::1]"),
        ("user@[ipv6:2001:db8::1]", "user@[IPv6:2001:db8::1]"),
        ("user@[2001:db8::1]", "user@[IPv6:2001:db8::1]"),
        ("ｕｓｅｒ＠［１９２．０．２．１］", "user@[192.0.2.1]"),
    ],
)
def test_an_address_literal_keeps_its_brackets(typed: str, read: str) -> None:
    assert parse_address(typed) == parse_recipient(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "user@[example.org]",
        "user@[192.0.2]",
        "user@[192.0.2.999]",
        "user@[]",
        "user@[192.0.2.1",
        "user@192.0.2.1]",
        "user@[IPv6:192.0.2.1.9]",
        "user@[fe80::1%eth0]",
        "user@[192.0.2.1].example.org",
        "user@[[192.0.2.1]]",
        "user@[IPv6:IPv6:::1]",
        "user@[x:y]",
    ],
)
def test_what_is_no_address_literal_is_no_address(typed: str) -> None:
    with pytest.raises(BadValue):
        parse_recipient(typed)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("[ipv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ("app01.example.org", "app01.example.org"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("192.0.2.1", "[192.0.2.1]"),
        ("[IPv6:2001:DB8::1]", "[IPv6:2001:db8::1]"),
        ("2001:db8::1", "[IPv6:2001:db8::1]"),
    ],
)
def test_an_ehlo_name_is_a_host_or_an_address_literal(typed: str, read: str) -> None:
    assert parse_ehlo_name(typed) == read


@pytest.mark.parametrize("typed", ["x y z", "a\r\nMAIL FROM:<>", "[fe80::1%eth0]", "[", "a]"])
def test_an_ehlo_name_cannot_carry_a_command(typed: str) -> None:
    with pytest.raises(BadValue):
        parse_ehlo_name(typed)


@pytest.mark.parametrize("secret", [" both ends ", 'a"b%<>&', "パスワード", "x" * 255, "tab\there"])
def test_a_secret_is_taken_as_it_is(secret: str) -> None:
    assert parsing.secret(secret) == secret


@pytest.mark.parametrize("secret", ["a\r\nQUIT", "a\nb", "a\0b", "\ud800"])
def test_a_secret_cannot_end_a_protocol_line(secret: str) -> None:
    with pytest.raises(BadValue):
        parsing.secret(secret)


@pytest.mark.parametrize(("word", "read"), [("yes", True), ("ON", True), ("1", True), ("no", False), ("", False)])
def test_a_flag_is_yes_or_no(word: str, read: bool) -> None:
    assert parsing.flag(word) is read


def test_a_ca_certificate_is_proven_by_loading_it() -> None:
    pem = trustme.CA().cert_pem.bytes().decode()

    assert parsing.pem(pem.replace("\n", "\r\n")) == pem.strip() + "\n"


@pytest.mark.parametrize("text", ["hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parsing.pem(text)


def test_a_private_key_is_not_taken_for_a_certificate() -> None:
    key = trustme.CA().private_key_pem.bytes().decode()

    with pytest.raises(BadValue, match="private key"):
        parsing.pem(key)


@given(st.text())
def test_nothing_harmful_comes_through(text: str) -> None:
    for read in (parse_address, parse_host, parse_ehlo_name, parsing.name, parsing.user):
        try:
            value = read(text)
        except BadValue:
            continue
        assert not HARMFUL & set(value)
        value.encode()
        if read in (parse_address, parse_host, parse_ehlo_name):
            assert value.isascii()
            assert " " not in value


@given(st.text())
def test_numbers_are_read_or_refused(text: str) -> None:
    for read in (parsing.port, parsing.interval_ms, parsing.cap):
        try:
            assert read(text) >= 0
        except BadValue:
            continue


@given(
    st.sampled_from([parse_address, parse_host, parse_ehlo_name]), st.text(alphabet=st.characters(max_codepoint=0x2FF))
)
def test_what_was_read_reads_as_itself(read: Callable[[str], str], text: str) -> None:
    try:
        value = read(text)
    except BadValue:
        return

    assert read(value) == value


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 花子@例え.jp ", "花子@xn--r8jz45g.jp"),
        ("jörg.müller@example.org", "jörg.müller@example.org"),
        ("ｔａｒｏ＠example.org", "taro@example.org"),
        ("taro@example.org", "taro@example.org"),
    ],
)
def test_a_recipients_local_part_may_be_in_any_script(typed: str, read: str) -> None:
    assert parse_recipient(typed) == read


@pytest.mark.parametrize("typed", ["taro..hanako@docomo.ne.jp", ".taro@docomo.ne.jp", "taro.@EZWEB.ne.jp"])
def test_the_dots_of_old_japanese_telephones_are_quoted(typed: str) -> None:
    local, _, domain = typed.rpartition("@")

    assert parse_recipient(typed) == f'"{local}"@{domain.lower()}'
    assert parse_recipient(parse_recipient(typed)) == parse_recipient(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "taro..hanako@example.org",
        '"taro@docomo.ne.jp',
        '"a b"@docomo.ne.jp',
        '"a\\"b"@docomo.ne.jp',
        '""@docomo.ne.jp',
        "花子",
        "花 子@example.org",
        "花\u202e子@example.org",
        "花\u200b子@example.org",
        "花..子@example.org",
        "花" * 22 + "@a.jp",
    ],
)
def test_what_hides_or_breaks_a_recipient_is_refused(typed: str) -> None:
    with pytest.raises(BadValue):
        parse_recipient(typed)


def test_a_sender_is_in_ascii_letters() -> None:
    with pytest.raises(BadValue, match="ASCII"):
        parse_address("花子@example.org")


@pytest.mark.parametrize("name", ["=?utf-8?q?=0A?=", "店 =?utf-8?b?Cg==?= x"])
def test_a_name_hides_no_line_break(name: str) -> None:
    with pytest.raises(BadValue, match="hides"):
        parsing.name(name)


@pytest.mark.parametrize("text", ["a\x00@example.org", "a@example.org\r\nB: c", "x" * 9000 + "@example.org"])
def test_a_refusal_is_a_sentence_though_nobody_says_of_which_field(text: str) -> None:
    with pytest.raises(BadValue) as refused:
        parse_recipient(text)

    assert str(refused.value.text).startswith("The value ")


@given(st.from_regex(r"[a-zA-Z0-9.+_-]{1,66}@[A-Za-z0-9.-]{1,66}", fullmatch=True))
def test_an_address_is_the_same_one_with_blanks_around_it(typed: str) -> None:
    assert _read_or_refused(typed) == _read_or_refused(f" {typed} ")


def _read_or_refused(typed: str) -> str | None:
    try:
        return parse_recipient(typed)
    except BadValue:
        return None


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("26214400", 25 * 1024 * 1024),
        ("40 MiB", 40 * 1024 * 1024),
        ("４０ＭＢ", 40 * 1024 * 1024),
        ("100m", 100 * 1024 * 1024),
        ("64KiB", 65_536),
        ("10000000 bytes", 10_000_000),
    ],
)
def test_a_size_is_read_in_bytes_or_with_its_unit(typed: str, read: int) -> None:
    assert parsing.message_bytes(typed) == read


@pytest.mark.parametrize("typed", ["0", "65535", "101 MiB", "104857601", "-1 MiB", "1.5 MiB", "1 GiB", "much", "1e7"])
def test_a_size_that_no_message_may_have_is_refused_with_those_that_it_may(typed: str) -> None:
    with pytest.raises(BadValue) as caught:
        parsing.message_bytes(typed)

    assert "from 64 KiB to 100 MiB" in str(caught.value.text)


@pytest.mark.parametrize("typed", ["0", "1001", "-1", "many", "1.5"])
def test_so_many_recipients_are_not_taken_by_any_setting(typed: str) -> None:
    with pytest.raises(BadValue) as caught:
        parsing.recipients(typed)

    assert "from 1 to 1000" in str(caught.value.text)


def test_as_many_recipients_as_ever_may_be_set() -> None:
    assert (parsing.recipients("1"), parsing.recipients("１０００")) == (1, 1_000)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("192.0.2.10", "192.0.2.10"),
        (" １９２．０．２．１０ ", "192.0.2.10"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("::ffff:192.0.2.10", "192.0.2.10"),
        ("127.0.0.2", "127.0.0.2"),
    ],
)
def test_an_address_to_come_from_is_written_in_one_way(typed: str, read: str) -> None:
    assert parsing.source_address(typed) == read


@pytest.mark.parametrize(
    "typed", ["eth0", "mail.example.org", "0.0.0.0", "::", "224.0.0.1", "fe80::1%eth0", "192.0.2.0/24"]
)
def test_what_is_no_address_of_a_machine_is_none_to_come_from(typed: str) -> None:
    with pytest.raises(BadValue):
        parsing.source_address(typed)
