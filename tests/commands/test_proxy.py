"""Whole checks through a proxy, from a cold start: what reads its settings is loaded then, by several threads."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from kraken_sandbox import SandboxServer, sample_exchange
from kraken_sandbox.samples import environment

from ..running import check
from ..support import TunnelProxy

COLD = {"PYTHONUTF8": "1"}


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_every_account_is_asked_through_it(tmp_path: Path, variable: str) -> None:
    exchange, authority = sample_exchange(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.kraken.test").configure_cert(context)

    with (
        SandboxServer(exchange, ssl_context=context) as server,
        TunnelProxy(urlsplit(server.url).port or 0) as proxy,
    ):
        env = {
            **environment(exchange, "https://api.kraken.test"),
            "SSL_CERT_FILE": str(tmp_path / "authority.pem"),
            variable: proxy.url,
            **COLD,
        }
        run = check("--format", "json", env=env)

    statuses = [account["status"] for account in json.loads(run.stdout)["accounts"]]
    assert "unreachable" not in statuses
    assert statuses.count("trading") >= 2
    assert len(proxy.asked_for) >= len(statuses) - 1  # one has no key
    assert set(proxy.asked_for) == {"api.kraken.test:443"}


def test_one_that_is_not_there_is_named_for_every_account() -> None:
    exchange = sample_exchange()
    env = {**environment(exchange, "https://api.kraken.test"), "HTTPS_PROXY": "http://127.0.0.1:9", **COLD}

    run = check("--format", "json", env=env)

    reasons = {account["reason"] for account in json.loads(run.stdout)["accounts"] if account["api_key"]}
    assert reasons == {"the proxy on the way to api.kraken.test does not answer"}
    assert run.stderr == ""
