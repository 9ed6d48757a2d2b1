"""What a check and an audit ask of one account, one question after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .. import defects
from ..config import AccountSettings, ConfigurationError
from ..deadline import Deadline
from ..kraken import permissions
from ..kraken.broker import KrakenBroker
from ..kraken.errors import KrakenError, PermissionDenied, RequestRefused, TryLater, UnexpectedAnswer
from ..kraken.fill_history import FillHistory, brought_up_to_date
from ..kraken.key_info import KeyInfo
from ..kraken.points import points_for
from ..report.answers import AccountAnswers

if TYPE_CHECKING:
    from .ledgers import LedgerQuestion

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


def attempt(question: Callable[[], Answer]) -> Answer | KrakenError:
    """The answer, or why there is none: whatever goes wrong with one question must not touch the others."""
    try:
        return question()
    except KrakenError as error:
        return error
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect on one account's answer must not hide the other accounts
        _log.debug("a question failed inside this program", exc_info=True)
        return UnexpectedAnswer(
            f"this program failed on Kraken's answer ({type(error).__name__})",
            defects.REMEDY,
        )


def _none_known(fingerprint: str | None) -> FillHistory | None:  # noqa: ARG001 - whose fills they would be
    """Nothing is known of anybody's fills."""
    return None


def _unless_to_pause(earlier: object, question: Callable[[], Answer]) -> Answer | KrakenError:
    """The answer to a question; where Kraken has just asked for a pause, that, and nothing is asked."""
    return earlier if isinstance(earlier, TryLater) else attempt(question)


def examine(
    settings: AccountSettings,
    broker: KrakenBroker,
    deadline: Deadline,
    *,
    activity: bool,
    wallets: str | None = None,
    known_fills: Callable[[str | None], FillHistory | None] = _none_known,
    ledger: LedgerQuestion | None = None,
) -> AccountAnswers:
    """All questions of a check to one account; after a refusal no more are asked.

    Earn is asked right after the balances: what moves between the two shows in both, or in none.

    Args:
        deadline: for all of them together.
        activity: also ask for fills, open orders and open positions.
        wallets: also ask what is in Earn, and what margin positions have gained in this currency; None for none.
        known_fills: what is known already of the fills of a Kraken account, by its fingerprint.
        ledger: what to ask of its ledger, after all others; None for nothing.
    """
    points = points_for(activity=activity, wallets=wallets is not None)
    sparing = broker.spending(points)
    answers = _with_balances(settings, sparing, deadline)
    if answers.balances is not None:
        if wallets is not None:
            answers = _with_earn(answers, sparing, deadline)
        if activity and not isinstance(answers.balances, TryLater):
            answers = _with_activity(answers, sparing, deadline, known_fills)
        if wallets is not None:
            answers = _with_margin(answers, sparing, deadline, wallets)
    answers = replace(answers, points=points)
    if ledger is None or answers.balances is None or answers.key_info is None:
        return answers
    return replace(answers, ledger=attempt(partial(ledger.ask, answers, broker, deadline)))


def _with_balances(settings: AccountSettings, broker: KrakenBroker, deadline: Deadline) -> AccountAnswers:
    """What the key may do, and what there is; no balances where the key is not accepted."""
    key_info = attempt(partial(broker.get_key_info, deadline=deadline))
    if isinstance(key_info, KeyInfo):
        may_query_funds = permissions.QUERY_FUNDS in key_info.permissions
    elif isinstance(key_info, PermissionDenied | RequestRefused | UnexpectedAnswer):
        # The key is accepted, but what it may do stays unknown: the amounts may still be told.
        may_query_funds = True
    else:
        return AccountAnswers(settings, key_info)
    balances = (
        attempt(partial(broker.get_balances, deadline=deadline)) if may_query_funds else _MAY_NOT_QUERY_FUNDS
    )
    return AccountAnswers(settings, key_info, balances)


def _with_earn(answers: AccountAnswers, broker: KrakenBroker, deadline: Deadline) -> AccountAnswers:
    """Where the balances did not come, nothing could be made of Earn."""
    if isinstance(answers.balances, KrakenError):
        return replace(answers, earn=answers.balances)
    return replace(answers, earn=attempt(partial(broker.get_earn_allocations, deadline=deadline)))


