from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from panel.settings.oauth import service_key


def decoded(part):
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_an_assertion_names_key_account_and_user_and_is_signed():
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    document = json.dumps({"client_email": "robot@example.org", "private_key_id": "k1", "private_key": pem})

    text = service_key.assertion(
        document, subject="me@example.org", audience="https://t/", scope="mail", issued_at=1000
    )

    head, claims, signature = text.split(".")
    assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert json.loads(decoded(claims)) == {
        **{"iss": "robot@example.org", "sub": "me@example.org", "aud": "https://t/", "scope": "mail"},
        **{"iat": 1000, "exp": 4600},
    }
    key.public_key().verify(decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())


@pytest.mark.parametrize("document", ["", "[]", "{}", '{"private_key": "x"}'])
def test_what_is_no_key_signs_nothing(document):
    with pytest.raises(ValueError, match="no private key"):
        service_key.assertion(document, subject="", audience="", scope="", issued_at=0)
