"""Choices by a link of the mail: scanners open it, people press the button of its page, and only that counts."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from bot.cause import Cause
from bot.db.models import Inbox, Question
from bot.db.store import StoreUnavailable
from bot.db.tx import Tx
from bot.followup import survey
from bot.intake import inbox
from channels.base import Raw
from tests.support import databases, postgres
from tests.support.house import AGENTS, House, reply, running
from tests.support.story import (
    ANNA,
    audit,
    deliver,
    deliveries,
    entry,
    last_mail,
    request,
    said,
    somebody,
    words_of,
    writes,
)

URL = "https://help.example.org/desk"
LINKS = f'{AGENTS}\n[email.links]\nurl = "{URL}"\nlisten = "127.0.0.1:0"\n'


def a_house(folder: Path, url: str) -> House:
    return House(folder, url, extra=LINKS)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk with links, for all tests of this file, on SQLite."""
    folder = tmp_path_factory.mktemp("house")
    with running(a_house(folder, databases.embedded(folder))) as started:
        yield started


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same on each of the two kinds of databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("desk")
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with postgres.database(server) as url, running(a_house(tmp_path_factory.mktemp("house"), url)) as started:
        yield started


def asked(house: House, ada: str, text: str = "Please look.\n") -> int:
    """A ticket on which Anna has asked Ada."""
    number = request(house, ada, "Something is odd", text)
    writes(house, ANNA, number, "#remote")
    return number


def links_of(mail: EmailMessage) -> dict[str, str]:
    """The path of each choice by its value, as it stands in both parts of a mail."""
    html = mail.get_body(("html",))
    assert html is not None
    found = re.findall(rf'href="{URL}(/a/[^"]+)"', html.get_content())
    assert found == re.findall(rf"(?m)^    {URL}(/a/\S+)$", words_of(mail))
    return {path.rpartition("/")[2]: path for path in found}


def opened(house: House, path: str, method: str = "GET", body: str = "") -> tuple[int, str]:
    """Status and page of a request, as the proxy passes it on."""
    host, _, port = house.service.channels["email"].bound["links"].rpartition(":")  # type: ignore[attr-defined]
    connection = HTTPConnection(host, int(port), timeout=60)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, f"/desk{path}", body=body or None, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def presses(house: House, path: str, choice: str = "") -> tuple[int, str]:
    """Send the form of a page."""
    body = urlencode({"form": "1", "choice": choice or path.rpartition("/")[2]})
    seen = opened(house, path, "POST", body)
    house.settle()
    return seen


def notices(house: House, number: int) -> list[str]:
    return [notice for notice, _ in deliveries(house, number) if notice.startswith("remote")]


def answer_of(house: House, number: int) -> str | None:
    """What was answered to the newest question of a ticket."""
    newest = select(Question.answer).where(Question.ticket_id == number).order_by(Question.id.desc()).limit(1)
    return house.read(lambda session: session.scalar(newest))


def received(house: House) -> int:
    return house.read(lambda session: session.scalar(select(func.count()).select_from(Inbox)) or 0)


@pytest.mark.covers("H19", "must:links-scanned")
def test_who_presses_the_button_of_the_page_has_answered(both: House) -> None:
    ada = somebody()
    number = asked(both, ada)
    links = links_of(last_mail(both, ada))
    assert list(links) == ["yes", "no"]
    before = received(both)
    for path in links.values():
        for method in ("HEAD", "GET"):
            assert opened(both, path, method)[0] == 200
    both.settle()
    assert (answer_of(both, number), received(both)) == (None, before), "a scanner has opened everything"

    _, page = opened(both, links["yes"])
    assert f"#{number} Something is odd" in page
    assert "Anna Weber would like to look at request" in page, "they see what they agree to"
    assert re.findall(r'value="(\w+)" required checked', page) == ["yes"]
    status, page = presses(both, links["yes"])
    assert (status, "Thank you. Your answer has arrived." in page) == (200, True)
    assert f"https://remote.example.org/join/{number}" in words_of(last_mail(both, ada))
    assert "agrees to remote help" in words_of(last_mail(both, ANNA, number))
    assert notices(both, number) == ["remote_asked", "remote_link", "remote_agreed"]
    assert entry(both, number, "remote_started").actor.startswith("requester ")
    assert "Yes" in said(both, number)

    status, page = presses(both, links["no"])
    assert (status, "we have your answer: Yes." in page, "<form" in page) == (200, True, False)
    assert answer_of(both, number) == "yes"
    assert received(both) == before + 1


