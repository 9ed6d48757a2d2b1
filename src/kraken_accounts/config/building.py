"""From an account's variables to what may be sent for it; refuses whatever would mix two accounts."""

from __future__ import annotations

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..accounts import MASTER, Account, AccountType
from .key_file import with_content
from .model import NONCE_UNITS, AccountSettings, Credentials, SetupProblem, unset
from .secret import ApiKey, Secret, is_private_key
from .variables import MASTER_PREFIX, PAIR, USER_PREFIX, Setting, as_name, default_id, is_user_id

_IIBAN = re.compile(r"[A-Z0-9]{8,34}")


def build_accounts(
    configured: Mapping[str, Mapping[str, Setting]], odd_names: Iterable[str], owners: Mapping[str, str]
) -> tuple[AccountSettings, ...]:
    """The accounts, the master first, then the users by id.

    Args:
        configured: what is set of each account that has a row, by the beginning of its variables.
        odd_names: what stands where a NAME should, and is none.
        owners: whose variables begin unusually: the label of the account by the beginning.
    """
    made = (_account(prefix, _as_read(fields), owners.get(prefix)) for prefix, fields in configured.items())
    accounts = sorted(made, key=_position)
    accounts = _refuse_duplicates(accounts, _one_id, SetupProblem.MISCONFIGURED, _one_id_reason)
    accounts = _refuse_duplicates(accounts, lambda a: a.api_key, SetupProblem.SHARED_KEY, _one_key_reason)
    return _one_row_an_id(sorted([*accounts, *_oddly_named(odd_names, accounts)], key=_position))


def _position(settings: AccountSettings) -> tuple[bool, str]:
    return settings.account.sort_key


def _as_read(fields: Mapping[str, Setting]) -> Mapping[str, Setting]:
    """The settings, with what files hold in the place of their paths."""
    return {
        name: with_content(setting) if setting.is_path and setting.mistake is None else setting
        for name, setting in fields.items()
    }


def _account(prefix: str, fields: Mapping[str, Setting], owner: str | None) -> AccountSettings:
    """The account of these variables.

    Args:
        owner: its label, where config.toml says whose they are.
    """
    mistake: str | None = None
    account = MASTER
    if owner is not None:
        if owner != MASTER.selector:
            account = Account(AccountType.USER, owner)
        said = fields.get("USER_ID")
        if said is not None and said.value.reveal() != account.user_id:
            mistake = f"{said} says whose key it is, and config.toml that it is that of {owner}; keep one of them"
    elif prefix != MASTER_PREFIX:
        name = prefix.removeprefix(USER_PREFIX)
        user_id = fields["USER_ID"].value.reveal() if "USER_ID" in fields else default_id(name)
        if not is_user_id(user_id):
            variable = fields.get("USER_ID", f"{prefix}_USER_ID")
            mistake = f"{variable} must be letters, digits and _ . @ - only, at most 64, and not 'master'"
            user_id = _id_of(name)
        account = Account(AccountType.USER, user_id)

    halves = [fields[name] for name in PAIR if name in fields]
    if not halves and mistake is None:
        return unset(account, prefix)
    mistake = mistake or _mistake_in(prefix, fields)
    api_key = _key_in(fields)
    place = halves[0].place if halves else ""
    exposed = tuple(half.exposed for half in halves if half.exposed is not None)
    if mistake is not None or api_key is None:
        problem = SetupProblem.MISCONFIGURED
        return AccountSettings(account, prefix, None, problem, mistake, api_key, place=place, exposed=exposed)
    otp = fields["API_OTP"].value if "API_OTP" in fields else None
    credentials = Credentials(api_key, fields["API_SECRET"].value, otp, _unit(fields))
    iiban = Secret(_iiban(fields)) if "IIBAN" in fields else None
    return AccountSettings(
        account, prefix, credentials, api_key=api_key, iiban=iiban, place=place, exposed=exposed
    )


def _id_of(name: str) -> str:
    """The user id of a NAME, where it cannot be one that is set."""
    return "user_master" if default_id(name) == "master" else default_id(name)


def _key_in(fields: Mapping[str, Setting]) -> ApiKey | None:
    """The API key; None too where a private key stands in its place, of which nothing may ever be shown."""
    if "API_KEY" not in fields or fields["API_KEY"].mistake is not None or _is_private_key(fields["API_KEY"]):
        return None
    return ApiKey(fields["API_KEY"].value.reveal())


def _is_private_key(setting: Setting) -> bool:
    return is_private_key(setting.value.reveal())


def _unit(fields: Mapping[str, Setting]) -> str:
    return fields["NONCE_UNIT"].value.reveal().lower() if "NONCE_UNIT" in fields else NONCE_UNITS[0]


def _iiban(fields: Mapping[str, Setting]) -> str:
    """The internal number of the account, in capitals and without spaces."""
    return "".join(fields["IIBAN"].value.reveal().split()).upper()


