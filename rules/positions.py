"""Where things stand in a TOML text, which the standard library's parser does not tell.

The scanner only ever sees text that the parser has accepted, so it does not judge; it keeps count. TOML 1.0.0.
"""

import re

from msgspec import Struct

Path = tuple[str | int, ...]
"""The way to a key or value: table names, keys, and places in lists from 0."""

_BETWEEN = re.compile(r"(?:\s|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\])*"|' + r"'[^']*'",
    re.DOTALL,
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_CONTINUED = re.compile(r"(?:\\[ \t]*\n\s*)+")


class Place(Struct, frozen=True):
    """Line and column, both from 1, the column in characters."""

    line: int
    column: int


class Positions:
    """The places of all keys and values of a TOML text that parses."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        scanner = _Scanner(self._text)
        scanner.run()
        self._keys = scanner.keys
        self._values = scanner.values

    def key(self, path: Path) -> Place:
        """Where the key (or the header, or the list item) begins; of what is not there, where its nearest parent is."""
        while path and path not in self._keys:
            path = path[:-1]
        return self._place(self._keys.get(path, 0))

    def value(self, path: Path) -> Place:
        """Where the value begins; of what is not there, where its nearest parent is."""
        at = self._values.get(path)
        return self.key(path) if at is None else self._place(at)

    def character(self, path: Path, number: int) -> Place:
        """Where the n-th character of a string stands, from 0: behind its quotes and whatever escapes come before."""
        at = self._content(self._values[path])
        basic = self._text[self._values[path]] == '"'
        for _ in range(number):
            at = self._escape_end(at) if basic else at + 1
        return self._place(self._unbroken(at) if basic else at)

    def _place(self, at: int) -> Place:
        return Place(self._text.count("\n", 0, at) + 1, at - self._text.rfind("\n", 0, at))

    def _content(self, at: int) -> int:
        """Behind the opening quotes; a line break right behind three of them is no character."""
        quotes = self._text[at] * 3
        if not self._text.startswith(quotes, at):
            return at + 1
        return at + 4 if self._text.startswith("\n", at + 3) else at + 3

    def _escape_end(self, at: int) -> int:
        at = self._unbroken(at)
        escape = _ESCAPE.match(self._text, at)
        return escape.end() if escape else at + 1

    def _unbroken(self, at: int) -> int:
        """Behind the backslash at a line's end and the blanks that it swallows, if they are here."""
        broken = _CONTINUED.match(self._text, at)
        return broken.end() if broken else at


class _Scanner:
    def __init__(self, text: str) -> None:
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._items: dict[Path, int] = {}

    def run(self) -> None:
        table: Path = ()
        self._skip()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip()

    def _skip(self) -> None:
        between = _BETWEEN.match(self._text, self._at)
        self._at = between.end() if between else self._at

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        # a step is taken in any case, so that the scan ends
        self._at = found.end() if found and found.end() > self._at else self._at + 1
        return found.group() if found else ""

    def _header(self) -> Path:
        start = self._at
        many = self._text.startswith("[[", start)
        self._at += 2 if many else 1
        path: Path = ()
        for name in self._names():
            path = (*self._last(path), name)
        if many:
            self.keys.setdefault(path, start)
            self._items[path] = self._items.get(path, -1) + 1
            path = self._last(path)
        self._at += 2 if many else 1
        self.keys.setdefault(path, start)
        return path

    def _last(self, path: Path) -> Path:
        return (*path, self._items[path]) if path in self._items else path

    def _names(self) -> list[str]:
        """A dotted key; leaves off at what follows it."""
        names = []
        while True:
            self._skip()
            quoted = self._text[self._at : self._at + 1] in ("'", '"')
            name = self._take(_STRING if quoted else _BARE)
            names.append(name[1:-1] if quoted else name)
            self._skip()
            if not self._text.startswith(".", self._at):
                return names
            self._at += 1

    def _pair(self, table: Path) -> None:
        start = self._at
        path = (*table, *self._names())
        self.keys.setdefault(path, start)
        self._at += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip()
        self.values[path] = self._at
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._table(path)
        else:
            self._take(_STRING if opening in ("'", '"') else _SCALAR)

    def _list(self, path: Path) -> None:
        self._at += 1
        count = 0
        while self._more("]"):
            item = (*path, count)
            self.keys[item] = self._at
            self._value(item)
            count += 1

    def _table(self, path: Path) -> None:
        self._at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, closing: str) -> bool:
        """Step over blanks and a comma; whether something stands there, or else step over the closing bracket."""
        self._skip()
        if self._text.startswith(",", self._at):
            self._at += 1
            self._skip()
        if self._at >= len(self._text) or self._text[self._at] == closing:
            self._at += 1
            return False
        return True
