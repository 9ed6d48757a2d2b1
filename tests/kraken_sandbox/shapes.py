"""Holds an answer against a documented one: its names, and of what type their values are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Shape:
    """What is documented. A name such as `<pair>` is any that no other name is.

    `not_always` are names that may be missing, or have an empty list, `also` those that answers were seen to have
    beside the documented. An example that is null may be a text, a number or nothing; a list of one value stands
    for any number of them, and for at least one.
    """

    example: Any
    not_always: frozenset[str] = frozenset()
    also: Mapping[str, Any] = field(default_factory=dict)

    def differences(self, answer: Any) -> list[str]:
        """What an answer has differently, each with where it stands."""
        return list(self._compare(self.example, answer, "result"))

    def _compare(self, example: Any, answer: Any, where: str) -> Iterator[str]:
        match example, answer:
            case dict(), dict():
                yield from self._compare_objects(example, answer, where)
            case [first], [_, *_]:
                for index, value in enumerate(answer):
                    yield from self._compare(first, value, f"{where}[{index}]")
            case [_, _, *_], list() if len(example) == len(answer):
                for index, (one, other) in enumerate(zip(example, answer, strict=True)):
                    yield from self._compare(one, other, f"{where}[{index}]")
            case ([], list()) | (None, None | str() | int() | float()):
                pass
            case _ if isinstance(answer, list) or _kind(example) != _kind(answer):
                yield f"{where}: {answer!r} and not such as {example!r}"

    def _compare_objects(self, example: dict[str, Any], answer: dict[str, Any], where: str) -> Iterator[str]:
        named = {name: value for name, value in example.items() if not name.startswith("<")}
        any_name = next((name for name in example if name.startswith("<")), None)
        for name in sorted(named.keys() - answer.keys() - self.not_always):
            yield f"{where}.{name} is missing"
        others = answer.keys() - named.keys()
        if any_name is not None and not others:
            yield f"{where} has no {any_name}"
        for name, value in answer.items():
            inside = f"{where}.{name}"
            if value == [] and name in self.not_always:
                continue
            if name in named:
                yield from self._compare(named[name], value, inside)
            elif any_name is not None:
                yield from self._compare(example[any_name], value, inside)
            elif name in self.also:
                yield from self._compare(self.also[name], value, inside)
            else:
                yield f"{inside} is not documented"


def _kind(value: Any) -> str:
    """The type of a value; a number with a fraction may have none, and a text that is a number is one always."""
    match value:
        case None | bool() | dict() | list():
            return type(value).__name__
        case float() | int():
            return "number"
        case str() if NUMBER.fullmatch(value):
            return "number as text"
        case _:
            return "text"
