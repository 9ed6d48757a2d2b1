"""A dead man's switch: what it is asked, when again, and what is said where it does not answer."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from kraken_accounts.config import ConfigurationError
from kraken_accounts.config.secret import Secret
from kraken_accounts.notify.ping import Ping

from ..support import Answer, ScriptedServer, TunnelProxy, http_response, in_pieces, never
from .receivers import ACCEPTED, REFUSED, asked, receiver


def ping(url: str) -> Ping:
    return Ping(Secret(url), "--ping")


@pytest.mark.parametrize(
    ("path", "well", "failed"),
    [
        ("/SMPL-uuid", "/SMPL-uuid", "/SMPL-uuid/fail"),
        ("/SMPL-uuid/", "/SMPL-uuid/", "/SMPL-uuid/fail"),
        ("/key/slug?create=1&rid=2", "/key/slug?create=1&rid=2", "/key/slug/fail?create=1&rid=2"),
        ("", "/", "/fail"),
    ],
)
def test_asks_for_the_url_or_for_fail_behind_its_path(path: str, well: str, failed: str) -> None:
    with receiver() as server:
        assert ping(server.url + path).send(well=True) is None
        assert ping(server.url + path).send(well=False) is None

    assert asked(server) == [f"GET {well}", f"GET {failed}"]


@pytest.mark.parametrize(
    ("answers", "requests", "said"),
    [
        ([REFUSED, ACCEPTED], 2, None),
        ([REFUSED], 2, "HTTP status 503"),
        ([http_response("", "404 Not Found"), ACCEPTED], 1, "HTTP status 404"),
        (
            [http_response("", "301 Moved", headers={"Location": "/SMPL-elsewhere"}), ACCEPTED],
            1,
            "HTTP status 301",
        ),
        ([http_response("OK (not found)")], 1, "the other side does not know it"),
        ([in_pieces(b"what is this\r\n\r\n")], 2, "ProtocolError"),
    ],
)
def test_tries_once_more_where_that_may_help(answers: list[Answer], requests: int, said: str | None) -> None:
    with ScriptedServer(*answers) as server:
        failure = ping(f"{server.url}/SMPL-uuid").send(well=True)

    assert len(server.requests) == requests
    expected = said and f"Ping not delivered ({said}): the other side takes this run for missing."
    assert failure == expected


def test_nobody_is_there() -> None:
    with receiver() as server:
        url = f"{server.url}/SMPL-uuid"

    failure = ping(url).send(well=True)

    assert failure is not None
    assert "SMPL" not in failure


def test_who_does_not_answer_is_not_waited_for() -> None:
    with ScriptedServer(never) as server:
        failure = ping(f"{server.url}/SMPL-uuid").send(well=True, patience=0.4)

    assert failure is not None
    assert failure.startswith("Ping not delivered (")


def test_goes_through_the_proxy_and_trusts_the_authorities_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("switch.example").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    with ScriptedServer(ACCEPTED, ssl_context=context) as server, TunnelProxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        distrusted = ping("https://switch.example/SMPL-uuid").send(well=True)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
        trusted = ping("https://switch.example/SMPL-uuid").send(well=True)

    assert set(proxy.asked_for) == {"switch.example:443"}
    assert distrusted == "Ping not delivered (SSLError): the other side takes this run for missing."
    assert (trusted, asked(server)) == (None, ["GET /SMPL-uuid"])


def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")

    with pytest.raises(ConfigurationError, match="HTTPS_PROXY names a proxy of the kind socks5"):
        ping("https://switch.example/SMPL-uuid").send(well=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "SMPL-uuid",
        "http://switch.example/SMPL-uuid",
        "ftp://127.0.0.1/SMPL-uuid",
        "https://",
        "https://[SMPL",
        "https://switch.example:port/SMPL-uuid",
        "https://somebody:SMPL@switch.example/",
        "https://switch.example/#SMPL",
        "https://switch.example/SMPL uuid",
        "https://switch.example/SMPL\r\nHost: other",
        "https://switch.example/SMPLé",
        f"https://switch.example/{'SMPL' * 600}",
    ],
)
def test_a_url_that_may_not_be_asked_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        ping(url)

    assert str(refused.value).startswith("--ping: is not a URL that begins with https://")
    assert "SMPL" not in str(refused.value)
