import re
from datetime import date

import pytest

from panel.settings.providers import BY_NAME, PROVIDERS, by_domain, by_host, by_signature, nearest_host


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("smtp.gmail.com", "gmail"),
        ("smtp-relay.gmail.com", "workspace_relay"),
        ("SMTP.Office365.com.", "microsoft365"),
        ("smtp-mail.outlook.com", "outlook"),
        ("email-smtp.eu-west-1.amazonaws.com", "ses_tokyo"),
        ("www1234.sakura.ne.jp", "sakura"),
        ("sv123.xserver.jp", "xserver"),
        ("smtp.mail.yahoo.co.jp", "yahoo_japan"),
        ("smtp.mail.yahoo.com", "yahoo"),
    ],
)
def test_a_service_is_known_by_its_hosts(host, name):
    assert by_host(host).name == name


@pytest.mark.parametrize("host", ["mail.example.jp", "notgmail.com", "gmail.com.example.org", ""])
def test_another_host_belongs_to_no_service(host):
    assert by_host(host) is None


def test_a_reply_gives_its_service_away():
    assert by_signature("5.7.8 not accepted abc - gsmtp").name == "gmail"
    assert by_signature("[tycp.jpnprd01.prod.outlook.com]").name == "microsoft365"
    assert by_signature("5.1.1 user unknown") is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("smpt.gmail.com", "smtp.gmail.com"),
        ("smtp.gmial.com", "smtp.gmail.com"),
        ("smtpgmail.com", "smtp.gmail.com"),
        ("smtp.gmail.con", "smtp.gmail.com"),
        ("SMTP.Ofice365.com.", "smtp.office365.com"),
        ("smtp.mail.yaho.co.jp", "smtp.mail.yahoo.co.jp"),
        ("smtp.sendgrid.com", "smtp.sendgrid.net"),
    ],
)
def test_a_misspelt_host_has_a_nearest_one(typed, meant):
    assert nearest_host(typed) == meant


@pytest.mark.parametrize("host", ["smtp.gmail.com", "mail.example.org", "smtp.mail.example.com", "mail", ""])
def test_a_strange_host_has_no_nearest_one(host):
    assert nearest_host(host) is None


def test_a_mail_address_gives_its_service():
    assert by_domain("Gmail.com").name == "gmail"
    assert by_domain("example.org") is None


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_preset_has_values_that_the_form_takes(provider):
    assert provider.tls_mode == ("implicit" if provider.port == 465 else "starttls")
    assert provider.user_form in {"address", "local_part", "word", "given"}
    assert provider.login_with in {"password", "app_password", "key", "smtp", "oauth"}
    assert bool(provider.user_word) is (provider.user_form == "word")
    assert not provider.host or by_host(provider.host) is provider


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_a_number_has_a_date_and_a_source_and_the_unverified_has_none(provider):
    numbers = (provider.per_second, provider.per_minute, provider.per_hour, provider.per_day, provider.interval_ms)

    if provider.checked:
        assert date.fromisoformat(provider.checked)
        assert provider.source
    else:
        assert not any(numbers)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_the_suggested_interval_obeys_the_minute_and_the_hour(provider):
    interval = provider.interval_ms or 86_400_000

    assert not provider.per_second or interval >= 1_000 / provider.per_second
    assert not provider.per_minute or interval >= 60_000 / provider.per_minute
    assert not provider.per_hour or interval >= 3_600_000 / provider.per_hour


def test_names_are_unique_and_patterns_compile():
    assert len(BY_NAME) == len(PROVIDERS)
    for provider in PROVIDERS:
        re.compile(provider.own_hosts)
        re.compile(provider.signature)