def _mistake_in(prefix: str, fields: Mapping[str, Setting]) -> str | None:
    """What is wrong with an account's variables, in one sentence that names them; None if nothing is."""
    if mistake := next((fields[name].mistake for name in PAIR if name in fields and fields[name].mistake), None):
        return mistake
    if "API_SECRET" not in fields:
        return f"{fields['API_KEY']} is set but {prefix}_API_SECRET is not"
    if "API_KEY" not in fields:
        return f"{fields['API_SECRET']} is set but {prefix}_API_KEY is not"
    key, secret = fields["API_KEY"], fields["API_SECRET"]
    if key.value == secret.value:
        return f"{key} and {secret} hold the same: one is the API key, the other the private key"
    if _is_private_key(key):
        if _is_private_key(secret):
            return f"{key} holds a private key, and so does {secret}"
        return f"{key} holds a private key: it and {secret} are swapped"
    for field in ("API_KEY", "API_SECRET", "API_OTP"):
        value = fields[field].value.reveal() if field in fields else ""
        if re.search(r"\s", value):
            return f"{fields[field]} has white space inside it, as a line break in the paste leaves it"
        if not (value.isascii() and value.isprintable()):
            return f"{fields[field]} has characters that no Kraken key has"
    if not _is_base64(secret.value):
        return f"{secret} is not base64, so it is not a whole Kraken private key"
    if _unit(fields) not in NONCE_UNITS:
        return f"{fields['NONCE_UNIT']} must be {', '.join(NONCE_UNITS[:-1])} or {NONCE_UNITS[-1]}"
    if "IIBAN" in fields and not _IIBAN.fullmatch(_iiban(fields)):
        return (
            f"{fields['IIBAN']} is no internal number of a Kraken account (IIBAN): copy it whole, as Kraken "
            "shows it: 8 to 34 letters and digits"
        )
    return None


def _is_base64(secret: Secret) -> bool:
    try:
        return bool(base64.b64decode(secret.reveal(), validate=True))
    except (binascii.Error, ValueError):
        return False


# --- what would mix two accounts ------------------------------------------------------------------------


def _refuse_duplicates(
    accounts: list[AccountSettings],
    identity: Callable[[AccountSettings], object],
    problem: SetupProblem,
    reason: Callable[[Sequence[AccountSettings]], str],
) -> list[AccountSettings]:
    """Take the credentials from all accounts that share what should be theirs alone."""
    groups: defaultdict[object, list[AccountSettings]] = defaultdict(list)
    for account in accounts:
        if identity(account) is not None:
            groups[identity(account)].append(account)

    def refused(account: AccountSettings) -> AccountSettings:
        duplicates = groups.get(identity(account), [])
        if len(duplicates) < 2:
            return account
        return replace(account, credentials=None, problem=problem, reason=reason(duplicates))

    return [refused(account) for account in accounts]


def _one_row_an_id(accounts: Iterable[AccountSettings]) -> tuple[AccountSettings, ...]:
    """All who claim one and the same id as one row, since nobody could tell their rows apart.

    Figures for monitors go by it too, and a file with two of one name is refused as a whole.
    """
    rows: dict[Account, AccountSettings] = {}
    for settings in accounts:
        first = rows.setdefault(settings.account, settings)
        if first is not settings:
            reasons = dict.fromkeys(reason for reason in (first.reason, settings.reason) if reason)
            worse = settings if settings.problem is SetupProblem.SHARED_KEY else first
            rows[settings.account] = replace(worse, reason="; ".join(reasons))
    return tuple(rows.values())


def _one_id(account: AccountSettings) -> str | None:
    """Ids that differ in case only are one: nobody should have to tell such accounts apart."""
    user_id = account.account.user_id
    return None if user_id is None else user_id.lower()


def _one_id_reason(duplicates: Sequence[AccountSettings]) -> str:
    prefixes = " and ".join(account.prefix for account in duplicates)
    ids = " and ".join(sorted({repr(account.account.user_id) for account in duplicates}))
    one = f"the user id {ids}" if " and " not in ids else f"one user id, in different letters: {ids}"
    return f"{prefixes} both claim {one}; give each its own _USER_ID"


def _one_key_reason(duplicates: Sequence[AccountSettings]) -> str:
    variables = " and ".join(f"{account.prefix}_API_KEY" for account in duplicates)
    return f"{variables} hold the same API key ({duplicates[0].api_key})"


def _oddly_named(names: Iterable[str], accounts: Sequence[AccountSettings]) -> Iterator[AccountSettings]:
    """A row for users whose NAME is none, so that they do not go unseen; one for all that spell the same NAME."""
    taken = {one for account in accounts for one in (account.prefix, _one_id(account))}
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        spellings[as_name(name)].append(name)
    for name, written in spellings.items():
        prefix, user_id = f"{USER_PREFIX}{name}", _id_of(name)
        if not taken & {prefix, user_id}:
            taken |= {prefix, user_id}
            variables = " and ".join(f"{USER_PREFIX}{one}_API_KEY" for one in written)
            reason = f"{variables}: a NAME has A-Z, 0-9 and _ only; write it as {name}"
            account = Account(AccountType.USER, user_id)
            yield AccountSettings(account, prefix, None, SetupProblem.MISCONFIGURED, reason)
