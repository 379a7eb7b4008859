"""The manual inside the panel: read by every role, in both languages, and whole under a prefix and within a host."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from panel import clock
from panel.access.rights import Role
from panel.services import Services
from panel.web.guides.guide import chapters, guides_of, pictures
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser

LANGUAGES = ("en", "ja")
ALL = [guide.name for guide in guides_of("en")]


def read(browser: Browser, path: str, language: str = "en") -> str:
    answer = browser.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, path
    return answer.text


def test_the_contents_name_every_guide_with_its_first_sentence(browser: Browser) -> None:
    for language in LANGUAGES:
        page = read(browser, "/help", language)
        for chapter in chapters(language):
            assert f"<h2>{chapter.title}</h2>" in page
            for guide in chapter.guides:
                assert f'<a href="/help/{guide.name}">{guide.title}</a>' in page
                assert guide.lead.replace("'", "&#39;") in page


def test_both_languages_have_the_same_guides_and_anchors() -> None:
    one, other = (
        [(guide.name, [part.anchor for part in guide.parts]) for guide in guides_of(language)] for language in LANGUAGES
    )

    assert one == other


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_and_every_picture_of_the_manual_is_there(browser: Browser, language: str) -> None:
    pages = {path: read(browser, path, language) for path in ("/diagnosis/causes", *(f"/help/{name}" for name in ALL))}
    for path, page in pages.items():
        article = page.partition("<article")[2].partition("</article>")[0]
        for href in re.findall(r'href="([^"]+)"', article):
            if not href.startswith("https://"):
                there, _, anchor = href.partition("#")
                assert not anchor or f'id="{anchor}"' in pages[there or path], f"{path}: {href}"
        for source in re.findall(r'src="([^"]+)"', article):
            answer = browser.client.get(source)
            assert (answer.status_code, answer.mimetype) == (200, "image/png"), source
            assert answer.headers["Cache-Control"] == "max-age=31536000, immutable"


def test_a_link_to_a_part_leads_to_it_in_both_languages(browser: Browser) -> None:
    for language in LANGUAGES:
        page = read(browser, "/help/sign-in-microsoft", language)
        assert 'href="/help/microsoft365#logins-with-a-password-are-ending"' in page


def test_no_guide_of_that_name_is_no_page(browser: Browser) -> None:
    for path in ("/help/nothing", "/help/..%2fen%2fgmail", "/help/contents.json", "/help/pictures/nothing.png"):
        assert browser.get(path).status_code == 404, path


def test_the_manual_is_for_who_has_signed_in(stranger: Browser) -> None:
    assert stranger.get("/help").status_code == 302
    assert stranger.get("/help/gmail").status_code == 302


def test_a_viewer_reads_it(app: Flask, services: Services) -> None:
    services.accounts.add("ken", PASSWORD, by=actor(), role=Role.VIEWER, now=clock.now())
    visitor = Browser(app.test_client())
    visitor.get("/login")
    visitor.post("/login", {"name": "ken", "password": PASSWORD})

    assert "smtp.gmail.com" in read(visitor, "/help/gmail")


def test_it_stands_under_a_prefix(browser: Browser) -> None:
    answer = browser.client.get("/help/gmail", headers={"Accept-Language": "en"}, base_url="http://localhost/mail")

    article = answer.text.partition("<article")[2].partition("</article>")[0]
    assert 'href="/mail/help/sign-in-google"' in article
    assert not re.search(r'(href|src)="/(?!mail/)', article)


def test_a_guide_tells_where_it_stands_and_what_comes_next(browser: Browser) -> None:
    page = read(browser, f"/help/{ALL[1]}")

    assert f'<a href="/help/{ALL[1]}" aria-current="page">' in page
    assert f'rel="prev" href="/help/{ALL[0]}"' in page
    assert f'rel="next" href="/help/{ALL[2]}"' in page
    assert 'rel="prev"' not in read(browser, f"/help/{ALL[0]}")
    assert 'rel="next"' not in read(browser, f"/help/{ALL[-1]}")


def test_its_style_is_loaded_by_no_other_page(browser: Browser) -> None:
    assert "/static/guide." in read(browser, "/help")
    assert "/static/guide." in read(browser, "/help/gmail")
    for path in ("/settings", "/settings/edit", "/outbox", "/diagnosis/causes"):
        assert "/static/guide." not in read(browser, path)


FOUND = (
    ("en", "certificate authority", "/help/own-mail-server#a-server-with-a-certificate-of-your-own-authority"),
    ("en", "ＧＭＡＩＬ  App Password", "/help/gmail"),
    ("ja", "認証局", "/help/own-mail-server#a-server-with-a-certificate-of-your-own-authority"),
    ("ja", "5.7.139", "/help/sign-in-microsoft#what-may-go-wrong"),
    ("en", "client = accept", ""),
    ("en", "MAIL_PANEL_SMTP_LISTEN=127", "/help/submission"),  # in a block of code
)


def test_words_are_found_where_they_stand(browser: Browser) -> None:
    for language, asked, found in FOUND:
        answer = browser.client.get("/help", query_string={"q": asked}, headers={"Accept-Language": language})
        results = answer.text.partition('class="card found"')[2].partition("</section>")[0]
        assert results
        assert (f'href="{found}"' in results) if found else "Nothing found" in results, asked


def test_a_part_whose_title_has_the_word_comes_first(browser: Browser) -> None:
    results = read(browser, "/help?q=bounces").partition("found-h")[2]

    assert re.findall(r'href="([^"]+)"', results)[0] == "/help/bounces"


def test_what_is_looked_for_is_shown_as_text(browser: Browser) -> None:
    page = read(browser, "/help?q=%3Cb%3E%22x")

    assert "<b>&#34;x" not in page
    assert "&lt;b&gt;&#34;x" in page


def test_pictures_are_read_only_when_one_is_shown(app: Flask) -> None:
    pictures.cache_clear()
    browser = Browser(app.test_client())
    browser.get("/login")

    assert pictures.cache_info().currsize == 0


def test_a_search_reads_so_many_characters_and_no_more(browser: Browser) -> None:
    asked = "mail " * 40 + "zebra"

    page = read(browser, f"/help?q={asked.replace(' ', '+')}")

    assert f'type="search" value="{asked[:200]}"' in page
    assert "about “mail mail" in page.replace(asked, "")
