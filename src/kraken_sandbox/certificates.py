"""A certificate for this machine's loopback addresses, made on the spot by the command `openssl`.

An authority of its own signs it, whose key is gone before anybody sees the certificate: who trusts that authority
trusts nothing but this one sandbox. The fields are those that strict clients ask for (RFC 5280, 4.2.1).
"""

import ipaddress
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

DAYS = "365"

CONFIGURATION = """\
[req]
prompt = no
distinguished_name = name
[name]
CN = kraken-sandbox
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = ALTERNATIVES
"""

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server shows, and the file of the authority by which clients trust it."""

    context: ssl.SSLContext
    authority: Path


@contextmanager
def own_certificate(host: str) -> Iterator[Certificate]:
    """A certificate for `host`, `localhost`, 127.0.0.1 and ::1; its files are gone afterwards.

    Raises ValueError where it cannot be made.
    """
    program = shutil.which("openssl")
    if program is None:
        raise ValueError("--tls needs the command openssl, which makes the certificate; there is none in PATH")
    with tempfile.TemporaryDirectory(prefix="kraken-sandbox-", ignore_cleanup_errors=True) as folder:
        here = Path(folder)
        (here / "openssl.cnf").write_text(CONFIGURATION.replace("ALTERNATIVES", _alternatives(host)))
        authority = ("-x509", "-extensions", "authority", "-days", DAYS, "-keyout", "ca.key", "-out", "ca.pem")
        _run(program, here, "req", "-config", "openssl.cnf", *NEW_KEY, *authority)
        _run(program, here, "req", "-config", "openssl.cnf", *NEW_KEY, "-keyout", "key.pem", "-out", "request.pem")
        signed = ("-extfile", "openssl.cnf", "-extensions", "server", "-days", DAYS, "-out", "certificate.pem")
        signer = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
        _run(program, here, "x509", "-req", "-in", "request.pem", *signer, *signed)
        (here / "ca.key").unlink()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(here / "certificate.pem", here / "key.pem")
        yield Certificate(context, here / "ca.pem")


def _alternatives(host: str) -> str:
    names = {"DNS:localhost": None, "IP:127.0.0.1": None, "IP:::1": None}
    with suppress(ValueError):  # a name, or an address that the server refuses
        names[f"IP:{ipaddress.ip_address(host)}"] = None
    return ", ".join(names)


def _run(program: str, folder: Path, *arguments: str) -> None:
    try:
        subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr.strip() if isinstance(error, subprocess.CalledProcessError) else str(error)
        why = " ".join(said.split()) or "it says nothing"
        raise ValueError(f"--tls needs a certificate, which {program} could not make: {why}") from error
