"""How much is measured, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.subjects import FIRSTLINE, Subject


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The size of every bench. Subjects take turns within a round, so that all see the same moods of the machine."""

    subjects: list[Subject]
    folder: Path
    say: Callable[[str], None]
    rounds: int = 5
    warm_up: int = 100
    mails: int = 2000
    mails_singly: int = 400
    rate: float = 50
    starts: int = 7
    rest: float = 2
    folded: int = 10_000
    filled: tuple[int, ...] = (1_000, 30_000, 300_000)
    ticking: tuple[int, ...] = (1_000, 100_000)
    year: tuple[int, ...] = (100_000, 1_000_000)

    @property
    def judged(self) -> bool:
        """Whether Firstline takes part, whom the aims are for."""
        return FIRSTLINE in self.subjects

    def turns(self, bench: str, times: int) -> Iterator[Subject]:
        """Every subject once a round, saying which."""
        for number in range(1, times + 1):
            for subject in self.subjects:
                self.say(f"{bench}: round {number} of {times}, {subject.name}")
                yield subject
