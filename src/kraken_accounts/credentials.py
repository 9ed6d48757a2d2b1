"""From the environment and `.env` to accounts and their keys; refuses whatever would mix two accounts.

The variables, all of them optional (NAME is A-Z, 0-9 and `_`):

    KRAKEN_MASTER_API_KEY, KRAKEN_MASTER_API_SECRET            the master account
    KRAKEN_USER_<NAME>_API_KEY, KRAKEN_USER_<NAME>_API_SECRET  a user
    KRAKEN_USER_<NAME>_USER_ID                                 the user's full id; NAME in lower case without it
    KRAKEN_…_API_OTP, KRAKEN_…_NONCE_UNIT                      the key's two-factor password; ms, us or ns
    KRAKEN_API_URL                                             another base URL than Kraken's own
"""

from __future__ import annotations

import base64
import binascii
import difflib
import io
import ipaddress
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from dotenv.parser import parse_stream

from .accounts import MASTER, Account, AccountType
from .secret import ApiKey, Secret

KRAKEN_URL = "https://api.kraken.com"
NONCE_UNITS = ("ms", "us", "ns")

_CHECKOUT = Path(__file__).resolve().parents[2]
_ENTRY_SCRIPT = "check_master_user_balances.py"
_ENV_FILE_LIMIT = 1 << 20  # bytes; a `.env` of 1,000 users is a fifth of that
_MASTER_PREFIX = "KRAKEN_MASTER"
_USER_PREFIX = "KRAKEN_USER_"
_FIELDS = ("API_KEY", "API_SECRET", "API_OTP", "NONCE_UNIT", "USER_ID")
_VARIABLE = re.compile(rf"(KRAKEN_MASTER|KRAKEN_USER_[A-Z0-9_]+)_({'|'.join(_FIELDS)})")
_ODD_KEY = re.compile(r"KRAKEN_USER_([A-Za-z0-9_.-]{1,64})_API_(?:KEY|SECRET)")
_USER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
# What people leave in a sample file. Kraken's keys are base64, which has no `<`, `_`, `-` or space.
_BRACKETED = re.compile(r"<.*>")
_PLACEHOLDER = re.compile(
    r"<.*>|\[.*\]|\{.*\}|\.{3,}|…|x{3,}|changeme|none|null|todo"
    r"|(your|paste|insert|enter|change|replace|put|add|my)[ _-].*",
    re.IGNORECASE,
)


class ConfigurationError(Exception):
    """The configuration as a whole cannot be used; the message names the place and the remedy."""


