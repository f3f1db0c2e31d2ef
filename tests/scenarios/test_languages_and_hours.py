"""What the desk says by itself: in the reader's language, with the times that the reader needs."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.config import Config
from bot.errors import NotDone
from rules.hours import CalendarSettings
from tests.support.house import Clock, House, mail, running, text_of
from tests.support.story import ANNA, Furnished, address_of, deliver, last_mail, mails, request, somebody, writes

MAILS = {
    "en": (
        "The printer is broken",
        "Hello, the printer on the third floor does not print any more since this morning.",
    ),
    "de": ("Drucker kaputt", "Guten Tag, mein Drucker im dritten Stock druckt seit heute Morgen leider nicht mehr."),
    "fr": ("Imprimante en panne", "Bonjour, mon imprimante au troisième étage ne fonctionne plus depuis ce matin."),
    "it": ("Stampante guasta", "Buongiorno, la mia stampante al terzo piano non funziona più da questa mattina."),
    "pl": ("Drukarka nie działa", "Dzień dobry, moja drukarka na trzecim piętrze od dzisiaj rano już nie drukuje."),
    "da": ("Printeren virker ikke", "Goddag, min printer på tredje sal udskriver ikke længere siden i morges."),
}
THANKS = {
    "en": "Thank you for your message",
    "de": "vielen Dank für Ihre Nachricht",
    "fr": "Merci",
    "it": "grazie per",
    "pl": "dziękujemy za",
    "da": "Tak for",
}
OFFICE = CalendarSettings(
    zone="Europe/Berlin", hours={day: ["08:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
)


@pytest.fixture(scope="module")
def shared(embedded: House) -> House:
    """What the desk says by itself is the same on every database."""
    return embedded


def furnished(folder: Path, at: datetime | None, change: Callable[[Config], Config]) -> House:
    """A house with other settings, at another time."""
    return Furnished(folder, f"sqlite:///{folder}/firstline.db", clock=Clock(at) if at else None, change=change)


@pytest.mark.covers("H11", "H17")
@pytest.mark.parametrize("language", MAILS)
def test_the_answer_is_in_the_language_of_the_mail(shared: House, language: str) -> None:
    ada = somebody()
    subject, text = MAILS[language]
    number = request(shared, ada, subject, text)
    acknowledgement = last_mail(shared, ada)
    assert acknowledgement["Content-Language"] == language
    assert THANKS[language] in text_of(acknowledgement)
    assert f"#{number}" in text_of(acknowledgement)
    assert "New ticket" in text_of(last_mail(shared, ANNA, number)), "the agents read their own language"


@pytest.mark.covers("H11")
@pytest.mark.parametrize("language", MAILS)
def test_a_persons_own_language_comes_before_that_of_the_mail(shared: House, language: str) -> None:
    ada = somebody()
    shared.ask("people.import", rows=[{"email": address_of(ada), "language": language}])
    other = "de" if language == "en" else "en"
    number = request(shared, ada, *MAILS[other])
    assert THANKS[language] in text_of(last_mail(shared, ada))
    writes(shared, ANNA, number, "#solve")
    assert last_mail(shared, ada)["Content-Language"] == language


@pytest.mark.covers("H11")
def test_a_mail_of_no_language_is_answered_in_the_desks(tmp_path: Path) -> None:
    def german(config: Config) -> Config:
        return replace(config, desk=replace(config.desk, language="de"))

    with running(furnished(tmp_path, None, german)) as house:
        ada = somebody()
        request(house, ada, "4711", "0815\n")
        assert THANKS["de"] in text_of(last_mail(house, ada))


@pytest.mark.covers("H17")
@pytest.mark.parametrize(
    ("language", "refused", "done", "marked"),
    [
        ("de", "„huge“ ist hier nicht möglich", "gehört Ihnen", "Wie bald daran gearbeitet werden muss"),
        ("fr", "“huge” n’est pas possible ici", "est à vous", "Dans quel délai il faut s’en occuper"),
        ("it", "“huge” qui non è possibile", "è Suo", "Quanto presto va lavorato"),
        ("pl", "„huge” nie pasuje tutaj", "jest Twoje", "Jak szybko trzeba się tym zająć"),
        ("da", "“huge” kan ikke bruges her", "er din", "Hvor hurtigt der skal arbejdes på den"),
    ],
)
def test_an_agent_is_answered_in_their_language(
    tmp_path: Path, language: str, refused: str, done: str, marked: str
) -> None:
    def speaking(config: Config) -> Config:
        return replace(config, agent=tuple(replace(agent, language=language) for agent in config.agent))

    with running(furnished(tmp_path, None, speaking)) as house:
        number = request(house, somebody())
        writes(house, ANNA, number, "#priority huge")
        refusal = text_of(last_mail(house, ANNA, number))
        assert refused in refusal
        assert "critical, high, medium, low" in refusal, "what is typed stays as it is"
        assert marked in refusal
        writes(house, ANNA, number, "#take")
        assert f"#{number} {done}" in str(last_mail(house, ANNA, number)["Subject"])
        with pytest.raises(NotDone, match="cannot be used here"):  # the command line speaks English
            house.verb("priority", number, "huge")


@pytest.mark.covers("H11")
def test_a_closed_desk_says_when_it_opens_and_whom_to_call(tmp_path: Path) -> None:
    def office(config: Config) -> Config:
        desk = replace(config.desk, emergency_phone="+49 30 1234-56")
        return replace(config, calendar=OFFICE, desk=desk, sla=replace(config.sla, first_response="4 business hours"))

    saturday = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    with running(furnished(tmp_path, saturday, office)) as house:
        ada, kim = somebody(), somebody("Kim Seaward")
        request(house, ada)
        text = text_of(last_mail(house, ada))
        assert "We are closed at the moment and open again on Monday" in text
        assert "08:00 CET" in text
        assert "You will hear from us by Monday" in text
        assert "12:00 CET" in text
        assert "please call +49 30 1234-56" in text
        house.ask("people.import", rows=[{"email": address_of(kim), "zone": "Asia/Seoul"}])
        request(house, kim, "The scanner")
        assert "16:00" in text_of(last_mail(house, kim)), "in the reader's own time"


@pytest.mark.covers("H11")
def test_a_closed_desk_that_answers_before_it_opens_does_not_say_that_it_is_closed(tmp_path: Path) -> None:
    def office(config: Config) -> Config:
        return replace(config, calendar=OFFICE, sla=replace(config.sla, first_response="4 hours"))

    saturday = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    with running(furnished(tmp_path, saturday, office)) as house:
        ada = somebody()
        request(house, ada)
        text = text_of(last_mail(house, ada))
        assert "closed" not in text
        assert "You will hear from us by Saturday" in text


@pytest.mark.covers("H11")
def test_an_open_desk_speaks_neither_of_opening_nor_of_a_phone_it_has_not(tmp_path: Path) -> None:
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    with running(furnished(tmp_path, monday, lambda config: replace(config, calendar=OFFICE))) as house:
        ada = somebody()
        request(house, ada)
        text = text_of(last_mail(house, ada))
        assert "closed" not in text
        assert "please call" not in text
        assert "Good morning Ada," in text


@pytest.mark.covers("H11", "H17")
def test_a_subject_that_is_markup_stays_text(shared: House) -> None:
    ada = f'"Eve [x](http://evil.example)" <{address_of(somebody("Eve"))}>'
    fate = deliver(shared, mail(ada, "[click](http://evil.example) <b>now</b>\t**!**", "`x`\n"))
    assert fate.ticket is not None
    for message in (last_mail(shared, ada), last_mail(shared, ANNA, fate.ticket)):
        html = message.get_body(("html",))
        assert html is not None
        assert 'href="http://evil.example' not in html.get_content()
        assert "<b>now" not in html.get_content()
    assert len(mails(shared, ada)) == 1


ENCRYPTED_MAIL = """\
From: {sender}
To: help@example.org
Subject: ...
MIME-Version: 1.0
Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b

