"""RS256 signatures of the sandbox's tokens, so that clients that check them can.

The key below is public on purpose: it signs tokens of the loopback sandbox and opens nothing else.
Source: Xero fact sheet 3.1 and RFC 7515, RFC 8017 section 9.2.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

Json = Any

KEY_ID = "xero-sandbox"
_EXPONENT = 65537
_PRIMES = (
    int(
        "fa9c56e1ec3e0dc8ed68fd8eebb506b337bea60c962f9069f6722fd6758cca6f98fd22dc4fdba035acc285502fb6ceef7766"
        "094e91370fcf4340f1b0f5cd6df30aded2e0db7fea9bcd0df81b9da026a13861c837ef9379493cac2b5f6913b8e073948840"
        "120e66cfa1f1cf8d532862c1b2dd2e38e8110c4bd0d5fd4d42a7cac7",
        16,
    ),
    int(
        "b51709d09ca8f60c0c112663e6fd7cf73931ca5d79958e7972a04c337c942c639caf56e5a6e5b717f83ab39b282725b8c197"
        "b5c400fa84e018fdc715407749878c2c7c573db2195b91d4db20ad1f8b31e3bc9f89a2c29199da37f8978dc6b02e3a3dbc29"
        "c0ce47796866f9d126f9636071b085313bafee9a39efd47841e7db6f",
        16,
    ),
)
_MODULUS = _PRIMES[0] * _PRIMES[1]
_PRIVATE = pow(_EXPONENT, -1, (_PRIMES[0] - 1) * (_PRIMES[1] - 1))
_SIZE = 256
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def signed(claims: Json) -> str:
    """A compact JWT over the claims."""
    head = encoded(json.dumps({"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}).encode())
    text = f"{head}.{encoded(json.dumps(claims).encode())}"
    return f"{text}.{encoded(_signature(text.encode()))}"


def claims_of(token: str) -> Json:
    """The claims of a token of our own, None when it is not ours or was changed."""
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    try:
        number = int.from_bytes(_decoded(signature), "big")
        if pow(number, _EXPONENT, _MODULUS) != int.from_bytes(_padded(f"{head}.{body}".encode()), "big"):
            return None
        return json.loads(_decoded(body))
    except ValueError:
        return None


def key_set() -> Json:
    """The public key as a JWK set."""
    modulus = encoded(_MODULUS.to_bytes(_SIZE, "big"))
    exponent = encoded(_EXPONENT.to_bytes(3, "big"))
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": modulus, "e": exponent}]}


def encoded(raw: bytes) -> str:
    """URL-safe base64 without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _padded(text: bytes) -> bytes:
    digest = _SHA256_PREFIX + sha256(text).digest()
    return b"\x00\x01" + b"\xff" * (_SIZE - len(digest) - 3) + b"\x00" + digest


def _signature(text: bytes) -> bytes:
    """RFC 8017 section 5.1.2 with both primes, which is three times as fast as one power."""
    number = int.from_bytes(_padded(text), "big")
    p, q = _PRIMES
    by_p, by_q = pow(number, _PRIVATE % (p - 1), p), pow(number, _PRIVATE % (q - 1), q)
    whole = by_q + q * ((by_p - by_q) * pow(q, -1, p) % p)
    return whole.to_bytes(_SIZE, "big")
