import base64

from kraken_sandbox.authentication import is_signed, signature

# The example of https://docs.kraken.com/exchange/guides/rest/authentication
SECRET = base64.b64decode(
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
)
BODY = b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
SIGNATURE = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="


def test_documented_example() -> None:
    assert signature("/0/private/AddOrder", "1616492376594", BODY, SECRET) == SIGNATURE


def test_a_signature_is_good_for_its_own_request_only() -> None:
    assert is_signed(SIGNATURE, "/0/private/AddOrder", "1616492376594", BODY, SECRET)
    assert not is_signed(SIGNATURE, "/0/private/CancelOrder", "1616492376594", BODY, SECRET)
    assert not is_signed(SIGNATURE, "/0/private/AddOrder", "1616492376595", BODY, SECRET)
    assert not is_signed(SIGNATURE, "/0/private/AddOrder", "1616492376594", BODY + b"0", SECRET)
    assert not is_signed("Signatür", "/0/private/AddOrder", "1616492376594", BODY, SECRET)