class SetupProblem(Enum):
    """Why an account is not asked at all."""

    NOT_CONFIGURED = "not-configured"
    MISCONFIGURED = "misconfigured"
    SHARED_KEY = "shared-key"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs one account's requests.

    Attributes:
        nonce_unit: what the key's nonces count: ``ms``, ``us`` or ``ns`` since 1970.
    """

    api_key: ApiKey
    api_secret: Secret
    otp: Secret | None = None
    nonce_unit: str = "ms"


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One account as it is configured.

    Attributes:
        prefix: how its variables begin, ``KRAKEN_USER_DAIVON`` for instance.
        credentials: None where the account must not be asked; `problem` and `reason` then say why.
        reason: one sentence for the operator that names the variables concerned.
        api_key: the key, wherever one is set, usable or not.
    """

    account: Account
    prefix: str
    credentials: Credentials | None = None
    problem: SetupProblem | None = None
    reason: str | None = None
    api_key: ApiKey | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the environment says.

    Attributes:
        url: base URL of the exchange, without a path.
        accounts: the master first, then the users by id.
        env_file: the file that was read, None without one.
        env_file_is_private: False where group or others may read or write that file.
        notes: what looks like a slip of the pen in the file, a sentence each.
        demo: whether these are sample accounts, with no real funds.
        left_out: the configured accounts that a selection has left out.
    """

    url: str
    accounts: tuple[AccountSettings, ...]
    env_file: Path | None = None
    env_file_is_private: bool = True
    notes: tuple[str, ...] = ()
    demo: bool = False
    left_out: tuple[Account, ...] = ()

    @property
    def users(self) -> tuple[AccountSettings, ...]:
        """The accounts of users, by id."""
        return tuple(account for account in self.accounts if account.account.user_id is not None)

    def select(self, selectors: Iterable[str]) -> Settings:
        """The same settings for the named accounts only (``master`` or user ids); for none named, all.

        Raises:
            ConfigurationError: no account is called so.
        """
        wanted = {"master" if selector.lower() == "master" else selector: None for selector in selectors}
        if not wanted:
            return self
        known = {settings.account.selector for settings in self.accounts}
        for selector in wanted:
            if selector not in known:
                raise ConfigurationError(
                    f"there is no account {selector!r}; the accounts are: {', '.join(self._names())}"
                )
        chosen = [a for a in self.accounts if a.account.selector in wanted]
        others = [a.account for a in self.accounts if a.account.selector not in wanted and a.credentials]
        return replace(self, accounts=tuple(chosen), left_out=tuple(others))

    def find(self, account_type: AccountType, user_id: str | None = None) -> AccountSettings:
        """The settings of one account.

        A user id is looked for as a `_USER_ID`, else as the NAME it spells in capitals, else as the NAME
        that its first part spells, if no other user could be meant by that NAME.

        Raises:
            ConfigurationError: no account answers to that id, or more than one could.
        """
        account = Account(account_type, user_id)
        if user_id is None:
            return next((a for a in self.accounts if a.account == MASTER), _unset(MASTER, _MASTER_PREFIX))
        users = self.users
        name = _as_name(user_id)
        for match in (
            [a for a in users if a.account.user_id == user_id],
            [a for a in users if a.prefix == _USER_PREFIX + name and a.account.user_id == _default_id(name)],
        ):
            if match:
                return replace(match[0], account=account)
        first = name.partition("_")[0]
        by_first_part = next(
            (a for a in users if a.prefix == _USER_PREFIX + first and a.account.user_id == _default_id(first)),
            None,
        )
        if by_first_part is None:
            raise ConfigurationError(
                f"there is no user {user_id!r}; the accounts are: {', '.join(self._names())}. "
                f"Set {_USER_PREFIX}{name}_API_KEY and {_USER_PREFIX}{name}_API_SECRET to add it"
            )
        rivals = [a for a in users if a.prefix.startswith(f"{by_first_part.prefix}_")]
        if rivals:
            raise ConfigurationError(
                f"user {user_id!r} could be {by_first_part.prefix}, but so could "
                f"{rivals[0].account.user_id!r}; set {by_first_part.prefix}_USER_ID to say whose key it is"
            )
        return replace(by_first_part, account=account)

    def _names(self) -> list[str]:
        return [settings.account.selector for settings in self.accounts]


def load_settings(environ: Mapping[str, str], env_file: Path | None = None) -> Settings:
    """Read the accounts and their keys; what `environ` sets wins over the file.

    Args:
        environ: the environment, usually ``os.environ``.
        env_file: the file to read; without one, `.env` in the working directory, else the `.env` beside
            check_master_user_balances.py (cron starts elsewhere), else none.

    Raises:
        ConfigurationError: the file cannot be read or understood, or the URL is one to which keys must not
            be sent. Nothing has been sent then.
    """
    path = env_file if env_file is not None else _find_env_file()
    from_file = {} if path is None else _read_env_file(path)
    values = {**from_file, **environ}
    return Settings(
        # An empty one in the environment must not send keys elsewhere than the file says.
        url=_base_url(environ.get("KRAKEN_API_URL", "").strip() or from_file.get("KRAKEN_API_URL", "")),
        accounts=_accounts(values),
        env_file=path,
        env_file_is_private=path is None or not stat.S_IMODE(path.stat().st_mode) & 0o066,
        notes=tuple(_slips(from_file)),
    )


def demo_settings(values: Mapping[str, str]) -> Settings:
    """The settings of sample accounts, from these variables alone: no file is read."""
    return Settings(url=_base_url(values.get("KRAKEN_API_URL", "")), accounts=_accounts(values), demo=True)


# --- the file -------------------------------------------------------------------------------------------


def _find_env_file() -> Path | None:
    beside_script = [_CHECKOUT / ".env"] if (_CHECKOUT / _ENTRY_SCRIPT).is_file() else []
    return next((path for path in [Path(".env"), *beside_script] if _may_be_file(path)), None)


def _may_be_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return True  # who reads it says why that cannot be told


def _read_env_file(path: Path) -> dict[str, str]:
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "does not exist"
            raise ConfigurationError(f"{path}: {what}; name the file with --env-file PATH")
        with path.open("rb") as file:
            raw = file.read(_ENV_FILE_LIMIT + 1)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); make it readable for the user who runs this"
        ) from error
    if len(raw) > _ENV_FILE_LIMIT:
        raise ConfigurationError(f"{path}: is larger than 1 MiB, so it is no .env file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    if "\0" in text:
        raise ConfigurationError(f"{path}: is a binary file, not lines of NAME=value")

    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for binding in parse_stream(io.StringIO(text)):
        # A binding's text may begin with the blank lines before it.
        text_before = binding.original.string[: -len(binding.original.string.lstrip()) or None]
        line = binding.original.line + text_before.count("\n")
        name, value = binding.key, binding.value
        if binding.error or (value is None and name is not None and name.startswith("KRAKEN_")):
            raise ConfigurationError(f"{path}, line {line}: cannot be understood; write NAME=value")
        if name is None or value is None:
            continue
        if name.startswith("KRAKEN_") and values.get(name, value) != value:
            raise ConfigurationError(
                f"{path}: {name} is set twice, on lines {lines[name]} and {line}, to different values; keep one"
            )
        values[name] = value
        lines[name] = line
    return values


def _slips(values: Mapping[str, str]) -> Iterable[str]:
    """Names in the file that look like ours but mean nothing: a typing error would hide an account."""
    known = [match for match in map(_VARIABLE.fullmatch, values) if match]
    prefixes = {_MASTER_PREFIX, *(match[1] for match in known)}
    meant = [f"{prefix}_{field}" for prefix in sorted(prefixes) for field in _FIELDS]
    for name in values:
        if not name.upper().startswith((_MASTER_PREFIX, "KRAKEN_USER")) or _VARIABLE.fullmatch(name):
            continue
        if _ODD_KEY.fullmatch(name):
            continue  # has a row of its own in the report
        if _VARIABLE.fullmatch(name.upper()):
            yield f"{name} is ignored: did you mean {name.upper()}?"
        elif glued := _VARIABLE.match(name):
            # What follows may be the value itself, so it is not shown.
            yield f"a name that begins with {glued[0]} is ignored: is the = missing behind it?"
        elif not re.fullmatch(r"[A-Z0-9_]+", name):
            yield f"a name that begins with {name[:11]} is ignored: names have A-Z, 0-9 and _ only"
        else:
            near = difflib.get_close_matches(name, meant, 1, 0.8)
            yield f"{name} is ignored: {f'did you mean {near[0]}?' if near else 'no variable is called so'}"


# --- the URL --------------------------------------------------------------------------------------------


def _base_url(value: str) -> str:
    url = _trimmed(value)
    if not url or _PLACEHOLDER.fullmatch(url):
        return KRAKEN_URL
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not url.isascii() or re.search(r"[\s\x00-\x1f]", url):
        raise ConfigurationError(f"KRAKEN_API_URL is not a URL; the default is {KRAKEN_URL}")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise ConfigurationError(
            "KRAKEN_API_URL must be scheme, host and port only, without a path, a query or a password"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigurationError(
            f"KRAKEN_API_URL must be https (http to a loopback address only), not {parts.scheme}://{host}; "
            "nothing was sent"
        )
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and no other."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- the accounts ---------------------------------------------------------------------------------------


def _accounts(values: Mapping[str, str]) -> tuple[AccountSettings, ...]:
    by_prefix: dict[str, dict[str, str]] = {_MASTER_PREFIX: {}}
    for variable, value in values.items():
        if match := _VARIABLE.fullmatch(variable):
            by_prefix.setdefault(match[1], {})[match[2]] = _trimmed(value)
    accounts = list(map(_account, by_prefix.keys(), by_prefix.values()))
    accounts = _refuse_twins(accounts, lambda a: a.account.user_id, SetupProblem.MISCONFIGURED, _one_id_reason)
    accounts = _refuse_twins(accounts, lambda a: a.api_key, SetupProblem.SHARED_KEY, _one_key_reason)
    return tuple(sorted((*accounts, *_oddly_named(values)), key=lambda a: a.account.sort_key))


def _oddly_named(values: Mapping[str, str]) -> Iterable[AccountSettings]:
    """Users whose NAME is none: they must not go unseen."""
    names = {match[1] for match in map(_ODD_KEY.fullmatch, values) if match and not _VARIABLE.fullmatch(match[0])}
    for name in sorted(names):
        reason = f"KRAKEN_USER_{name}_API_KEY: a NAME has A-Z, 0-9 and _ only; write it as {_as_name(name)}"
        account = Account(AccountType.USER, name)
        yield AccountSettings(account, f"{_USER_PREFIX}{name}", None, SetupProblem.MISCONFIGURED, reason)


def _account(prefix: str, fields: Mapping[str, str]) -> AccountSettings:
    values = {field: "" if _is_placeholder(field, value) else value for field, value in fields.items()}
    slip: str | None = None
    account = MASTER
    if prefix != _MASTER_PREFIX:
        name = prefix.removeprefix(_USER_PREFIX)
        user_id = values.get("USER_ID") or _default_id(name)
        if not _USER_ID.fullmatch(user_id) or user_id.lower() == "master":
            slip = f"{prefix}_USER_ID must be letters, digits and _ . @ - only, at most 64, and not 'master'"
            user_id = _default_id(name) if _default_id(name) != "master" else "user_master"
        account = Account(AccountType.USER, user_id)

    key, secret = values.get("API_KEY", ""), values.get("API_SECRET", "")
    api_key = ApiKey(key) if key else None
    if not key and not secret and slip is None:
        return _unset(account, prefix)
    unit = values.get("NONCE_UNIT", "").lower() or "ms"
    slip = slip or _slip_in(prefix, key, secret, values.get("API_OTP", ""), unit)
    if slip is not None or api_key is None:
        return AccountSettings(account, prefix, None, SetupProblem.MISCONFIGURED, slip, api_key)
    otp = Secret(values["API_OTP"]) if values.get("API_OTP") else None
    return AccountSettings(account, prefix, Credentials(api_key, Secret(secret), otp, unit), api_key=api_key)


def _is_placeholder(field: str, value: str) -> bool:
    """A key or a secret may be one by its words; what a person chose, as a user id, only by its brackets."""
    return bool((_PLACEHOLDER if field in ("API_KEY", "API_SECRET") else _BRACKETED).fullmatch(value))


def _unset(account: Account, prefix: str) -> AccountSettings:
    reason = f"{prefix}_API_KEY and {prefix}_API_SECRET are not set"
    return AccountSettings(account, prefix, None, SetupProblem.NOT_CONFIGURED, reason)


def _slip_in(prefix: str, key: str, secret: str, otp: str, unit: str) -> str | None:
    """What is wrong with an account's variables, in one sentence that names them; None if nothing is."""
    if not secret:
        return f"{prefix}_API_KEY is set but {prefix}_API_SECRET is not"
    if not key:
        return f"{prefix}_API_SECRET is set but {prefix}_API_KEY is not"
    for field, value in (("API_KEY", key), ("API_SECRET", secret), ("API_OTP", otp)):
        if re.search(r"\s", value):
            return f"{prefix}_{field} has white space inside it, as a line break in the paste leaves it"
        if not (value.isascii() and value.isprintable()):
            return f"{prefix}_{field} has characters that no Kraken key has"
    try:
        decoded = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        return f"{prefix}_API_SECRET is not base64, so it is not a whole Kraken private key"
    if unit not in NONCE_UNITS:
        return f"{prefix}_NONCE_UNIT must be {', '.join(NONCE_UNITS[:-1])} or {NONCE_UNITS[-1]}"
    return None


