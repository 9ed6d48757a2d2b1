"""A key that is not written down yet, tried among all accounts: what it may do, opens, and what is against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from .talk import say
from .target import Target, from_elsewhere

if TYPE_CHECKING:
    from ...accounts import Account
    from ...config import AccountSettings, Settings
    from ...config.pasting import Pasted
    from ...config.secret import Secret
    from ...memory.register import Register
    from ...report.admission import Objection, Predecessor
    from ...report.known import Identity
    from ...report.model import AccountReport, Report


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it.

    Attributes:
        before, after: the content of the file, without the key and with it.
        settings: of the account, with it.
        register: what is remembered of the accounts.
        found: of the account, by a check.
        opens: the Kraken account that it opens; None where Kraken is silent about it.
        objections: what speaks against it.
        not_compared: other accounts of which nobody knows which Kraken accounts they are.
        quote: the currency of the total.
    """

    before: bytes
    after: bytes
    settings: AccountSettings
    register: Register
    found: AccountReport
    opens: Identity | None
    objections: tuple[Objection, ...]
    not_compared: tuple[Account, ...]
    quote: str

    def show(self) -> None:
        """Say what the key is, on standard error."""
        for line in self._lines():
            say(line)

    def _lines(self) -> Iterator[str]:
        from ...accounts import named
        from ...formats.phrases import acceptance, kind_of, sentence
        from ...kraken import permissions
        from ...money import formatted
        from ...report.findings import Code

        found, key = self.found, self.found.key_info
        if key is not None:
            account = (
                f"the Kraken account ending in {self.opens.last_four}"
                if self.opens is not None
                else "a Kraken account, and Kraken does not tell which"
            )
            total = "unknown" if found.total is None else formatted(found.total, self.quote)
            incomplete = "" if found.complete or found.total is None else " (incomplete)"
            yield f"The key {found.api_key} opens {account}. Total: {total}{incomplete}."
            yield f"It may: {permissions.labels(key.permissions) or 'nothing'}."
        against = {objection.message for objection in self.objections}
        for finding in found.findings if key is not None else ():
            if finding.message not in against and finding.code is not Code.ACCOUNT_NEW:
                said = f"{sentence(finding.message)} [{finding.code}]{acceptance(finding.accepted)}"
                yield f"{kind_of(finding)}: {said} {finding.remedy}"
        if key is not None and self.opens is not None and self.not_compared:
            yield f"It could not be compared with {named(self.not_compared)}: what those keys open is not known."
        for objection in self.objections:
            if not objection.certain:
                yield f"NOT SURE: {objection.message}."
                continue
            yield f"AGAINST IT: {sentence(objection.message)} {objection.remedy}"
            if objection.comes_of_it and all(one.may_be_overruled for one in self.objections):
                yield f"With --force: {sentence(objection.comes_of_it)}"


def tried(
    target: Target,
    account: Account,
    pasted: Pasted,
    *,
    monitor: bool,
    old: Callable[[], Predecessor] | None,
) -> Trial:
    """Ask Kraken once with all keys, the new one in its place among them; nothing is written or remembered.

    Args:
        monitor: whether the key is to look only.
        old: tells what is known of the one that it is to replace; None where there is none.

    Raises:
        ConfigurationError: the file cannot be used, or the key would not count.
    """
    from ...config import READ_ONLY, SetupProblem
    from ...config.env_text import changed
    from ...config.placing import prefix_for
    from ...errors import ConfigurationError, sealed
    from ...fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from ...report.admission import objections, objections_to_exchange
    from ...report.known import Identity

    before = target.file.read()
    as_it_is = target.settings(before)
    prefix = prefix_for(as_it_is, account)
    after: bytes = sealed(changed, before, prefix, _values(as_it_is, account, prefix, pasted, old is not None))
    settings = target.settings(after)
    own = settings.find(account.account_type, account.user_id)
    if own.problem is not SetupProblem.MISCONFIGURED and not target.has(own):
        raise ConfigurationError(f"{account.label}: {from_elsewhere(own)}; nothing was written")
    if own.credentials is not None and own.credentials.otp != pasted.otp and (pasted.otp or old):
        raise ConfigurationError(
            f"{account.label}: {prefix}_API_OTP would not be the two-factor password of this key: it is set "
            "elsewhere, too, or this one has signs that a line of a .env cannot hold; nothing was written"
        )
    if monitor:
        own = replace(own, expectation=replace(own.expectation, expected=READ_ONLY))
        settings = _with(settings, own)
    click.echo("Asking Kraken …", err=True)
    with MultiAccountBrokerManager(settings, remember=False) as manager:
        report = manager.check(quote=target.quote)
    found = next(one for one in report.accounts if one.account == account)
    register = target.register(settings)
    opens = None if found.key_info is None else Identity.of(found.key_info.iban)
    differs = register.changed(own, found.key_info)
    if differs is not None:
        found = replace(found, total=None)  # of an account that is not this one's nothing is shown
    owner = None if opens is None else register.owner_of(opens, account)
    against = [*objections(found, own, differs, owner)]
    if old is not None and found.key_info is not None:
        # That it opens another account than is known has been said.
        against += [
            one for one in objections_to_exchange(found.key_info, own, old()) if one.certain or differs is None
        ]
    return Trial(
        before=before,
        after=after,
        settings=own,
        register=register,
        found=found,
        opens=opens,
        objections=tuple(against),
        not_compared=tuple(_not_compared(report, settings, register, account)),
        quote=report.quote,
    )


def _values(
    settings: Settings, account: Account, prefix: str, pasted: Pasted, is_exchanged: bool
) -> dict[str, Secret | None]:
    from ...config.placing import user_id_for

    values: dict[str, Secret | None] = {f"{prefix}_API_KEY": pasted.key, f"{prefix}_API_SECRET": pasted.secret}
    if pasted.otp is not None or is_exchanged:
        values[f"{prefix}_API_OTP"] = pasted.otp  # that of the old key goes with it
    is_new = all(one.account != account for one in settings.accounts)
    if is_new and (user_id := user_id_for(prefix, account)) is not None:
        values[f"{prefix}_USER_ID"] = user_id
    return values


def _with(settings: Settings, own: AccountSettings) -> Settings:
    return replace(
        settings, accounts=tuple(own if one.account == own.account else one for one in settings.accounts)
    )


def _not_compared(report: Report, settings: Settings, register: Register, account: Account) -> Iterator[Account]:
    """The others that have a key, of which neither Kraken nor an earlier check has told what they open."""
    known = {row.account for row in register.listed()[0] if row.identity is not None}
    known |= {one.account for one in report.accounts if one.account_fingerprint is not None}
    for one in settings.accounts:
        if one.account not in (account, *known) and one.credentials is not None:
            yield one.account
