r"""The text of a condition, parsed as Python but with its own idea of what a text literal is.

In a condition a backslash is a backslash: `'\d+'` is the pattern `\d+`. Every backslash is doubled before Python's
parser sees it, and columns are counted back.
"""

import ast

from msgspec import Struct

MAX_CHARACTERS = 2_000


class Refused(Exception):
    """A condition, or a part of it, that the language does not have; `column` counts characters from 0."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


class Source(Struct, frozen=True):
    """A condition as written."""

    text: str

    def parse(self) -> ast.expr:
        """The syntax tree. Raises Refused for whatever Python's parser cannot take, including too deep nesting."""
        if len(self.text) > MAX_CHARACTERS:
            raise Refused(MAX_CHARACTERS, f"a condition has at most {MAX_CHARACTERS:,} characters")
        if "\n" in self.text or "\r" in self.text:
            raise Refused(0, "a condition is written on one line")
        if "\0" in self.text:
            raise Refused(self.text.index("\0"), "a condition holds no null characters")
        if not self.text.strip():
            raise Refused(0, "the condition is empty; leave 'when' out for a rule that always fires")
        try:
            return ast.parse(self._doubled, mode="eval").body
        except SyntaxError as error:
            # the parser says 0 where the text ends too early
            column = self._undoubled(error.offset - 1) if error.offset else len(self.text)
            raise Refused(column, f"this is not a condition: {error.msg}") from None
        except (RecursionError, MemoryError):
            raise Refused(0, "the condition is nested too deeply") from None
        except ValueError as error:
            raise Refused(0, f"this is not a condition: {error}") from None

    def column(self, node: ast.expr) -> int:
        """Where the node begins, in characters from 0."""
        return self._character(node.col_offset)

    def of(self, node: ast.expr) -> str:
        """The node as it was written."""
        end = node.end_col_offset
        return self.text[self.column(node) : len(self.text) if end is None else self._character(end)]

    @property
    def _doubled(self) -> str:
        # leading blanks would be an indentation; a form feed would reset the parser's columns
        return self.text.replace("\\", "\\\\").replace("\f", " ").replace("\t", " ").lstrip(" ")

    def _character(self, offset: int) -> int:
        return self._undoubled(len(self._doubled.encode()[:offset].decode()))

    def _undoubled(self, column: int) -> int:
        column = max(column, 0)
        blanks = len(self.text) - len(self.text.lstrip(" \t\f"))
        return min(blanks + column - self._doubled[:column].count("\\") // 2, len(self.text))