def _refuse_twins(
    accounts: Iterable[AccountSettings],
    identity: Callable[[AccountSettings], object],
    problem: SetupProblem,
    reason: Callable[[Sequence[AccountSettings]], str],
) -> list[AccountSettings]:
    """Take the credentials from all accounts that share what should be theirs alone."""
    accounts = list(accounts)
    groups: defaultdict[object, list[AccountSettings]] = defaultdict(list)
    for account in accounts:
        if identity(account) is not None:
            groups[identity(account)].append(account)

    def refused(account: AccountSettings) -> AccountSettings:
        twins = groups.get(identity(account), [])
        if len(twins) < 2:
            return account
        return replace(account, credentials=None, problem=problem, reason=reason(twins))

    return [refused(account) for account in accounts]


def _one_key_reason(twins: Sequence[AccountSettings]) -> str:
    variables = " and ".join(f"{twin.prefix}_API_KEY" for twin in twins)
    return f"{variables} hold the same API key ({twins[0].api_key})"


def _one_id_reason(twins: Sequence[AccountSettings]) -> str:
    prefixes = " and ".join(twin.prefix for twin in twins)
    return f"{prefixes} both claim the user id {twins[0].account.user_id!r}; give each its own _USER_ID"


def _trimmed(value: str) -> str:
    """Without the white space and quotes around it that a paste brings along."""
    return value.strip().strip("'\"").strip()


def _as_name(user_id: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", user_id.upper())


def _default_id(name: str) -> str:
    return name.lower()
