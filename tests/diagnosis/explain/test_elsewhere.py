"""What is said of something else than mail has no cause: a definite wrong answer is worse than none."""

from __future__ import annotations

import pytest

from panel.diagnosis.explain.explain import complaints
from tests.support.explained import first_told


@pytest.mark.parametrize(
    "text",
    [
        "FileNotFoundError: [Errno 2] No such file or directory: 'x'",
        "ModuleNotFoundError: No module named 'smtp'",
        "jinja2.exceptions.TemplateNotFound: mail.html",
        "Symfony\\Component\\Routing\\Exception\\RouteNotFoundException: Route [login] not defined.",
        "ImageNotFoundError: no such image",
        "EOFError: Ran out of input",
        "ImportError: cannot import name 'login_required' from 'flask_login'",
    ],
)
def test_a_word_within_a_longer_name_is_none(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "django.core.exceptions.FieldError: Cannot resolve keyword 'mail' into field.",
        "error: cannot resolve symbol 'Session'",
        'Get "foo": unsupported protocol scheme ""',
        "java.net.MalformedURLException: unknown protocol: htp",
        "Commit subject does not match the pattern",
        "localhost not found in hosts",
        "< HTTP/1.1 200 OK",
        "HTTP/1.1 500 Internal Server Error",
    ],
)
def test_words_of_names_and_protocols_are_no_cause_where_they_mean_others(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "could not connect to server: Connection refused\n\tIs the server running on TCP/IP port 5432?",
        "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.",
        "fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com",
        "ssh: connect to host 203.0.113.9 port 22: Connection refused",
        "npm ERR! code ECONNRESET\nnpm ERR! network read ECONNRESET",
        "subprocess.TimeoutExpired: Command 'make' timed out after 30 seconds",
        "grep: write error: Broken pipe",
        'django.db.utils.OperationalError: could not translate host name "db": Temporary failure in name resolution',
        "bash: -c: line 1: syntax error: unexpected end of file",
        "requests.exceptions.SSLError: certificate verify failed: https://api.example.com/v1/",
        "sshd[812]: Connection reset by authenticating user root 203.0.113.7 port 40022 [preauth]",
        'nginx: recv() failed (104: Connection reset by peer), upstream: "http://127.0.0.1:8000/"',
        "FATAL: password authentication failed for user \"app\"",
        "Authentication failed for 'https://github.com/x.git/'",
        "chown: invalid user: 'mail:mail'",
        "API rate limit exceeded for 203.0.113.9",
    ],
)  # fmt: skip
def test_what_another_service_or_command_says_is_no_cause(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "User not found",
        "quota exceeded",
        "Token expired",
        "Too many connections",
        "unknown domain",
        "Rate limit exceeded",
    ],
)
def test_words_alone_tell_a_cause_only_where_they_speak_of_mail(text: str) -> None:
    assert complaints(text) == []
    assert complaints(f"The mail server said: {text}")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("curl: (7) Failed to connect to 203.0.113.9 port 587: Connection refused", "connection_refused"),
        ("wp_mail: requests to https://shop.example: SMTP connect() failed: Connection refused", "connection_refused"),
        ("rustls peer closed connection without sending TLS close_notify: https://docs.rs/rustls/", "connection_lost"),
        ('Post "https://oauth2.googleapis.com/token": dial tcp: i/o timeout', "oauth_server_unreachable"),
        ("Error: getaddrinfo ENOTFOUND smtp.example.org", "dns_not_found"),
        ("end of file reached (EOFError)", "connection_lost"),
    ],
)  # fmt: skip
def test_what_speaks_of_mail_beside_another_service_keeps_its_cause(text: str, cause: str) -> None:
    assert first_told(text)[0] == cause
