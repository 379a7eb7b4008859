"""What of the URL is ours, and what is left to libpq as it was written."""

from __future__ import annotations

import pytest

from panel.errors import ConfigError
from panel.storage.postgresql.reaching.address import ServerAddress, schema_and_url

PLAIN = "postgresql://panel@127.0.0.1/mail"


@pytest.mark.parametrize(
    ("url", "schema", "plain"),
    [
        (PLAIN, "mail_panel", PLAIN),
        (f"{PLAIN}?schema=other", "other", PLAIN),
        (f"{PLAIN}?%73chema=other&sslmode=require", "other", f"{PLAIN}?sslmode=require"),
        (f"{PLAIN}?sslrootcert=/a+b%2Bc&schema=other", "other", f"{PLAIN}?sslrootcert=/a+b%2Bc"),
    ],
)
def test_the_schema_is_ours_and_the_rest_is_left_as_it_is(url: str, schema: str, plain: str) -> None:
    assert schema_and_url(url) == (schema, plain)


def test_a_plus_is_a_plus() -> None:
    assert ServerAddress.of(f"{PLAIN}?application_name=a+b", None).parameters["application_name"] == "a+b"


@pytest.mark.parametrize("schema", ["", "pg_ours", "Mail", "a%22b"])
def test_a_schema_that_is_no_plain_name_is_refused(schema: str) -> None:
    with pytest.raises(ConfigError, match="a name of small letters"):
        ServerAddress.of(f"{PLAIN}?schema={schema}", None)
