"""What a notice of one's own may be: text, values, filters, `if`, `for`, and parts of shipped notices. No code.

It is read before anything is said with it: whatever stands in a template and is not on a list here is refused.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import Environment, TemplateError, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables

from bot.notice.noticevalues import (
    FILTERS,
    OF_SOLVED,
    PARTS_FOR_REQUESTERS,
    SHOWN_AS,
    VALUES,
    Reader,
    Value,
    filters_for,
)
from rules.problems import Problem
from rules.suggest import did_you_mean

_SPEECH: Final = frozenset({"gettext", "pgettext", "ngettext", "npgettext"})
_COMPARED: Final = frozenset({"eq", "ne"})
_CONTAINED: Final = frozenset({"in", "notin"})
_TAKES: Final[Mapping[str, type]] = {"truncate": int, "join": str}
_LOOP: Final = frozenset({"index", "first", "last"})
_ITEM: Final = "[]"
Scope = Mapping[str, str]
"""The variables of the loops around a place, with the value that each stands for."""


class Checker:
    """Goes through one file. What is wrong goes into `problems`; `uses` are the values that it names at the top."""

    def __init__(self, file: str, text: str, reader: Reader, more: frozenset[str] = frozenset()) -> None:
        """`more` are values that this notice may use besides, for the shipped one whose place it takes has them."""
        self.problems: list[Problem] = []
        self.uses: set[str] = set()
        self._file = file
        self._lines = text.splitlines()
        self._reader = reader
        self._more = more
        self._values: Mapping[str, Value] = {**VALUES, **OF_SOLVED} if "in_copy" in more else VALUES

    def check(self, environment: Environment, text: str, part: Callable[[str], str | None]) -> None:
        """Look at all of it. `part` gives the text of a part of shipped notices, or None where there is none."""
        self._part = part
        self._environment = environment
        try:
            tree = environment.parse(text)
        except TemplateSyntaxError as error:
            self._say(error.lineno, "", f"this is not a notice: {error.message}")
        except (TemplateError, RecursionError) as error:
            self._say(1, "", f"this is not a notice: {error}")
        else:
            self._all(tree.body, {})

    def _say(self, line: int, word: str, message: str) -> None:
        found = self._lines[line - 1].find(word) if 0 < line <= len(self._lines) else -1
        self.problems.append(Problem(self._file, line, max(found, 0) + 1, message))

    def _all(self, body: list[nodes.Node], scope: Scope) -> None:
        for node in body:
            self._statement(node, scope)

    def _statement(self, node: nodes.Node, scope: Scope) -> None:
        match node:
            case nodes.Output():
                for shown in node.nodes:
                    self._shown(shown, scope)
            case nodes.If():
                self._asked(node.test, scope)
                self._all([*node.body, *node.elif_, *node.else_], scope)
            case nodes.For(target=nodes.Name(), test=None, recursive=False):
                self._loop(node, scope)
            case nodes.Include(template=nodes.Const()):
                self._include(node)
            case _:
                what = re.sub("(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
                self._say(node.lineno, "{%", f"a notice has no '{what}'; it has values, 'if', 'for' and 'include'")

    def _loop(self, node: nodes.For, scope: Scope) -> None:
        path = self._path(node.iter, scope)
        value = self._value(path) if path else None
        if value is not None and value.kind != "list":
            self._say(node.lineno, "for", f"'{path}' is no list; 'for' goes through lists")
        target = node.target
        inner = {**scope, str(getattr(target, "name", "")): f"{path}{_ITEM}", "loop": "loop"}
        self._all(node.body, inner)
        self._all(node.else_, scope)

    def _include(self, node: nodes.Include) -> None:
        name = str(getattr(node.template, "value", ""))
        text = self._part(name)
        if text is None:
            self._say(
                node.lineno, name, f"there is no part '{name}'; the notices of the desk have _greeting.md and others"
            )
        elif self._reader == "requesters" and name not in PARTS_FOR_REQUESTERS:
            fit = ", ".join(sorted(PARTS_FOR_REQUESTERS))
            self._say(node.lineno, name, f"'{name}' is for agents only; for requesters there are {fit}")
        else:
            self.uses |= find_undeclared_variables(self._environment.parse(text)) - _SPEECH

    def _shown(self, node: nodes.Node, scope: Scope) -> None:
        """What is written out: text, a value that is one, or one that a filter turns into one."""
        match node:
            case nodes.TemplateData() | nodes.Const():
                return
            case nodes.Filter():
                self._filter(node, scope)
            case nodes.Call(node=nodes.Name(name=name), dyn_args=None, dyn_kwargs=None) if name in _SPEECH:
                self._spoken(node, scope)
            case nodes.CondExpr():
                self._asked(node.test, scope)
                for either in filter(None, (node.expr1, node.expr2)):
                    self._shown(either, scope)
            case nodes.Or() | nodes.And():
                self._shown(node.left, scope)
                self._shown(node.right, scope)
            case _:
                self._written(node, scope)

    def _spoken(self, node: nodes.Call, scope: Scope) -> None:
        """What `trans` becomes: sentences, the values in them, and the number that chooses among them."""
        for word in node.kwargs:
            self._shown(word.value, scope)
        for number in node.args:
            path = None if isinstance(number, nodes.Const) else self._path(number, scope)
            if path and self._kind(path) != "number":
                self._say(node.lineno, _last(path), f"'{path}' is no number that 'trans' could choose by")

    def _written(self, node: nodes.Node, scope: Scope) -> None:
        path = self._path(node, scope)
        value = self._value(path) if path else None
        if value is None or value.kind in SHOWN_AS or not path:
            return
        name = path.removesuffix(_ITEM)
        if filters := " or ".join(f"|{name}" for name in filters_for(self._kind(path))):
            self._say(node.lineno, _last(path), f"'{name}' cannot be written as it is; put one of {filters} behind it")
        elif value.kind == "group":
            inner = ", ".join(one for one in self._values if one.rpartition(".")[0] == path and self._may(one))
            self._say(node.lineno, _last(path), f"'{name}' has parts; write one of {inner}")
        else:
            how = "go through it with 'for'" if value.kind == "list" else "ask for it with 'if'"
            self._say(node.lineno, _last(path), f"'{name}' cannot be written; {how}")

    def _filter(self, node: nodes.Filter, scope: Scope) -> None:
        if node.name not in FILTERS:
            self._say(node.lineno, node.name, f"there is no filter '{node.name}'{did_you_mean(node.name, FILTERS)}")
            return
        given = [one.value if isinstance(one, nodes.Const) else None for one in node.args]
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not _fits(given, _TAKES.get(node.name)):
            takes = {int: "a number", str: "a text"}.get(_TAKES.get(node.name, object), "nothing")
            self._say(node.lineno, node.name, f"'{node.name}' takes {takes} in its brackets")
        kinds, _ = FILTERS[node.name]
        inner = node.node
        if isinstance(inner, nodes.Filter):
            self._filter(inner, scope)
            kind, path = "text", inner.name
        elif isinstance(inner, nodes.Const):
            kind, path = "text", str(inner.value)
        else:
            path = (self._path(inner, scope) if inner is not None else None) or ""
            kind = self._kind(path)
        if path and kind and kind not in kinds:
            self._say(node.lineno, node.name, f"'{node.name}' does not fit '{path}', which is a {kind}")

    def _kind(self, path: str) -> str:
        """The kind of a value for a filter; a list only if it is one of texts."""
        value = self._value(path) if path else None
        if value is None or value.kind != "list":
            return value.kind if value else ""
        item = self._value(f"{path}{_ITEM}")
        return "list" if item is not None and item.kind == "text" else "list to go through with 'for'"

    def _asked(self, node: nodes.Node, scope: Scope) -> None:
        """What stands behind `if`."""
        match node:
            case nodes.And() | nodes.Or():
                self._asked(node.left, scope)
                self._asked(node.right, scope)
            case nodes.Not():
                self._asked(node.node, scope)
            case nodes.Compare(ops=[one]):
                self._compared(node.expr, one, scope)
            case nodes.Const():
                return
            case _:
                self._path(node, scope)

    def _compared(self, left: nodes.Node, operand: nodes.Operand, scope: Scope) -> None:
        self._asked(left, scope)
        self._asked(operand.expr, scope)
        if operand.op in _COMPARED:
            return
        path = self._path(operand.expr, scope) if operand.op in _CONTAINED else None
        value = self._value(path) if path else None
        if value is None or value.kind != "list":
            self._say(left.lineno, "if", "'if' knows 'and', 'or', 'not', ==, != and 'in' of a list")

    def _path(self, node: nodes.Node, scope: Scope) -> str | None:
        """The full name of a value; None, and a problem, where this is none."""
        match node:
            case nodes.Name():
                return self._known(scope.get(node.name, node.name), node.lineno, node.name)
            case nodes.Getattr(node=nodes.Name(name="loop")) if "loop" in scope and node.attr in _LOOP:
                return f"loop.{node.attr}"
            case nodes.Getattr():
                outer = self._path(node.node, scope)
                return self._known(f"{outer}.{node.attr}", node.lineno, node.attr) if outer else None
            case nodes.Or(right=nodes.Tuple(items=[])):
                return self._path(node.left, scope)
            case _:
                self._say(
                    node.lineno, "{", "only names of values can stand here, such as ticket.number; there is no code"
                )
                return None

    def _known(self, path: str, line: int, word: str) -> str | None:
        outer = path.rpartition(".")[0]
        value = self._value(path)
        if value is None:
            beside = [name for name in self._values if name.rpartition(".")[0] == outer and not name.endswith(_ITEM)]
            near = did_you_mean(path, [name for name in beside if self._may(name)])
            self._say(line, word, f"there is no '{path}' to put into a notice{near}")
            return None
        if not self._may(path):
            self._say(line, word, f"'{path}' is internal: a notice for requesters may not use it")
            return None
        self.uses.add(path.partition(".")[0].removesuffix(_ITEM))
        return path

    def _may(self, path: str) -> bool:
        if self._reader == "agents" or path.partition(".")[0].removesuffix(_ITEM) in self._more:
            return True
        value = self._values.get(path)
        return value is not None and not value.internal

    def _value(self, path: str) -> Value | None:
        found = self._values.get(path)
        if found is None and path.endswith(_ITEM) and any(name.startswith(f"{path}.") for name in self._values):
            return Value("group", "one of a list")
        return found


def _fits(given: list[Any], kind: type | None) -> bool:
    """Whether this may stand in the brackets of a filter that takes one of a kind, or none."""
    return not given or (kind is not None and [type(one) for one in given] == [kind])


def _last(path: str) -> str:
    return path.removesuffix(_ITEM).rpartition(".")[2]
