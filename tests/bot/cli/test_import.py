"""`firstline import`: old mail becomes tickets and nobody hears of it, whether the desk serves or rests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.db.models import Ticket
from tests.support import command
from tests.support.house import House, mail, reply, running
from tests.support.story import ANNA, audit, deliver, last_mail, lines, request


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    """A desk that can be started and stopped, on each of the two databases."""
    with running(House(tmp_path, database_url)) as started:
        yield started


def firstline(house: House, *arguments: str, code: int = 0) -> Any:
    done = command.firstline("--config", str(house.folder / "config.toml"), *arguments, folder=house.folder)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if "--json" in arguments else done.stdout + done.stderr


def archive(folder: Path) -> Path:
    """Three mails of one thread, one of them the desk's own, one more, one broken, and one without a sender."""
    folder.mkdir()
    first = mail("ada@example.com", "The scanner", Date="Mon, 4 Nov 2024 10:00:00 +0100")
    ours = mail("help@example.org", "Re: The scanner", "Which one?\n", to="ada@example.com")
    answer = mail("ada@example.com", "Re: The scanner", "#solve\nThe blue one.\n")
    ours["In-Reply-To"], answer["References"] = first["Message-ID"], ours["Message-ID"]
    ours["Date"], answer["Date"] = "Tue, 5 Nov 2024 10:00:00 +0100", "Fri, 6 Dec 2024 10:00:00 +0100"
    other = mail("anna@example.org", "For Bob", "It is done.\n", to="bob@example.com")
    other["Date"] = "Wed, 6 Nov 2024 10:00:00 +0100"
    for number, message in enumerate((answer, ours, first, other)):
        (folder / f"{number}.eml").write_bytes(message.as_bytes())
    (folder / "empty.eml").write_bytes(b"\n\n")
    (folder / "nobody.eml").write_bytes(b"Subject: Hello\n\nWho am I?\n")
    return folder


def tickets(house: House) -> list[tuple[str, str, str]]:
    query = select(Ticket).order_by(Ticket.id)
    return house.read(
        lambda session: [(row.subject, row.status, f"{row.created_at:%Y-%m-%d}") for row in session.scalars(query)]
    )


@pytest.mark.parametrize("serving", [True, False])
@pytest.mark.parametrize("status", ["closed", "open"])
def test_old_mail_becomes_threads_and_nobody_hears_of_it(house: House, serving: bool, status: str) -> None:  # noqa: FBT001
    folder = archive(house.folder / "old")
    if not serving:
        house.stop()
    counts = firstline(house, "import", str(folder), "--status", status, "--json")
    assert counts == {"new": 6, "known": 0, "unreadable": 0, "too_large": 0, "dead_letters": 2}
    if not serving:
        house.start()
    house.settle()
    found = tickets(house)
    assert [subject for subject, *_ in found] == ["The scanner", "For Bob"]
    assert {ticket_status for _, ticket_status, _ in found} == {status}
    assert [line.words for line in lines(house, 1)][1:] == ["Which one?", "#solve\nThe blue one."]
    assert {entry.actor for entry in audit(house, 1)} == {"other import"}
    assert [entry.action for entry in audit(house, 1)].count("imported") == 3
    told = {recipient for received in list(house.sink.messages) for recipient in received.recipients}
    assert told <= {"lea@example.org"}, "only the admin hears that some could not be taken in"
    again = firstline(house, "import", str(folder), "--json")
    assert (again["new"], again["known"]) == (0, 6)
    assert tickets(house) == found


def test_old_mail_keeps_its_date_and_live_answers_find_it(house: House) -> None:
    folder = archive(house.folder / "old")
    firstline(house, "import", str(folder), "--status", "open")
    shown = house.ticket(1)
    assert shown["status"] == "open"
    assert str(shown["opened_at"] if "opened_at" in shown else shown["created_at"]).startswith("2024-11-04")
    live = mail("ada@example.com", "Re: The scanner", "And now the red one.\n")
    live["References"] = next(iter((folder / "2.eml").read_text().split("Message-ID: ")[1:])).splitlines()[0]
    assert deliver(house, live).ticket == 1


def test_an_interrupted_import_goes_on(house: House) -> None:
    folder = archive(house.folder / "old")
    part = house.folder / "part"
    part.mkdir()
    for name in ("1.eml", "2.eml"):
        (part / name).write_bytes((folder / name).read_bytes())
    assert firstline(house, "import", str(part), "--json")["new"] == 2
    said = firstline(house, "import", str(folder))
    assert "4 mails imported, 2 were here before" in said
    assert "2 could not be taken in: firstline inbox list" in said
    assert len(tickets(house)) == 2


def test_what_is_too_large_stays_where_it_is_and_the_rest_goes_on(house: House) -> None:
    folder = archive(house.folder / "old")
    (folder / "large.eml").write_bytes(b"From: a@example.com\n\n" + b"x" * 2_100_000)
    said = firstline(house, "import", str(folder), code=1)
    assert "large.eml: a mail of 2100021 bytes is larger than email.max_size and stays where it is" in said
    assert len(tickets(house)) == 2


def test_what_was_internal_stays_internal(house: House) -> None:
    """An agent's command, with the notice that it quotes, comes back from an archive."""
    number = request(house)
    command = reply(last_mail(house, ANNA, number), "#take", sender=ANNA)
    deliver(house, command)
    folder = house.folder / "sent"
    folder.mkdir()
    (folder / "1.eml").write_bytes(command.as_bytes())
    firstline(house, "import", str(folder))
    house.settle()
    line = lines(house, number)[-1]
    assert (line.kind, line.role) == ("note", "desk")


def test_a_path_without_mail_is_said_in_one_line(house: House) -> None:
    said = firstline(house, "import", str(house.folder / "nothing"), code=1)
    assert said.strip().endswith("nothing: cannot be read (No such file or directory)")
