"""The types of the condition language: what a fact, a literal or a part of a condition can be."""

from enum import StrEnum

from msgspec import Struct


class Sort(StrEnum):
    """A sort of value, named as a rule's author would."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes/no"
    TIME = "time"
    DURATION = "duration"
    LIST = "list of texts"
    CHOICE = "one of a fixed list"


class Type(Struct, frozen=True):
    """A sort, with its possible values in order where it is a CHOICE."""

    sort: Sort
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " | ".join(self.choices) if self.choices else self.sort.value


TEXT = Type(Sort.TEXT)
NUMBER = Type(Sort.NUMBER)
YES_NO = Type(Sort.YES_NO)
TIME = Type(Sort.TIME)
DURATION = Type(Sort.DURATION)
LIST = Type(Sort.LIST)
