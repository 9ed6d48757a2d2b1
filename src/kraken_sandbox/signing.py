"""Kraken's request signature (https://docs.kraken.com/api/docs/guides/spot-rest-auth)."""

import base64
import binascii
import hashlib
import hmac


def signature(path: str, nonce: str, body: bytes, secret: bytes) -> str:
    """What belongs into the API-Sign header; `body` is the request's body just as it is sent."""
    digest = hashlib.sha256(nonce.encode(errors="replace") + body).digest()
    return base64.b64encode(hmac.digest(secret, path.encode() + digest, "sha512")).decode()


def is_signed(given: str, path: str, nonce: str, body: bytes, secret: bytes) -> bool:
    """Whether `given` is the signature of this request."""
    return hmac.compare_digest(given.encode(), signature(path, nonce, body, secret).encode())


def is_base64(text: str) -> bool:
    """Whether the text is strict base64, as every secret is."""
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True
