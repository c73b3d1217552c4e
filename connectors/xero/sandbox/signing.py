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
_MODULUS = int(
    "cc35eb122fe58b6abe02102d953626dbfb76af238c85e7ad8411657d6e3f4e86bcbe07f7637809390597e541bcea249e0338"
    "7b7fb98fafa17c6ee107d8b84a30a59305e421a75f6496aa722fcddb736a668ece620f2ed6fb1a266689c0f624d9cf16084f"
    "bb892d81315449e59dda00824aa589b76df6aebee372bfcbfa7f29f12bac941ae427301f826091b57caf5bc7337840738a43"
    "6aa408c2a2b6a07461a93d2aa99e86361ffe700c7369330dcb5239ffbc19bebf002f31d3f6e4fa93c8d2f723fa92366f0d75"
    "b302a32450807c8fd16202818b7664685f10cc773735461a7031728010e0dcd4e1389ad22a5bb20f89cc236887bdd01db4c3"
    "427ba4794263",
    16,
)
_PRIVATE = int(
    "1686bc1a3d7e576abc45adfdd93fd2a436e658b0d5dccf8f01ca897a29f72c750b224b44018cf4377e0e7613a7ab371981c6"
    "c698c84cb955aef6ec368409903add88e2557aab8e87a20c709c255bd7d772336940c29155804d84d43acde103ca4db5b87a"
    "5322f15f6c4ef2a289a4754f3f6768a6fb525839bbb7fa159e2ef8de973c187f77063fa30c52fd50fc983f845529ea2755f6"
    "3b2ee1884e7d6864c21aee5f5a689ee2b99581e50232bf4c93c008072d56385283a25dc5d0bafc9524947bcfaf68adf39852"
    "982ed044edf1a2063b01672192d3579003b0d762333b3387f67c52ad85877895d563c6ee896fd88ce76e49453a81f3c722ec"
    "83bb0c8f019",
    16,
)
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
    return pow(int.from_bytes(_padded(text), "big"), _PRIVATE, _MODULUS).to_bytes(_SIZE, "big")
