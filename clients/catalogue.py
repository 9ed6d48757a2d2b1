"""The clients that are run: what each is called, what it is written in, and by which script it is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Client:
    """One client of a package index.

    `package` is its name there, `pins` the file that has its version and those of all that it needs. `python` is
    the least version of Python that it runs on; one in JavaScript has none. `waits` is one that mostly sleeps, and
    `tls` one that speaks nothing but HTTPS.
    """

    name: str
    package: str
    script: str
    python: tuple[int, int] | None = (3, 11)
    account: str = "master"
    limit: float = 180
    waits: bool = False
    tls: bool = False

    @property
    def language(self) -> str:
        return "JavaScript" if self.python is None else "Python"

    @property
    def pins(self) -> Path:
        folder = HERE / "pins"
        return folder / self.name if self.python is None else folder / f"{self.name}.txt"


CLIENTS = {
    client.name: client
    for client in (
        # The longest first, so that nobody waits for it alone.
        Client("freqtrade", "freqtrade", "freqtrade_bot.py", account="bot", limit=900, waits=True),
        Client("krakenex", "krakenex", "krakenex_client.py"),
        Client("pykrakenapi", "pykrakenapi", "pykrakenapi_client.py"),
        Client("krakipy", "krakipy", "krakipy_client.py", python=(3, 12)),
        Client("typed-kraken", "typed-kraken", "typed_kraken_client.py"),
        Client("python-kraken-sdk", "python-kraken-sdk", "kraken_sdk_client.py"),
        Client("kraken-py-sdk", "kraken-py-sdk", "kraken_py_sdk_client.py", python=(3, 12)),
        Client("clikraken", "clikraken", "clikraken_client.py"),
        Client("ccxt-python", "ccxt", "ccxt_client.py"),
        Client("nautilus_trader", "nautilus-trader", "nautilus_client.py", python=(3, 12)),
        Client("kraken-api", "kraken-api", "kraken_api_client.mjs", python=None),
        Client("node-kraken-api", "node-kraken-api", "node_kraken_api_client.mjs", python=None, tls=True),
        Client("ccxt-javascript", "ccxt", "ccxt_client.mjs", python=None),
    )
}
