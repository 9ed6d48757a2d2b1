"""What a check and an audit ask of one account, one question after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .. import defects
from ..config import AccountSettings, ConfigurationError
from ..deadline import Deadline
from ..kraken import permissions
from ..kraken.broker import KrakenBroker
from ..kraken.errors import KrakenError, PermissionDenied, RequestRefused, TryLater, UnexpectedAnswer
from ..kraken.key_info import KeyInfo
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


def _unless_to_pause(earlier: object, question: Callable[[], Answer]) -> Answer | KrakenError:
    """The answer to a question; where Kraken has just asked for a pause, that, and nothing is asked."""
    return earlier if isinstance(earlier, TryLater) else attempt(question)


def examine(
    settings: AccountSettings,
    broker: KrakenBroker,
    deadline: Deadline,
    *,
    activity: bool,
    ledger: LedgerQuestion | None = None,
) -> AccountAnswers:
    """All questions of a check to one account; after a refusal no more are asked.

    Args:
        deadline: for all of them together.
        activity: also ask for open orders and positions.
        ledger: what to ask of its ledger, after all others; None for nothing.
    """
    answers = _examine(settings, broker, deadline, activity)
    if ledger is None or answers.balances is None or answers.key_info is None:
        return answers
    return replace(answers, ledger=attempt(partial(ledger.ask, answers, broker, deadline)))


def _examine(
    settings: AccountSettings, broker: KrakenBroker, deadline: Deadline, activity: bool
) -> AccountAnswers:
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
    if not activity or isinstance(balances, TryLater):
        return AccountAnswers(settings, key_info, balances)
    orders = attempt(partial(broker.get_open_orders, deadline=deadline))
    positions = _unless_to_pause(orders, partial(broker.get_open_positions, deadline=deadline))
    return AccountAnswers(settings, key_info, balances, orders, positions)


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


_MAY_NOT_QUERY_FUNDS = PermissionDenied(f"the key lacks “{permissions.label(permissions.QUERY_FUNDS)}”")
