"""The Japanese of the pages: business words, one for one thing (docs/howto/translate.md and docs/glossary.md)."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from docs.write_guides import names
from panel.diagnosis.reference import markdown
from panel.i18n import CATALOGUES, catalogue
from tests.support.paths import DOCS

GUIDE = DOCS / "howto" / "translate.md"
WORDS = re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]+) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
NAMES = {"Sakura Internet", "For Gmail: an app password"}  # which keep their capitals
AVOIDED = [word.strip() for row in WORDS[1:] for word in row.split("、")]
GLOSSARY = re.findall(r"^\| \*\*([^*]+)\*\* \| ([^|–]+) \|", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE)
ORDINARY = {"Check", "Hold", "Session", "Stage"}  # which a sentence uses in their everyday meaning, too
JAPANESE = "ぁ-んァ-ヶ一-龠"

# A field's name holds its Latin letters without a blank, and so do names of others.
COMPOUNDS = re.compile(
    r"(?:SMTP|POP)(?:ホスト|ポート|ユーザー|パスワード|認証)|POPの暗号化方式|CA証明書|TLS/SSL通信|クライアントID"
    r"|国外IPアドレスフィルタ|SMTP認証の国外アクセス制限設定"
)
KINDS = {
    "letters, digits and signs of the other width": r"[０-９Ａ-Ｚａ-ｚ％：；＠＝＋\u3000ｦ-ﾟ]",
    "a blank before a counter": r"(?:%\(\w+\)d|\d)(?:%%)? (?:通|日|件|分|時間|秒|回|段階|文字|か月|人|項目|つ)(?!数)",
    "no blank before a unit": r"(?:%\(\w+\)[sd]|\d)(?:ミリ秒|バイト|ビット|[kKMG]B)",
    "a short vowel at the end": r"(?:(?<!レンタル)サーバ|ユーザ|フォルダ|プロバイダ|ブラウザ|コンテナ|ヘッダ)(?!ー)",
    "a plain form among polite ones": r"(?:である|(?<![まで])した|する|ない)。",
    "another word for signing in, but in the name of a page of Microsoft's": r"サインイン(?! ログ)",
    "a blank inside of brackets or beside a stop": r"[、。！？（「] | [、。！？）」]",
    "a person's title after what may be a program": r"%\(who\)s ?さん",
}


def entries() -> list[tuple[str, str]]:
    """List the sentences, each as its English and its Japanese."""
    with (CATALOGUES / "ja" / "LC_MESSAGES" / "panel.po").open("rb") as file:
        found = [(entry.id, entry.string) for entry in read_po(file) if entry.id]
    return [
        (english if isinstance(english, str) else english[0], japanese if isinstance(japanese, str) else japanese[0])
        for english, japanese in found
    ]


def sentences() -> list[str]:
    return [japanese for _, japanese in entries()]


def without_names(text: str) -> str:
    """Leave out the names of values, and addresses."""
    return re.sub(r"%\(\w+\)[sd]|https?://\S+", "", text)


@pytest.mark.parametrize("word", AVOIDED)
def test_no_sentence_has_a_word_that_the_guide_avoids(word: str) -> None:
    assert [text for text in sentences() if word in text] == []


@pytest.mark.parametrize("name", [*names(), "README", "../README"])
def test_no_japanese_guide_has_a_word_that_the_guide_avoids(name: str) -> None:
    code = r"^ *```.*?^ *```$|`[^`\n]*`|\]\([^)]*\)"
    text = re.sub(code, "", (DOCS / f"{name}.ja.md").read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)

    assert [word for word in AVOIDED if word in text.replace("バウンスメール", "")] == []  # as others call it


def test_the_guide_names_what_to_avoid() -> None:
    assert len(AVOIDED) >= 60


@pytest.mark.parametrize("kind", KINDS)
def test_no_sentence_is_written_in_a_way_that_the_guide_avoids(kind: str) -> None:
    assert [text for text in sentences() if re.search(KINDS[kind], text)] == []


@pytest.mark.parametrize(("kind", "text"), list(zip(KINDS, [
    "１通", "%(count)d 通", "6000ミリ秒", "サーバを", "送信した。", "サインインする", "送信 。", "%(who)sさん",
], strict=True)))  # fmt: skip
def test_each_kind_is_seen(kind: str, text: str) -> None:
    assert re.search(KINDS[kind], text)


def test_latin_letters_are_parted_from_japanese_but_in_the_names_of_fields() -> None:
    joint = re.compile(rf"[A-Za-z][{JAPANESE}]|[{JAPANESE}][A-Za-z]")

    assert joint.search("DNSから")
    assert [text for text in sentences() if joint.search(COMPOUNDS.sub("", re.sub(r"%\(\w+\)[sd]", "・", text)))] == []


def test_quotation_marks_are_japanese() -> None:
    assert [text for text in sentences() if re.search("[“”‘’]", text) and re.search(f"[{JAPANESE}]", text)] == []


@pytest.mark.parametrize(("term", "words"), [each for each in GLOSSARY if each[0] not in ORDINARY])
def test_a_term_of_the_glossary_has_its_word_in_every_sentence(term: str, words: str) -> None:
    said = [each for each in entries() if re.search(rf"\b{term}s?\b", without_names(each[0]), re.IGNORECASE)]

    assert [each for each in said if not any(word in each[1] for word in words.split("、"))] == []


def test_the_glossary_has_the_words_of_the_pages() -> None:
    assert len(GLOSSARY) >= 30
    assert {term for term, _ in GLOSSARY} >= ORDINARY


def test_brackets_and_stops_are_japanese() -> None:
    half_width = re.compile(r"[ぁ-んァ-ヶ一-龠][,!?]|[ぁ-んァ-ヶ一-龠]\(|\)[ぁ-んァ-ヶ一-龠]")

    assert [text for text in sentences() if half_width.search(re.sub(r"%\(\w+\)[sd]", "", text))] == []


def test_no_japanese_sentence_has_a_blank_after_a_stop() -> None:
    """Written in one piece in the catalogue or put together in the guide (the pages: web/test_joined_sentences)."""
    guide = re.sub(r"`[^`]*`", "", markdown(catalogue("ja").gettext))

    assert [text for text in [*sentences(), *guide.splitlines()] if re.search(r"[。、！？] +\S", text)] == []


def test_english_headings_and_buttons_are_in_sentence_case() -> None:
    short = [text for text, _ in entries() if len(text) < 45 and not text.endswith(".") and text not in NAMES]

    assert [text for text in short if re.search(r"(?<! -) [A-Z][a-z]+\b", text)] == []


def test_no_english_sentence_holds_japanese_but_the_names_of_pages_of_others() -> None:
    held = [text for text, _ in entries() if re.search(f"[{JAPANESE}]", re.sub(r"\([^()]*\)", "", text))]

    assert held == []
