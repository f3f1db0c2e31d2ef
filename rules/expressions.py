"""The checker of conditions: turns a syntax tree into parts whose types fit, or says what is wrong with it.

What is not named here is not in the language. Nothing of Python's is run: the parts are closures over facts, so there
is no code for a condition to escape from.
"""

import ast
from collections.abc import Callable

from rules.catalogue import find, names, reader
from rules.facts import Facts
from rules.functions import FUNCTIONS, Call, Function
from rules.names import NO_NAMES, Names, wrong_name
from rules.operators import calculate, compare, contained, listed
from rules.parts import Evaluate, Part, constant
from rules.patterns import Patterns
from rules.source import Refused, Source
from rules.suggest import did_you_mean
from rules.values import NUMBER, TEXT, YES_NO, Type

_Check = Callable[..., Part]

_MAX_DEPTH = 40
_MAX_NUMBER = 10**15
_LONGEST_NAME = 60
_WHY_LASTING = "an automation waits for what lasts: ticket, requester and asset"


class Checker:
    """Checks one condition. `problems` collects what is wrong with operands of `and` and `or`, so that all are told.

    A `lasting` condition may ask only for what stays as it is until something happens to the ticket.
    """

    def __init__(self, source: Source, patterns: Patterns, *, lasting: bool = False, names: Names = NO_NAMES) -> None:
        self.problems: list[Refused] = []
        self._source = source
        self._lasting = lasting
        self._names = names
        self._patterns = patterns
        self._depth = 0
        self._kinds: dict[type[ast.expr], _Check] = {
            ast.BoolOp: self._bool_op,
            ast.UnaryOp: self._unary_op,
            ast.Compare: self._compare,
            ast.BinOp: self._bin_op,
            ast.Call: self._call,
            ast.Name: self._fact,
            ast.Attribute: self._fact,
            ast.Constant: self._constant,
        }

    def condition(self, node: ast.expr) -> Part:
        """The whole condition, which is a yes/no. Raises Refused."""
        return self._yes_no(node)

    def _part(self, node: ast.expr) -> Part:
        check = self._kinds.get(type(node))
        if check is None:
            raise self._refuse(node, f"'{self._shown(node)}' is not part of the language")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._refuse(node, "the condition is nested too deeply")
        part = check(node)
        self._depth -= 1
        return part

    def _yes_no(self, node: ast.expr) -> Part:
        part = self._part(node)
        if part.type != YES_NO:
            raise part.refuse(f"{self._shown(node)} is not a yes/no; compare it with something")
        return part

    def _bool_op(self, node: ast.BoolOp) -> Part:
        depth = self._depth
        operands = []
        for value in node.values:
            try:
                operands.append(self._yes_no(value))
            except Refused as problem:
                self.problems.append(problem)
                self._depth = depth
        parts = tuple(operands)
        evaluate = _all_of(parts) if isinstance(node.op, ast.And) else _any_of(parts)
        return self._made(node, YES_NO, evaluate, parts)

    def _unary_op(self, node: ast.UnaryOp) -> Part:
        if isinstance(node.op, ast.Not):
            part = self._yes_no(node.operand)
            value = part.evaluate
            return self._made(node, YES_NO, lambda facts: not value(facts), (part,))
        part = self._part(node.operand)
        number = part.literal
        if not isinstance(node.op, ast.USub) or part.type != NUMBER or not isinstance(number, int | float):
            raise self._refuse(node, f"'{self._shown(node)}' is not part of the language")
        return constant(-number, NUMBER, source=self._source.of(node), column=self._source.column(node))

    def _compare(self, node: ast.Compare) -> Part:
        left = self._part(node.left)
        parts, tests = [left], []
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            if isinstance(op, ast.In | ast.NotIn):
                test = self._membership(left, comparator, parts)
                tests.append(_unless_unknown(left, test) if isinstance(op, ast.NotIn) else test)
                if len(node.ops) > 1:
                    raise self._refuse(comparator, "'in' cannot be chained; join two comparisons with 'and'")
                continue
            right = self._part(comparator)
            parts.append(right)
            tests.append(compare(op, left, right))
            self._name(left, right)
            self._name(right, left)
            left = right
        evaluate = tests[0] if len(tests) == 1 else _all_hold(tuple(tests))
        return self._made(node, YES_NO, evaluate, tuple(parts))

    def _membership(self, left: Part, node: ast.expr, parts: list[Part]) -> Evaluate:
        if isinstance(node, ast.Tuple | ast.List):
            items = tuple(self._part(item) for item in node.elts)
            for item in items:
                self._name(left, item)
            return listed(left, items)
        right = self._part(node)
        parts.append(right)
        return contained(left, right)

    def _name(self, fact: Part, literal: Part) -> None:
        """Whether a text that is compared with a fact names something that is there."""
        kind = fact.fact.names if fact.fact else ""
        if kind and isinstance(literal.literal, str):
            wrong = wrong_name(self._names, kind, literal.literal)
            if wrong:
                raise literal.refuse(wrong)

    def _bin_op(self, node: ast.BinOp) -> Part:
        left, right = self._part(node.left), self._part(node.right)
        type_, evaluate = calculate(node.op, left, right)
        return self._made(node, type_, evaluate, (left, right))

    def _call(self, node: ast.Call) -> Part:
        name = self._shown(node.func)
        function = FUNCTIONS.get(name) if isinstance(node.func, ast.Name) else None
        if function is None:
            raise self._refuse(node, f"there is no function '{name}'{did_you_mean(name, FUNCTIONS)}")
        if node.keywords:
            raise self._refuse(node.keywords[0].value, f"{name} takes no named arguments: {function.usage}")
        count = len(node.args)
        if count < function.least or (function.most is not None and count > function.most):
            raise self._refuse(node, f"{name} is written {function.usage}")
        if self._lasting and not function.lasting:
            raise self._refuse(node, f"{name}() changes as time passes; {_WHY_LASTING}")
        arguments = tuple(self._argument(function, place, argument) for place, argument in enumerate(node.args))
        build = function.build(Call(arguments, self._names, self._patterns))
        return self._made(node, function.type, build, arguments, function=name)

    def _argument(self, function: Function, place: int, node: ast.expr) -> Part:
        """An argument; the first of some functions is one of a few words."""
        if place or not function.first:
            return self._part(node)
        word, source, column = self._shown(node), self._source.of(node), self._source.column(node)
        if not isinstance(node, ast.Name) or word not in function.first:
            known = ", ".join(function.first)
            raise self._refuse(node, f"'{word}' is not one of {known}{did_you_mean(word, function.first)}")
        return constant(word, TEXT, source=source, column=column)

    def _fact(self, node: ast.Name | ast.Attribute) -> Part:
        name = _dotted(node)
        if name is None:
            raise self._refuse(node, f"'{self._shown(node)}': only facts have parts")
        # the parser takes letters that only look like others for those; here a name is as it is written
        fact = find(name) if self._source.of(node).isascii() else None
        if fact is None:
            function = f"; '{name}' is a function: {FUNCTIONS[name].usage}" if name in FUNCTIONS else ""
            meant = function or did_you_mean(name[:_LONGEST_NAME], names())
            raise self._refuse(node, f"there is no fact '{self._shown(node)}'{meant}")
        if self._lasting and not fact.lasting:
            raise self._refuse(node, f"{name} is of one moment; {_WHY_LASTING}")
        return Part(
            source=self._source.of(node),
            column=self._source.column(node),
            type=fact.type,
            evaluate=reader(fact),
            fact=fact,
        )

    def _constant(self, node: ast.Constant) -> Part:
        value, source, column = node.value, self._source.of(node), self._source.column(node)
        if isinstance(value, bool):
            return constant(value, YES_NO, source=source, column=column)
        if isinstance(value, int | float):
            if abs(value) > _MAX_NUMBER:
                raise self._refuse(node, f"numbers go up to {_MAX_NUMBER:,}")
            return constant(value, NUMBER, source=source, column=column)
        if isinstance(value, str) and source[0] in "'\"":
            return constant(value, TEXT, source=source, column=column)
        if value is None:
            raise self._refuse(node, "there is no None; write known(…) or not known(…)")
        raise self._refuse(node, f"'{source}' is not part of the language; write a text as 'text'")

    def _made(
        self, node: ast.expr, type_: Type, evaluate: Evaluate, children: tuple[Part, ...], *, function: str = ""
    ) -> Part:
        return Part(
            source=self._source.of(node),
            column=self._source.column(node),
            type=type_,
            evaluate=evaluate,
            children=children,
            function=function,
        )

    def _shown(self, node: ast.expr) -> str:
        written = self._source.of(node)
        return written if len(written) <= _LONGEST_NAME else written[: _LONGEST_NAME - 1] + "…"

    def _refuse(self, node: ast.expr, message: str) -> Refused:
        return Refused(self._source.column(node), message)


def _dotted(node: ast.expr) -> str | None:
    """The name as written with dots, or None where it is not one. A loop, since a chain of dots may be very long."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(names))) if isinstance(node, ast.Name) else None


def _all_of(parts: tuple[Part, ...]) -> Evaluate:
    return _all_hold(tuple(part.evaluate for part in parts))


def _any_of(parts: tuple[Part, ...]) -> Evaluate:
    values = tuple(part.evaluate for part in parts)

    def any_of(facts: Facts) -> bool:
        for value in values:  # noqa: SIM110 - a generator would double the cost of a condition
            if value(facts):
                return True
        return False

    return any_of


def _all_hold(values: tuple[Evaluate, ...]) -> Evaluate:
    def all_hold(facts: Facts) -> bool:
        for value in values:  # noqa: SIM110 - a generator would double the cost of a condition
            if not value(facts):
                return False
        return True

    return all_hold


def _unless_unknown(left: Part, test: Evaluate) -> Evaluate:
    value = left.evaluate
    return lambda facts: value(facts) is not None and not test(facts)
