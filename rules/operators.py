"""Comparisons and arithmetic of conditions: which types go together, and the function for it.

Whatever is unknown compares as false and makes a sum unknown.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from rules.facts import Facts
from rules.parts import Evaluate, Part, read_as
from rules.values import DURATION, LIST, NUMBER, TEXT, TIME, Sort, Type

_EQUALITY: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {ast.Eq: operator.eq, ast.NotEq: operator.ne}
_ORDER: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ORDERED = (NUMBER, TIME, DURATION)

_ARITHMETIC: Mapping[type[ast.operator], tuple[str, Callable[[Any, Any], Any], Mapping[tuple[Type, Type], Type]]] = {
    ast.Add: (
        "+",
        operator.add,
        {
            (NUMBER, NUMBER): NUMBER,
            (TIME, DURATION): TIME,
            (DURATION, TIME): TIME,
            (DURATION, DURATION): DURATION,
        },
    ),
    ast.Sub: (
        "-",
        operator.sub,
        {
            (NUMBER, NUMBER): NUMBER,
            (TIME, TIME): DURATION,
            (TIME, DURATION): TIME,
            (DURATION, DURATION): DURATION,
        },
    ),
    ast.Mult: ("*", operator.mul, {(NUMBER, NUMBER): NUMBER}),
    ast.Div: ("/", operator.truediv, {(NUMBER, NUMBER): NUMBER}),
}


def compare(op: ast.cmpop, left: Part, right: Part) -> Evaluate:
    """The function for `left op right`. Raises Refused where the two cannot be compared so."""
    left, right = read_as(left, right.type), read_as(right, left.type)
    test = _EQUALITY.get(type(op)) or _ORDER.get(type(op))
    if test is None:
        raise right.refuse("'is' is not part of the language; write ==, or known(…) to ask whether a fact is known")
    if left.type != right.type or left.type == LIST:
        raise right.refuse(
            f"{left.source} is {_named(left.type)}, {right.source} is {_named(right.type)}: they cannot be compared"
        )
    if type(op) in _ORDER and left.type not in _ORDERED:
        raise left.refuse(f"{left.source} is {_named(left.type)}, which has no order; use == or in (…)")
    return _comparison(test, left, right)


def contained(left: Part, right: Part) -> Evaluate:
    """The function for `left in right`, where `right` is a fact that is a list. Raises Refused."""
    if right.type == TEXT and right.literal is None:
        raise right.refuse(f"'in' needs a list; use contains({right.source}, …) to look for words in a text")
    if right.type != LIST:
        raise right.refuse(f"'in' needs a list, such as ('a', 'b'); {right.source} is {_named(right.type)}")
    if left.type != TEXT:
        raise left.refuse(f"{right.source} holds texts; {left.source} is {_named(left.type)}")
    return _comparison(lambda one, many: one in many, left, right)


def listed(left: Part, items: tuple[Part, ...]) -> Evaluate:
    """The function for `left in (items)`, all of them literals. Raises Refused."""
    known = tuple(read_as(item, left.type) for item in items)
    for item in known:
        if item.literal is None:
            raise item.refuse("only texts, numbers and yes/no values stand in a list")
        if item.type != left.type:
            raise item.refuse(f"{left.source} is {_named(left.type)}, {item.source} is {_named(item.type)}")
    wanted = frozenset(item.literal for item in known)
    value = left.evaluate
    return lambda facts: value(facts) in wanted


def calculate(op: ast.operator, left: Part, right: Part) -> tuple[Type, Evaluate]:
    """The type and the function of `left op right`. Raises Refused."""
    if type(op) not in _ARITHMETIC:
        raise left.refuse("only + - * / are part of the language")
    sign, work_out, types = _ARITHMETIC[type(op)]
    for one, other in ((left, right), (right, left)):
        if one.type in (TIME, DURATION) and other.type == TEXT:
            left, right = read_as(left, DURATION), read_as(right, DURATION)
    result = types.get((left.type, right.type))
    if result is None:
        raise left.refuse(
            f"{left.source} is {_named(left.type)}, {right.source} is {_named(right.type)}: no {sign} for these"
        )
    first, second = left.evaluate, right.evaluate

    def calculated(facts: Facts) -> object:
        one, two = first(facts), second(facts)
        return None if one is None or two is None else work_out(one, two)

    return result, calculated


def _comparison(test: Callable[[Any, Any], bool], left: Part, right: Part) -> Evaluate:
    first, second, fixed = left.evaluate, right.evaluate, right.literal
    if fixed is not None and test is operator.eq:
        return lambda facts: first(facts) == fixed

    def compared(facts: Facts) -> bool:
        one, two = first(facts), second(facts)
        return one is not None and two is not None and test(one, two)

    return compared


def _named(type_: Type) -> str:
    return "one of a fixed list" if type_.sort is Sort.CHOICE else f"a {type_.sort}"