--b
Content-Type: application/pgp-encrypted

Version: 1
--b
Content-Type: application/octet-stream; name=encrypted.asc

-----BEGIN PGP MESSAGE-----
--b--
"""
UNREADABLE = {
    "en": "This mail is encrypted.",
    "de": "Diese Mail ist verschlüsselt.",
    "fr": "Ce message est chiffré.",
    "it": "Questo messaggio è cifrato.",
    "pl": "Ta wiadomość jest zaszyfrowana.",
    "da": "Denne mail er krypteret.",
}


@pytest.mark.covers("E79", "H17")
@pytest.mark.parametrize("language", UNREADABLE)
def test_that_a_mail_is_encrypted_is_said_in_the_language_of_who_reads_it(tmp_path: Path, language: str) -> None:
    def speak(config: Config) -> Config:
        return replace(config, agent=[replace(agent, language=language) for agent in config.agent])

    ada = somebody()
    with running(furnished(tmp_path, None, speak)) as house:
        fate = deliver(house, ENCRYPTED_MAIL.format(sender=ada).encode(), sender=address_of(ada))
        assert fate.ticket is not None
        assert UNREADABLE[language] in text_of(last_mail(house, ANNA, fate.ticket))
        assert "without encryption" in text_of(last_mail(house, ada)), "and the sender is told"
        writes(house, ANNA, fate.ticket, "#show")
        assert UNREADABLE[language] in text_of(last_mail(house, ANNA, fate.ticket))
