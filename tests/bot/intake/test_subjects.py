"""What a subject says: tags, and whether somebody answers or passes on."""

import pytest

from bot.intake import subjects


def test_tags_are_read_in_order_and_not_without_end() -> None:
    assert list(subjects.tagged("Re: [#12] and [ #7 ], [#x] [#1234567890]")) == [12, 7]
    assert len(list(subjects.tagged("[#1]" * 50_000))) == 250, "each is looked up in the database"


@pytest.mark.parametrize(
    ("subject", "answer", "passed_on"),
    [
        ("Re: Printer", True, False),
        ("AW[2]: Printer", True, False),
        ("Fwd[5]: Printer", False, True),
        ("wg : Printer", False, True),
        ("VS: Printer", True, True),
        ("Printer: Re: what?", False, False),
        ("", False, False),
    ],
)
def test_how_a_subject_begins(subject: str, *, answer: bool, passed_on: bool) -> None:
    assert subjects.is_answer(subject) is answer
    assert subjects.is_passed_on(subject) is passed_on


def test_an_answer_says_so_once() -> None:
    assert subjects.answered("Printer") == "Re: Printer"
    assert subjects.answered("AW: Printer") == "AW: Printer"


def test_what_is_left_of_a_subject() -> None:
    assert subjects.bare("Re: AW: [#12] Fwd[5]:  The  Printer ") == "the printer"
    assert subjects.without_tag("Re: [#12]  The printer") == "Re: The printer"
