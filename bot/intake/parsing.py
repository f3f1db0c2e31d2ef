"""Parsing within bounds: small payloads here, large ones in a process of their own.

So are those that may have ended this process once: then they end that one, and are given up.
"""

from collections.abc import Sequence
from typing import Final

from bot.apart import Apart, Ended
from channels.base import Incoming, Parse, Raw, Unparseable

LARGE: Final = 1_000_000
_SECONDS: Final = 30.0

Question = tuple[Parse, Raw]
Answer = Incoming | Exception


class Parsing:
    """Parses payloads. One of over `LARGE` bytes has the process for itself, and is given up if it takes too long."""

    def __init__(self, *, large: int = LARGE, seconds: float = _SECONDS) -> None:
        self._large = large
        self._apart = Apart(seconds=seconds)

    def parse_all(self, questions: Sequence[Question]) -> list[Answer]:
        """The message in each payload, or why there is none; raises nothing."""
        return [self._parse(question) for question in questions]

    def parse_apart(self, questions: Sequence[Question]) -> list[Answer]:
        """The same, and nothing of it in this process: first all at once, and one by one if that ends the other."""
        if not questions:
            return []
        try:
            return self._apart.run([(parse, (raw,)) for parse, raw in questions])
        except Ended:
            return [self._alone(question) for question in questions]

    def rest(self) -> None:
        """Nothing is to be parsed just now."""
        self._apart.rest()

    def close(self) -> None:
        """End the process."""
        self._apart.close()

    def _parse(self, question: Question) -> Answer:
        parse, raw = question
        if len(raw.payload) > self._large:
            return self._alone(question)
        try:
            return parse(raw)
        except Exception as error:  # noqa: BLE001  any error is this payload's, and becomes its dead letter
            return error

    def _alone(self, question: Question) -> Answer:
        parse, raw = question
        try:
            answer: Answer = self._apart.run([(parse, (raw,))])[0]
        except Ended as error:
            return Unparseable(f"reading it {error}")
        return answer
