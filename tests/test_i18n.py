"""Every sentence of the panel is there in both languages."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.support.paths import ROOT

CATALOGUE = ROOT / "panel" / "locale" / "ja" / "LC_MESSAGES" / "panel.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?([sd%])")


@cache
def extracted() -> Catalog:
    """Find every sentence in the code and in the templates."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog()
    for folder in ("panel", "templates"):
        rows = extract_from_dir(ROOT / folder, _within(methods, folder), _within_options(options, folder), KEYWORDS)
        for file_name, line, message, _comments, context in rows:
            found.add(message, None, [(f"{folder}/{file_name}", line)], context=context)
    return found


def _within(methods: list[tuple[str, str]], folder: str) -> list[tuple[str, str]]:
    prefix = f"{folder}/"
    return [(pattern.removeprefix(prefix), how) for pattern, how in methods if pattern.startswith(prefix)]


def _within_options(options: dict[str, dict[str, str]], folder: str) -> dict[str, dict[str, str]]:
    prefix = f"{folder}/"
    return {pattern.removeprefix(prefix): those for pattern, those in options.items() if pattern.startswith(prefix)}


@cache
def japanese() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ja")


def texts(value: object) -> list[str]:
    return list(value) if isinstance(value, (tuple, list)) else [str(value)]


def placeholders(text: str) -> set[tuple[str, str]]:
    return {(name, kind) for name, kind in _PLACEHOLDER.findall(text) if kind != "%"}


def test_sentences_are_found_in_code_and_templates() -> None:
    ids = {texts(message.id)[0] for message in extracted() if message.id}

    assert {"Save", "SMTP host", "Enter an SMTP host."} <= ids


def test_every_sentence_has_its_japanese() -> None:
    missing = [message for message in extracted() if message.id and not _translated(message)]

    assert not [f"{message.locations[0]}: {message.id}" for message in missing]


def test_no_translation_is_left_over() -> None:
    used = {texts(message.id)[0] for message in extracted()}

    unused = [message.id for message in japanese() if message.id and texts(message.id)[0] not in used]

    assert not unused
    assert not japanese().obsolete


def test_a_translation_keeps_the_placeholders() -> None:
    wrong = [
        (texts(message.id)[-1], text)
        for message in japanese()
        if message.id
        for text in texts(message.string)
        if placeholders(text) != placeholders(texts(message.id)[-1])
    ]

    assert not wrong


def test_a_sentence_stands_in_the_catalogue_once_and_each_translation_has_one() -> None:
    found = re.findall(r'(?m)^(msgctxt|msgid|msgstr) (".*"(?:\n".*")*)', CATALOGUE.read_text("utf-8"))
    by_twos = [*pairwise(found)]
    ids = Counter((said if kind == "msgctxt" else "", text) for (kind, said), (at, text) in by_twos if at == "msgid")

    assert not [text for text, times in ids.items() if times > 1]
    assert not [text for (kind, _), (at, text) in by_twos if kind == at == "msgstr"]


def test_no_translation_waits_for_a_look() -> None:
    assert not [message.id for message in japanese() if message.id and message.fuzzy]


def _translated(message: Message) -> bool:
    found = japanese().get(texts(message.id)[0], message.context)
    return found is not None and all(texts(found.string)) and bool(texts(found.string)[0])