@pytest.mark.covers("bad:link", "must:links-scanned")
def test_a_link_that_was_changed_or_is_of_another_ticket_shows_nothing(desk: House) -> None:
    ada = somebody()
    first, second = asked(desk, ada), asked(desk, ada)
    link = links_of(last_mail(desk, ada, second))["yes"].split("/")[2]
    other = links_of(last_mail(desk, ada, first))["yes"].split("/")[2]
    eve = somebody("Eve Black")
    hers = asked(desk, eve)
    eves = links_of(last_mail(desk, eve))["yes"].split("/")[2]
    before = received(desk)
    last = "a" if link[-1] != "a" else "b"
    for wrong in (
        link[:-1] + last,
        "b" + link[1:],
        link[:34] + other[34:],
        other[:34] + link[34:],
        eves[:34] + link[34:],
        link[:34],
        link + "aa",
    ):
        for page in (opened(desk, f"/a/{wrong}/yes"), presses(desk, f"/a/{wrong}/yes")):
            assert page[0] == 404
            assert not re.search(r"<form|odd|#\d", page[1].partition("</style>")[2])
    for value in ("maybe", "request", "remote", "%2e%2e"):
        assert opened(desk, f"/a/{link}/{value}")[0] == 404
        assert presses(desk, f"/a/{link}/yes", value)[0] == 404
    assert received(desk) == before
    assert [answer_of(desk, number) for number in (first, second, hers)] == [None] * 3
    assert presses(desk, f"/a/{link.upper()}/no")[0] == 200, "a mail server may change the case of an address"
    assert [answer_of(desk, number) for number in (first, second)] == [None, "no"]


@pytest.mark.covers("bad:link")
def test_a_link_counts_for_its_own_question_and_as_long_as_that_is_open(desk: House) -> None:
    ada = somebody()
    number = asked(desk, ada)
    old = links_of(last_mail(desk, ada))
    desk.verb("remote", number, "end")
    desk.settle()
    assert "This question is closed" in opened(desk, old["yes"])[1]
    desk.verb("remote", number, "start")
    desk.settle()
    before = received(desk)
    assert "This question is closed" in presses(desk, old["yes"])[1], "it was about another time"
    assert answer_of(desk, number) is None
    new = links_of(last_mail(desk, ada))
    assert "<form" in opened(desk, new["yes"])[1]
    desk.clock.forward(timedelta(days=2))
    assert "This question is closed" in presses(desk, new["yes"])[1]
    assert (answer_of(desk, number), received(desk)) == (None, before)


@pytest.mark.covers("bad:survey-strangers")
def test_who_is_the_requester_no_more_answers_nothing(desk: House) -> None:
    ada, eve = somebody(), somebody("Eve Black")
    number = asked(desk, ada)
    links = links_of(last_mail(desk, ada))
    desk.verb("for", number, eve.rpartition("<")[2].rstrip(">"))
    desk.settle()
    assert "This question is closed" in presses(desk, links["yes"])[1]
    assert answer_of(desk, number) is None
    blocked = asked(desk, ada)
    links = links_of(last_mail(desk, ada))
    desk.verb("spam", blocked)
    desk.settle()
    assert "This question is closed" in presses(desk, links["yes"])[1]
    assert answer_of(desk, blocked) is None


