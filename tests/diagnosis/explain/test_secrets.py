"""Passwords and tokens in a pasted text, which no answer repeats."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.diagnosis.explain.explain import complaint_to_json, complaints
from panel.diagnosis.explain.secrets.masking import without_secrets
from panel.diagnosis.explain.secrets.names import CODES, PASSWORDS, TOKENS
from panel.mail.smtp.redaction import MASK
from panel.settings.providers import BY_NAME
from tests.support.leaks import pieces_in
from tests.support.lengths import UNITS, is_linear

SECRET = "hunter2+XYZ"
AS_PLAIN = base64.b64encode(f"\0bob\0{SECRET}".encode()).decode()
NAMES = [each.replace(" ", between) for each in (*PASSWORDS, *TOKENS) for between in "_-"]
FIELDS = st.builds("{}{}".format, st.sampled_from(["", "SMTP_", "mail.smtp.", "app-"]), st.sampled_from(NAMES))
ANY = st.text(st.characters(exclude_categories=("C", "Zl", "Zp"), exclude_characters="*\xa0\u3000"), min_size=8)
SECRETS = (
    st.one_of(ANY, st.text("aZ09 \"'\\\\%&=+/@:;,.$#!ñ密", min_size=8))
    .map(str.strip)
    .filter(lambda each: len(each) > 7)
)
WORDS = st.text("abcXYZ0189%+/@:=.$#!~^?ñ密", min_size=8)  # what needs no quotes
TOKENS_BY_THEMSELVES = tuple(TOKENS)
TOKEN = "4/0AeaYSHBcdEFgh-ij_1234567"


def in_yaml(secret: str) -> str:
    return "'" + secret.replace("'", "''") + "'"


def in_php(secret: str) -> str:
    return "'" + secret.replace("\\", "\\\\").replace("'", "\\'") + "'"


def in_xml(secret: str) -> str:
    return html.escape(secret)


def in_json(secret: str) -> str:
    return json.dumps(secret, ensure_ascii=False)


QUOTED: dict[str, Callable[[str, str], str]] = {
    "JSON": lambda name, secret: json.dumps({"user": "bob", name: secret, "host": "mx.example.com"}),
    "JSON in JSON": lambda name, secret: json.dumps({"error": json.dumps({name: secret, "code": 535})}),
    "JSON in JSON in JSON": lambda name, secret: json.dumps(json.dumps(json.dumps({"a": 1, name: secret}))),
    "dict": lambda name, secret: repr({"user": "bob", name: secret, "port": 587}),
    "bytes": lambda name, secret: f"{name}={secret.encode()!r}, retry later",
    "form": lambda name, secret: urlencode({"grant_type": "x", name: secret, "scope": "a b"}),
    "address": lambda name, secret: f"https://api.example.com/send?{quote(name)}={quote(secret, safe='')}&to=a",
    "YAML": lambda name, secret: f"mail:\n  {name}: {in_yaml(secret)}\n  port: 587",
    "PHP": lambda name, secret: f"array('{name}' => {in_php(secret)}, 'port' => 587)",
    "Ruby": lambda name, secret: f"{{:{name}=>{in_json(secret)}, :port=>587}}",
    "new Ruby": lambda name, secret: f"{{user: 'bob', {name}: {in_json(secret)}, port: 587}}",
    "Go": lambda name, secret: f'&mail.Config{{User:"bob", {name}:{in_json(secret)}, Port:587}}',
    "Rust": lambda name, secret: f"Credentials {{ {name}: Some({in_json(secret)}), port: 587 }}",
    "shell": lambda name, secret: f"$ swaks --server mx.example.com --{name} '{secret.replace(chr(39), '')}' --tls",
    "mutt": lambda name, secret: f"set {name} = {in_json(secret)}",
    "setter": lambda name, secret: f"$transport->setUsername('bob')->set_{name}({in_php(secret)});",
    "environment": lambda name, secret: f"- name: {name}\n  value: {in_json(secret)}\n- name: PORT",
    "XML": lambda name, secret: f"<mail><{name}>{in_xml(secret)}</{name}></mail>",
    "attribute": lambda name, secret: f'<add key="{name}" value="{in_xml(secret)}" />',
    "entities": lambda name, secret: html.escape(json.dumps({name: secret.replace("&", "")}, ensure_ascii=False)),
}


BARE: dict[str, Callable[[str, str], str]] = {
    "setting": lambda name, secret: f"HOST=mx.example.com\nexport {name}={secret}\nPORT=587",
    "setting within a text": lambda name, secret: f"535 5.7.8 authentication failed {name}={secret} retry later",
    "label": lambda name, secret: f"Host: mx.example.com\n{name}: {secret}\nPort: 587",
    "aligned label": lambda name, secret: f"UserName : bob\n{name}     : {secret}\nPort     : 587",
    "prompt": lambda name, secret: f"{name} for bob@example.com: {secret}\n{name} (SMTP): {secret}",
    "wide label": lambda name, secret: f"サーバー：mx.example.com\n{name}：{secret}",
    "struct": lambda name, secret: f"{{Username:bob {name}:{secret} Host:mx.example.com}}",
    "properties": lambda name, secret: f"{{mail.smtp.user=bob, {name}={secret}, mail.smtp.port=587}}",
    "print_r": lambda name, secret: f"Array\n(\n    [{name}] => {secret}\n)",
    "option": lambda name, secret: f"$ swaks --{name} {secret} --server mx.example.com",
    "line": lambda name, secret: f"host mx.example.com\n{name} {secret}\nport 587",
    "table": lambda name, secret: f"| {name} | {secret} |",
    "quoted-printable": lambda name, secret: f"{name}=3D{secret[:5]}=\n{secret[5:]}",
}
PLACES: dict[str, Callable[[str], str]] = {
    "address": lambda secret: f"smtp://bob:{secret}@mx.example.com:587: connection refused",
    "address with @": lambda secret: f"smtp://bob@example.com:p@{secret}@mx.example.com",
    "address in JSON": lambda secret: f'{{"url":"smtp:\\/\\/bob:{secret}@mx.example.com"}}',
    "quoted address": lambda secret: f"url=smtp%3A%2F%2Fbob%3A{quote(secret, safe='')}%40mx.example.com",
    "header": lambda secret: f"POST /token\nAuthorization: Bearer {secret}\n",
    "other header": lambda secret: f"curl -H 'authorization: Basic {b64(secret)}' https://example.com",
    "plain": lambda secret: f"AUTH PLAIN {b64(f'{chr(0)}bob{chr(0)}{secret}')}",
    "plain before its name": lambda secret: f"~> {b64(f'{chr(0)}bob{chr(0)}{secret}')} (AUTH PLAIN)",
    "plain by itself": lambda secret: f"C: {b64(f'{chr(0)}bob{chr(0)}{secret}')}",
    "login": lambda secret: f"S: 334 VXNlcm5hbWU6\nC: Ym9i\nS: 334 UGFzc3dvcmQ6\nC: {b64(secret)}\nS: 535 5.7.8 no",
    "login of smtplib": lambda secret: (
        f"reply: b'334 UGFzc3dvcmQ6\\r\\n'\nreply: retcode (334); Msg: b'UGFzc3dvcmQ6'\n"
        f"send: '{b64(secret)}\\r\\n'\nreply: b'535 no\\r\\n'"
    ),
    "login of PHPMailer": lambda secret: f"SERVER -> CLIENT: 334 UGFzc3dvcmQ6\nCLIENT -> SERVER: {b64(secret)}\n",
    "login without marks": lambda secret: f"334 UGFzc3dvcmQ6\n{b64(secret)}\n535 5.7.8 no",
    "login in one line": lambda secret: f"334 UGFzc3dvcmQ6 {b64(secret)} 535 5.7.8 no",
    "XOAUTH2": lambda secret: f"send: 'AUTH XOAUTH2 {b64(f'user=bob{chr(1)}auth=Bearer {secret}{chr(1)}{chr(1)}')}'",
    "XOAUTH2 by itself": lambda secret: b64(f"user=bob\1auth=Bearer {secret}\1\1"),
    "JWT": lambda secret: f"eyJhbGciOiJub25lIn0.{b64url(secret)}.{b64url(secret)} is expired",
    "smtplib": lambda secret: f"    server.login('bob@example.com', {secret!r})",
    "net/smtp": lambda secret: f'smtp.PlainAuth("", "bob", {in_json(secret)}, "mx.example.com")',
    "lettre": lambda secret: f'Credentials::new("bob".to_owned(), {in_json(secret)}.to_owned())',
    "POP": lambda secret: f"C: PASS {secret}\nS: -ERR no",
    "curl": lambda secret: f"curl -v --user bob:{secret} smtps://mx.example.com",
    "sasl_passwd": lambda secret: f"[mx.example.com]:587 bob@example.com:{secret}",
    "static table": lambda secret: f"smtp_sasl_password_maps = static:bob@example.com:{secret}",
    "netrc": lambda secret: f"machine mx.example.com login bob password {secret}",
    "swaks": lambda secret: f"swaks -au bob -ap {secret}",
    "var_dump": lambda secret: f'["password"]=>\n  string({len(secret)}) "{secret}"',
    "sentence": lambda secret: f"my password is '{secret}'",
    "Japanese sentence": lambda secret: f"パスワードは「{secret}」です",
    "quotation marks": lambda secret: f"パスワード「{secret}」でログインできません",
}


HOSTILE = {
    "names": "password ",
    "fields": "password=",
    "opened": "password='",
    "labels": "password: a ",
    "quotes behind a name": 'token":"a\\',
    "tags": "<password><a ",
    "closed tags": "password>",
    "addresses of users": "://a:b@",
    "users": "://a:",
    "logins": "auth plain ",
    "of base64": "AAAA",
    "JWTs": "eyJ",
    "parts of JWTs": ".eyJhbGciOi",
    "challenges": "334 a\n",
    "calls": "login('",
    "options": " -u a:",
    "callings": "\npassword ",
    "tables": "a@b:",
    "keys": "-BEGIN PRIVATE KEY-----",
    "escaped names": "\\u30d1\\u30b9\\u30ef\\u30fc\\u30c9",
}


def b64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()


def b64url(secret: str) -> str:
    return base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")


@pytest.mark.parametrize("clothing", QUOTED)
@given(name=FIELDS, secret=SECRETS)
def test_a_secret_is_masked_by_its_name(clothing: str, name: str, secret: str) -> None:
    shown = without_secrets(QUOTED[clothing](name, secret))

    assert MASK in shown
    assert not pieces_in(shown, [secret])


@pytest.mark.parametrize("clothing", BARE)
@given(name=FIELDS.filter(lambda each: not each.endswith(TOKENS_BY_THEMSELVES)), secret=WORDS)
def test_a_secret_without_quotes_is_masked_by_its_name(clothing: str, name: str, secret: str) -> None:
    shown = without_secrets(BARE[clothing](name, secret))

    assert MASK in shown
    assert not pieces_in(shown, [secret])


@pytest.mark.parametrize("clothing", PLACES)
@given(secret=WORDS)
def test_a_secret_is_masked_by_its_place(clothing: str, secret: str) -> None:
    shown = without_secrets(PLACES[clothing](secret))

    assert MASK in shown
    assert not pieces_in(shown, [secret, b64(secret)])


@pytest.mark.parametrize(
    "text",
    [
        f"535 5.7.8 authentication failed at smtp://bob:{SECRET}@mail.example.com:587",
        f"501 5.5.2 AUTH PLAIN {AS_PLAIN} : syntax error",
        f"535 5.7.8 authentication failed password={SECRET}",
        f"535 5.7.8 authentication failed of_the_whole_mail_account_password={SECRET}",
        f"535 5.7.8 authentication failed, client_secret='{SECRET}', retry later",
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "gbk"])
def test_no_answer_repeats_a_secret(text: str, charset: str) -> None:
    said = json.dumps([complaint_to_json(each, str) for each in complaints(text.encode(charset))])

    assert MASK in said
    assert SECRET not in said
    assert AS_PLAIN not in said


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_reply_ends_where_its_value_does_in_an_object(quote: str) -> None:
    values = {"response": "535 5.7.8 authentication failed", "auth": {"user": "bob", "pass": SECRET}}
    text = json.dumps(values) if quote == '"' else str(values)

    assert [str(each.failure.reply) for each in complaints(text)] == ["535 5.7.8 authentication failed"]


@pytest.mark.parametrize(
    "reply",
    [
        "535 5.7.8 Username and Password not accepted. Password: incorrect",
        "535 5.7.3 Authentication unsuccessful, the token has expired",
        "550 5.7.1 see https://support.example.com/a?b=c or mailto:postmaster@example.com",
        "504 5.5.4 AUTH LOGIN not supported",
        '550 5.1.1 "x", user unknown',
    ],
)
def test_the_words_of_a_reply_stay(reply: str) -> None:
    assert [str(each.failure.reply) for each in complaints(reply)] == [reply]


def test_the_server_of_an_address_is_what_stands_behind_its_user() -> None:
    (found,) = complaints(f"smtp://bob:{SECRET}@smtp.gmail.com:587: connection refused")

    assert (found.server.host, found.server.port) == (BY_NAME["gmail"].host, 587)


@pytest.mark.parametrize(
    "said",
    [
        "535 5.7.8 Error: authentication failed: bad password",
        "535 incorrect password or user name",
        "535 5.7.8 password: authentication failed",
        "535 5.7.8 Password: the provided credentials are wrong",
        "wrong password for bob@example.com: 535 5.7.8 authentication failed",
        "535 パスワードが正しくありません",
        "535 パスワード: 認証に失敗しました",
        "535 密码：错误",
        "535 5.7.8 Passwort: falsch",
        "535 5.7.8 mot de passe : incorrect",
        "535 5.7.8 contraseña: inválida",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        "501 5.5.4 AUTH PLAIN mechanism not supported",
        "334 UGFzc3dvcmQ6\n535 5.7.8 Error: authentication failed",
        "250-AUTH LOGIN PLAIN XOAUTH2",
        "oauth2: cannot fetch token: 400 Bad Request",
        'Post "https://oauth2.googleapis.com/token": dial tcp: lookup oauth2.googleapis.com: no such host',
        "code: 'ERR_TLS_CERT_ALTNAME_INVALID', command: 'AUTH PLAIN', responseCode: 535",
        "unable to load private key: error:0909006C:PEM routines",
        "Access denied for user 'bob' (using password: YES)",
        '{"error": "invalid_token", "error_description": "The access token expired"}',
        "S: 334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiQmVhcmVyIn0=",
        "-ERR PASS command failed",
        "smtp://bob:@mx.example.com has password='' and AUTH PLAIN",
        "see https://support.example.com:8443/users/@bob",
        "Received-SPF: pass; spf=pass smtp.mailfrom=a@b.example dkim=pass (ok)",
    ],
)
def test_what_is_said_about_a_secret_is_shown(said: str) -> None:
    assert without_secrets(said) == said


@given(st.text() | st.lists(st.sampled_from([*HOSTILE.values(), *UNITS.values()])).map("".join))
def test_nothing_but_secrets_is_left_out(text: str) -> None:
    shown = without_secrets(text)

    assert re.fullmatch(".*".join(map(re.escape, shown.split(MASK))), text, re.DOTALL)


@pytest.mark.parametrize("name", CODES)
def test_a_code_is_masked_where_it_looks_like_one_of_oauth2(name: str) -> None:
    shown = without_secrets(f"grant_type=authorization_code&{name}={TOKEN}&state=1, {name}=ECONNREFUSED")

    assert shown == f"grant_type=authorization_code&{name}={MASK}&state=1, {name}=ECONNREFUSED"


@pytest.mark.parametrize("named", ["--password 'failures'", "swaks --pass FAIL0000 --tls", "password: Error4711"])
def test_what_begins_as_a_sentence_may_be_a_secret(named: str) -> None:
    assert MASK in without_secrets(named)


def test_a_value_in_quotes_ends_with_them() -> None:
    shown = without_secrets('password="two words \\"here\\"": 535 5.7.8 authentication failed')

    assert shown == f'password="{MASK}": 535 5.7.8 authentication failed'


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_the_time_grows_with_the_text(unit: str) -> None:
    assert is_linear(without_secrets, unit, 15_000)


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_the_time_grows_with_what_may_be_a_secret(unit: str) -> None:
    assert is_linear(lambda text: without_secrets(f"{text} password: '{text}"), unit, 15_000)