def _with_activity(
    answers: AccountAnswers,
    broker: KrakenBroker,
    deadline: Deadline,
    known_fills: Callable[[str | None], FillHistory | None],
) -> AccountAnswers:
    """The most telling first, should Kraken ask for a pause."""
    key_info, now = answers.key_info, broker.now()
    known = known_fills(key_info.account_fingerprint) if isinstance(key_info, KeyInfo) else None
    fills = _unless_to_pause(answers.earn, partial(_fills, broker, deadline, key_info, known, now))
    orders = _unless_to_pause(fills, partial(broker.get_open_orders, deadline=deadline))
    positions = _unless_to_pause(orders, partial(broker.get_open_positions, deadline=deadline))
    return replace(
        answers,
        open_orders=orders,
        open_positions=positions,
        fills=fills,
        known_fills=known,
        asked_at=now,
    )


def _with_margin(answers: AccountAnswers, broker: KrakenBroker, deadline: Deadline, quote: str) -> AccountAnswers:
    key_info = answers.key_info
    if isinstance(key_info, KeyInfo) and permissions.QUERY_OPEN_ORDERS not in key_info.permissions:
        return replace(answers, margin=_MAY_NOT_QUERY_ORDERS)
    pause = next((answer for answer in answers.of_kraken if isinstance(answer, TryLater)), None)
    margin = _unless_to_pause(pause, partial(broker.get_margin, quote, deadline=deadline))
    return replace(answers, margin=margin)


def _fills(
    broker: KrakenBroker,
    deadline: Deadline,
    key: KeyInfo | KrakenError | None,
    known: FillHistory | None,
    now: datetime,
) -> FillHistory:
    """What is known of the fills of an account, once it has been asked for them, which counts double.

    Args:
        known: what was known of them before.
        now: by Kraken's clock (UTC).

    Raises:
        PermissionDenied: the key may not see them, or not those that would tell.
        KrakenError: see `errors` for the kinds.
    """
    sees_from = None
    if isinstance(key, KeyInfo):
        if permissions.QUERY_FILLS not in key.permissions:
            raise PermissionDenied(f"the key lacks “{permissions.label(permissions.QUERY_FILLS)}”")
        if key.query_to is not None and key.query_to <= now:
            raise PermissionDenied(f"the key may see nothing after {key.query_to:%Y-%m-%d %H:%M} UTC", _SEE_ALL)
        sees_from = key.query_from
    if sees_from is not None and known is not None and known.last is not None and known.last.time <= sees_from:
        known = None  # the key may not see any more what was known, so that it is not missing
    history = brought_up_to_date(known, now, lambda since: broker.get_fills(since=since, deadline=deadline))
    if sees_from is None:
        return history
    if history.last is None:
        raise PermissionDenied(f"the key may see nothing before {sees_from:%Y-%m-%d %H:%M} UTC", _SEE_ALL)
    return history.seen_from(sees_from)


def examine_fully(
    settings: AccountSettings, broker: KrakenBroker, deadline: Deadline, *, quote: str, probe_orders: bool
) -> AccountAnswers:
    """All questions of an audit to one account.

    Args:
        deadline: for all of them together.
        quote: the currency in which Kraken is asked what the account has.
        probe_orders: also let Kraken validate an order.
    """
    checked = examine(settings, broker, deadline, activity=False)
    answers = AccountAnswers(settings, checked.key_info, checked.balances, session=broker.session)
    if checked.balances is None or isinstance(checked.balances, TryLater):
        return answers
    probes = probe_orders and _may_create_orders(checked.key_info)
    orders = attempt(partial(broker.get_open_orders, deadline=deadline))
    figure = _unless_to_pause(orders, partial(broker.get_equivalent_balance, quote, deadline=deadline))
    return replace(
        answers,
        open_orders=orders,
        equivalent_balance=figure,
        probe=_unless_to_pause(figure, partial(broker.probe_order, deadline=deadline)) if probes else None,
    )


def _may_create_orders(key_info: KeyInfo | KrakenError | None) -> bool:
    return isinstance(key_info, KeyInfo) and permissions.CREATE_ORDERS in key_info.permissions


_SEE_ALL = f"Edit the key at {permissions.SETTINGS_PAGE}, and let it see all of the account's past."
_MAY_NOT_QUERY_FUNDS = PermissionDenied(f"the key lacks “{permissions.label(permissions.QUERY_FUNDS)}”")
_MAY_NOT_QUERY_ORDERS = PermissionDenied(f"the key lacks “{permissions.label(permissions.QUERY_OPEN_ORDERS)}”")