@pytest.mark.covers("bad:link")
def test_what_was_sent_in_time_and_is_worked_too_late_is_recorded_as_over(desk: House) -> None:
    ada = somebody()
    number = asked(desk, ada)
    link = links_of(last_mail(desk, ada))["yes"].split("/")[2]

    def unit(tx: Tx) -> None:
        tx.session.scalars(select(Question).where(Question.ticket_id == number)).one().ended_at = tx.now
        for sent in (link, link[:34] + "aaaaaaaa", "a" * 42):
            inbox.put(a_choice(sent, tx.now))(tx)

    desk.run(unit)
    desk.settle()
    assert answer_of(desk, number) is None
    assert "remote_link" not in notices(desk, number)
    newest = select(Inbox.state, Inbox.outcome, Inbox.ticket_id).order_by(Inbox.id.desc()).limit(3)
    rows = [tuple(row) for row in desk.read(lambda session: session.execute(newest).all())]
    nothing = ("done", "a link that counts no more", None)
    assert rows == [nothing, nothing, ("done", "a choice that is over", number)]


def a_choice(link: str, at: datetime) -> Raw:
    """What the page keeps of a form."""
    return Raw(
        channel="email", key=f"{link} {at}", lane=link, payload=b"choice=yes", received_at=at, meta={"link": link}
    )


@pytest.mark.covers("H19")
def test_the_number_counts_as_well_and_the_page_says_so(desk: House) -> None:
    ada = somebody()
    number = asked(desk, ada)
    question = last_mail(desk, ada)
    assert "1 — Yes\n    " in words_of(question)
    assert "Press one of them, or reply with the number of your choice." in words_of(question)
    deliver(desk, reply(question, "2", sender=ada))
    assert answer_of(desk, number) == "no"
    assert "we have your answer: No." in opened(desk, links_of(question)["yes"])[1]


@pytest.mark.covers("H17", "H19")
def test_mail_and_page_speak_their_language(desk: House) -> None:
    ada = somebody()
    asked(desk, ada, "Guten Tag,\n\nmein Bild flackert seit heute Morgen, bitte schauen Sie.\n")
    question = last_mail(desk, ada)
    assert "antworten Sie mit der Nummer Ihrer Wahl" in words_of(question)
    links = links_of(question)
    _, page = opened(desk, links["yes"])
    for words in ('<html lang="de">', "Ihre Antwort", "Antwort senden", "<span>Ja</span>"):
        assert words in page
    assert "Ihre Antwort ist angekommen" in presses(desk, links["yes"])[1]
    assert "wir haben Ihre Antwort: Ja." in opened(desk, links["yes"])[1]


@pytest.mark.covers("must:links-kept")
def test_while_the_database_is_away_nothing_is_thanked_for_and_nothing_lost(tmp_path: Path) -> None:
    file = tmp_path / "firstline.db"
    with running(a_house(tmp_path, databases.embedded(tmp_path))) as house:
        ada = somebody()
        number = asked(house, ada)
        path = links_of(last_mail(house, ada))["yes"]
        file.rename(tmp_path / "elsewhere")
        body = urlencode({"form": "1", "choice": "yes"})
        status, page = opened(house, path, "POST", body)
        assert status == 503
        assert "could not be kept just now" in page
        assert "Thank you" not in page
        assert 'value="yes" required checked' in page
        with ExitStack() as held:
            with suppress(StoreUnavailable):
                while True:
                    held.enter_context(house.store.read())
            status, page = opened(house, path, "POST", body)
        assert status == 503
        assert "The desk cannot look at it now" in page
        assert '<input type="hidden" name="choice" value="yes">' in page
        (tmp_path / "elsewhere").rename(file)
        house.wait_until(lambda: opened(house, path, "POST", body)[0] == 200, "the page to take it")
        house.wait_until(lambda: answer_of(house, number) == "yes", "the answer")
        house.settle()
        assert notices(house, number) == ["remote_asked", "remote_link", "remote_agreed"]


# --------------------------------------------------------------------------------- is it solved, and how was it


def solved(house: House, who: str) -> int:
    """A ticket that Anna has solved."""
    number = request(house, who)
    writes(house, ANNA, number, "#solve\nI have put in new toner.\n")
    return number


def sends(house: House, path: str, choice: str, comment: str) -> str:
    """Send a form with words in it; the page that comes back."""
    _, page = opened(house, path, "POST", urlencode({"form": "1", "choice": choice, "comment": comment}))
    house.settle()
    return page


def mark(house: House, number: int) -> tuple[str | None, str]:
    query = select(Question.answer, Question.comment).where(Question.ticket_id == number, Question.kind == "survey")
    row = house.read(lambda session: session.execute(query.order_by(Question.id.desc())).first())
    assert row is not None
    return row.answer, row.comment


@pytest.mark.covers("H12", "H13")
def test_who_says_no_is_heard_and_it_is_open_again(both: House) -> None:
    ada = somebody()
    number = solved(both, ada)
    links = links_of(last_mail(both, ada))
    page = opened(both, links["not_solved"])[1]
    assert "If something is still wrong: what is it?" in page
    assert "I have put in new toner." in page
    assert "Your answer has arrived" in sends(both, links["not_solved"], "not_solved", "It prints blank pages.")
    assert both.ticket(number)["status"] == "open"
    assert "It prints blank pages." in words_of(last_mail(both, ANNA, number))
    assert "<form" not in opened(both, links["solved"])[1]


@pytest.mark.covers("H12", "H13")
def test_a_mark_with_words_is_changed_on_the_page_and_back(both: House) -> None:
    ada = somebody()
    number = solved(both, ada)
    presses(both, links_of(last_mail(both, ada))["solved"])
    links = links_of(last_mail(both, ada))
    assert list(links) == ["1", "2", "3", "4", "5"]
    sends(both, links["4"], "4", "Quick & friendly.\r\nReally.")
    assert mark(both, number) == ("4", "Quick & friendly.\nReally.")
    page = opened(both, links["2"])[1]
    assert "we have your answer: Good." in page
    assert ">Quick &amp; friendly.\nReally.</textarea>" in page
    for choice in ("2", "4", "4"):
        assert "Your answer has arrived" in sends(both, links["2"], choice, "Quick & friendly.\r\nReally.")
    sends(both, links["4"], "4", "")
    assert mark(both, number) == ("4", ""), "they have taken the words back"
    chosen = [one.details["answer"] for one in audit(both, number) if one.action == "chosen"]
    assert chosen == ["solved", "4", "2", "4", "4"]
    both.clock.forward(timedelta(days=8))
    page = sends(both, links["1"], "1", "")
    assert "we have your answer: Good." in page
    assert mark(both, number)[0] == "4"


@pytest.mark.covers("H12")
def test_the_link_of_one_solution_says_nothing_of_the_next(desk: House) -> None:
    ada = somebody()
    number = solved(desk, ada)
    first = links_of(last_mail(desk, ada))
    deliver(desk, reply(last_mail(desk, ada), "It still prints nothing, not a single page.", sender=ada))
    writes(desk, ANNA, number, "#solve\nNow it is a new printer.\n")
    assert "This question is closed" in presses(desk, first["not_solved"])[1]
    assert desk.ticket(number)["status"] == "solved"
    assert "<form" in opened(desk, links_of(last_mail(desk, ada))["not_solved"])[1]


@pytest.mark.covers("H13")
def test_a_reminder_leaves_the_links_of_the_first_mail_as_good_as_its_own(desk: House) -> None:
    ada = somebody()
    number = solved(desk, ada)
    presses(desk, links_of(last_mail(desk, ada))["solved"])
    first = links_of(last_mail(desk, ada))

    def again(tx: Tx) -> None:
        survey.nudge(Cause(tx, desk.desk, "test"), {"ticket": number})

    desk.run(again)
    desk.settle()
    reminder = links_of(last_mail(desk, ada))
    assert reminder["5"] != first["5"]
    presses(desk, first["5"])
    assert mark(desk, number)[0] == "5"
    assert "we have your answer: Very good." in opened(desk, reminder["1"])[1]
