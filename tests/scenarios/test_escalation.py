"""A ticket is escalated, handed back, moved to another team, asked of a vendor; and who hears of it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot.cause import Cause
from bot.db.models import Ticket
from bot.db.tx import Tx
from bot.errors import NotDone
from bot.judging.events import raise_event
from bot.judging.react import react
from bot.ticket import tickets
from rules.facts import Event, SlaFacts, Target
from tests.support import postgres
from tests.support.clocks import MONDAY, desk_with, pass_time
from tests.support.house import AGENTS, Clock, House, reply, running, text_of
from tests.support.story import (
    ANNA,
    BEN,
    LEA,
    address_of,
    audit,
    deliver,
    deliveries,
    entry,
    last_mail,
    mails,
    request,
    said,
    somebody,
    writes,
)

NINA = "Nina Netz <nina@example.org>"
VENDOR = "Printer Co <help@printerco.example>"
SECRET = "She shouts a lot, take care."
TEAMS = """
[[team]]
name = "network"
lead = "nina"
manager = "max"

[[team]]
name = "Printer Co"
vendor = "help@printerco.example"

[[agent]]
handle = "nina"
name = "Nina Netz"
email = "nina@example.org"
teams = ["network"]

[[agent]]
handle = "max"
name = "Max Manager"
email = "max@example.org"
teams = ["network"]
role = "manager"
"""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk with two teams, a second tier, a manager and a vendor."""
    folder = tmp_path_factory.mktemp("people")
    if request.param == "sqlite":
        with running(House(folder, f"sqlite:///{folder}/firstline.db", extra=AGENTS + TEAMS)) as started:
            yield started
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    with postgres.database(server) as url, running(House(folder, url, extra=AGENTS + TEAMS)) as started:
        yield started


def people_of(house: House, number: int) -> tuple[str | None, str, int]:
    """Who works on it, who owns it, and its tier."""
    found = house.read(lambda session: session.get_one(Ticket, number))
    agents = house.desk.directory.by_person
    assignee = agents[found.assignee_id].name if found.assignee_id else None
    return assignee, agents[found.owner_id].name, found.tier


def team_of(house: House, number: int) -> str | None:
    """Whose it is."""
    return house.read(lambda session: session.get_one(Ticket, number).team)


def told(house: House, number: int, notice: str) -> list[str]:
    """Who was sent a notice about it."""
    house.settle()
    return sorted(recipient for name, recipient in deliveries(house, number) if name == notice)


@pytest.mark.covers("H5", "H7")
def test_what_a_tier_cannot_solve_goes_up_and_comes_back(desk: House) -> None:
    ada = somebody()
    number = request(desk, ada)
    writes(desk, ANNA, number, "#take")
    before = len(mails(desk, ada))
    writes(desk, ANNA, number, f"#escalate The drum is dead.\n{SECRET}")
    assert people_of(desk, number) == (None, "Anna Weber", 2)
    assert told(desk, number, "escalated") == ["lea@example.org"]
    shown = text_of(last_mail(desk, LEA, number))
    assert "tier 2" in shown
    assert "The drum is dead." in shown
    assert "It does not print any more." in shown
    writes(desk, LEA, number, "#take")
    assert people_of(desk, number) == ("Lea Lund", "Anna Weber", 2)
    writes(desk, LEA, number, "#handback A new drum is ordered.")
    assert people_of(desk, number) == ("Anna Weber", "Anna Weber", 1)
    assert told(desk, number, "handed_back") == ["anna@example.org"]
    assert "A new drum is ordered." in text_of(last_mail(desk, ANNA, number))
    assert len(mails(desk, ada)) == before, "the requester is told nothing of it"
    assert [found.action for found in audit(desk, number)].count("escalated") == 1
    assert entry(desk, number, "escalated").details["why"] == f"The drum is dead.\n{SECRET}"


@pytest.mark.covers("H5")
def test_who_had_it_is_told_when_another_passes_it_on(desk: House) -> None:
    number = request(desk)
    desk.verb("take", number)
    desk.verb("escalate", number, "lea I need the printer tomorrow", who="ben")
    assert people_of(desk, number) == ("Lea Lund", "Anna Weber", 2)
    assert told(desk, number, "escalated") == ["anna@example.org", "lea@example.org"]
    theirs, hers = (text_of(last_mail(desk, agent, number)) for agent in (LEA, ANNA))
    for shown in (theirs, hers):
        assert shown.count("I need the printer tomorrow") == 1, "the reason stands there once"
    assert "It does not print any more." in theirs
    assert "#handback" in theirs
    assert "It does not print any more." not in hers, "the owner knows the story"
    assert "#handback" not in hers


@pytest.mark.covers("H5")
def test_without_a_name_it_goes_up_within_its_team_and_then_to_its_lead(desk: House) -> None:
    number = request(desk)
    desk.verb("transfer", number, "network It is the cable.")
    desk.verb("escalate", number, "Nobody has the key.")
    assert people_of(desk, number) == ("Nina Netz", "Nina Netz", 1), "not to another department's second tier"
    with pytest.raises(NotDone, match="there is no tier above 1; name a team or an agent"):
        desk.verb("escalate", number, "Nobody has the key.")
    desk.verb("escalate", number, "tier 2 Nobody has the key.")
    assert people_of(desk, number)[2] == 2, "unless somebody names it"


@pytest.mark.covers("H5")
def test_a_team_without_a_higher_tier_and_without_a_lead_asks_the_next_tier_of_the_desk(
    tmp_path: Path, database_url: str
) -> None:
    leaderless = TEAMS.replace('lead = "nina"\n', "")
    with running(House(tmp_path, database_url, extra=AGENTS + leaderless)) as house:
        number = request(house)
        house.verb("transfer", number, "network It is the cable.")
        house.verb("escalate", number, "Nobody has the key.")
        assert people_of(house, number) == (None, "Nina Netz", 2)


@pytest.mark.covers("H5", "H6", "H11")
def test_another_department_gets_it_and_the_requester_hears_that_and_no_more(desk: House) -> None:
    ada = somebody()
    number = request(desk, ada)
    writes(desk, ANNA, number, "#take")
    writes(desk, ANNA, number, f"#transfer network {SECRET}")
    assert team_of(desk, number) == "network"
    assert people_of(desk, number) == (None, "Nina Netz", 1)
    assert told(desk, number, "escalated") == ["nina@example.org"]
    assert told(desk, number, "where_it_stands") == [], "not within an hour of the acknowledgement"
    pass_time(desk, minutes=61)
    assert told(desk, number, "where_it_stands") == [address_of(ada)]
    assert "Our team network has it." in text_of(last_mail(desk, ada, number))
    assert "shouts" not in "".join(text_of(message) for message in mails(desk, ada))
    writes(desk, NINA, number, "Hello, which port is it?")
    assert people_of(desk, number)[0] == "Nina Netz"


@pytest.mark.covers("H5", "H11")
def test_escalated_to_a_team_it_still_has_its_owner_and_comes_back_to_where_it_was(desk: House) -> None:
    ada = somebody()
    number = request(desk, ada)
    desk.verb("take", number)
    desk.verb("escalate", number, "team network The switch is down")
    assert team_of(desk, number) == "network"
    assert people_of(desk, number) == (None, "Anna Weber", 1)
    assert told(desk, number, "escalated") == ["nina@example.org"]
    pass_time(desk, minutes=61)
    assert len(told(desk, number, "where_it_stands")) == 1
    desk.verb("handback", number, "It is the printer after all", who="nina")
    assert people_of(desk, number) == ("Anna Weber", "Anna Weber", 1)
    assert team_of(desk, number) is None


@pytest.mark.covers("H5", "H19")
def test_a_vendor_is_a_tier_asked_by_mail_whose_answer_hands_it_back(desk: House) -> None:
    ada = somebody()
    number = request(desk, ada)
    writes(desk, ANNA, number, "#take")
    writes(desk, ANNA, number, "#escalate team Printer Co What does E 41 mean?")
    assert desk.ticket(number)["status"] == "waiting_vendor"
    assert people_of(desk, number) == ("Anna Weber", "Anna Weber", 1)
    question = last_mail(desk, VENDOR)
    assert "What does E 41 mean?" in text_of(question)
    assert "It does not print" not in text_of(question)
    deliver(desk, reply(question, "It wants a new drum.", sender=VENDOR))
    assert desk.ticket(number)["status"] == "open"
    assert [found.action for found in audit(desk, number)].count("handed_back") == 1
    assert told(desk, number, "handed_back") == [], "the answer itself is shown"
    assert "It wants a new drum." in text_of(last_mail(desk, ANNA, number))
    assert "drum" not in "".join(text_of(message) for message in mails(desk, ada))
    with pytest.raises(NotDone, match="is not escalated"):
        desk.verb("handback", number, "again")


@pytest.mark.covers("H5")
def test_words_for_a_vendor_that_cannot_be_told_from_quoted_ones_are_held(desk: House) -> None:
    number = request(desk)
    writes(desk, ANNA, number, "#take")
    answer = reply(last_mail(desk, ANNA, number), "#escalate team Printer Co\nWhat is it?", sender=ANNA, quote=False)
    before = len(mails(desk, VENDOR))
    deliver(desk, answer)
    assert len(mails(desk, VENDOR)) == before
    assert desk.ticket(number)["status"] == "open"


@pytest.mark.covers("H5")
@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("", "needs a reason"),
        ("tier", "needs a number"),
        ("tier 1 no", "is in tier 1 already"),
        ("tier 7 no", "there is no tier above 1"),
        ("team paper no", "there is no team"),
        ("team network", "needs a reason"),
        ("max please", "may not work on"),
        ("anna again", "already"),
    ],
)
def test_what_cannot_be_escalated_is_refused_in_plain_words(desk: House, argument: str, said: str) -> None:
    number = request(desk)
    desk.verb("take", number)
    with pytest.raises(NotDone, match=said):
        desk.verb("escalate", number, argument)
    assert people_of(desk, number) == ("Anna Weber", "Anna Weber", 1)
    with pytest.raises(NotDone, match="is not escalated"):
        desk.verb("handback", number, "for fun")
    with pytest.raises(NotDone, match="is a vendor"):
        desk.verb("transfer", number, "Printer Co please")
    desk.verb("solve", number)
    with pytest.raises(NotDone, match="has this status already"):
        desk.verb("escalate", number, "too late")


def breach(house: House, number: int, target: Target) -> None:
    """A promise for a ticket is not kept."""

    def unit(tx: Tx) -> None:
        cause = Cause(tx, house.desk, f"test:{uuid4()}")
        ticket = tickets.get(cause, number)
        assert ticket is not None
        sla = SlaFacts(target=target, policy="standard", due_at=cause.now, share=1.0)
        raise_event(cause, Event.SLA_BREACHED, ticket, involved=sla)
        react(cause)

    house.run(unit)
    house.settle()


@pytest.mark.covers("H5", "H7")
def test_with_time_it_goes_to_the_lead_and_then_to_the_manager(desk: House) -> None:
    number = request(desk)
    desk.verb("take", number)
    breach(desk, number, Target.FIRST_RESPONSE)
    assert told(desk, number, "overdue") == ["lea@example.org"]
    shown = text_of(last_mail(desk, LEA, number))
    assert "is overdue" in shown
    assert "Works on it: Anna Weber" in shown
    breach(desk, number, Target.NEXT_REPLY)
    assert told(desk, number, "overdue") == ["lea@example.org"], "each step once"
    desk.verb("transfer", number, "network Not ours")
    breach(desk, number, Target.RESOLUTION)
    assert told(desk, number, "overdue") == ["lea@example.org", "max@example.org", "nina@example.org"]
    desk.verb("solve", number, who="nina")
    breach(desk, number, Target.RESOLUTION)
    assert len(told(desk, number, "overdue")) == 3, "what is solved is overdue no more"


@pytest.mark.covers("H5", "H7", "must:hierarchy")
def test_a_ticket_that_nobody_solves_goes_up_by_itself_step_by_step_and_each_once(
    tmp_path: Path, database_url: str
) -> None:
    with running(House(tmp_path, database_url, clock=Clock(MONDAY), extra=AGENTS + TEAMS)) as house:
        number = request(house)
        house.verb("take", number)
        notices = ("sla_warning", "sla_breached", "overdue")

        def heard() -> list[list[str]]:
            return [told(house, number, notice) for notice in notices]

        pass_time(house, hours=20)
        assert heard() == [["anna@example.org"], [], []], "first who works on it is warned"
        pass_time(house, hours=5)
        assert heard()[1:] == [["anna@example.org"], ["lea@example.org"]], "then the lead hears"
        pass_time(house, days=7)
        assert sorted(set(heard()[2])) == ["lea@example.org", "max@example.org"], "then the manager"
        assert len(heard()[2]) == 2, "each once"
        pass_time(house, days=30)
        assert len(heard()[2]) == 2


ROUTED = """
[[trigger]]
name = "Printers are the network team's"
on = ["ticket.opened"]
when = "any_word(subject, 'printer')"
then = [{ do = "set_team", to = "network" }]
"""


@pytest.mark.covers("H5", "H6")
@pytest.mark.parametrize("name", ["a.toml", "zz.toml"])
def test_a_new_request_that_a_rule_gives_to_a_team_is_shown_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whether the book comes before that which shows new requests to the first tier, or after it."""
    (tmp_path / name).write_text(ROUTED, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    extra = AGENTS + TEAMS.replace('handle = "nina"', 'handle = "nina"\ntier = 2')
    extra += f'\n[rules]\nbooks = ["{name}"]\n'
    with running(House(tmp_path, f"sqlite:///{tmp_path}/firstline.db", extra=extra)) as house:
        ada = somebody()
        number = request(house, ada)
        assert team_of(house, number) == "network"
        assert people_of(house, number) == (None, "Nina Netz", 2)
        shown = told(house, number, "ticket_opened")
        assert shown.count("nina@example.org") == 1
        assert name != "a.toml" or shown == ["nina@example.org"]
        assert "It does not print any more." in text_of(last_mail(house, NINA, number))
        assert len(mails(house, ada)) == 1, "the requester hears of it as of any other"


@pytest.mark.covers("H5", "H18")
def test_a_rule_tells_a_vendor_only_what_it_was_given_to_say(tmp_path: Path) -> None:
    then = (
        '[{ do = "escalate", team = "Printer Co" }, { do = "escalate", team = "Printer Co", reason = "Please come." }]'
    )
    book = tmp_path / "own.toml"
    book.write_text(f'[[trigger]]\nname = "Rude people"\non = ["ticket.opened"]\nthen = {then}\n', encoding="utf-8")
    extra = f'{AGENTS}{TEAMS}\n[rules]\nbooks = ["{book}"]\n'
    with running(House(tmp_path, f"sqlite:///{tmp_path}/firstline.db", extra=extra)) as house:
        number = request(house, somebody("Grace Hopper"))
        house.settle()
        [question] = mails(house, VENDOR)
        assert "Please come." in text_of(question)
        assert [word for word in ("Rude", "Grace", "It does not print") if word in question.as_string()] == []
        assert house.ticket(number)["status"] == "waiting_vendor"
        assert [found.action for found in audit(house, number)].count("not_escalated") == 1


UNTAKEN = """
[[automation]]
name = "What nobody takes goes up"
after = "2 hours"
when = "status == 'new' and tier == 1"
then = [{ do = "escalate", reason = "Nobody has taken it" }]
"""


@pytest.mark.covers("H5")
def test_what_nobody_takes_goes_up_by_a_rule(tmp_path: Path, database_url: str) -> None:
    with running(desk_with(tmp_path, database_url, UNTAKEN, shipped=True)) as house:
        taken, left = request(house), request(house)
        house.verb("take", taken)
        pass_time(house, hours=3)
        assert people_of(house, left) == (None, "Anna Weber", 2)
        assert people_of(house, taken) == ("Anna Weber", "Anna Weber", 1)
        assert "lea@example.org" in told(house, left, "escalated")
        assert "Nobody has taken it" in text_of(last_mail(house, LEA, left))
        writes(house, LEA, left, "#take")
        assert people_of(house, left) == ("Lea Lund", "Lea Lund", 2), "the first taker owns it"


@pytest.mark.covers("H5", "H18")
def test_only_a_lead_who_may_read_it_hears_of_a_confidential_ticket(desk: House) -> None:
    number = request(desk)

    def hide(tx: Tx) -> None:
        ticket = tx.session.get_one(Ticket, number)
        ticket.confidential, ticket.team = True, "network"

    desk.run(hide)
    breach(desk, number, Target.RESOLUTION)
    assert told(desk, number, "overdue") == ["max@example.org", "nina@example.org"]
    with pytest.raises(NotDone, match="may not work on"):
        desk.verb("escalate", number, "ben please", who="nina")


@pytest.mark.covers("H5", "H9")
def test_the_reason_is_kept_as_a_note_that_its_requester_never_sees(desk: House) -> None:
    ada = somebody()
    number = request(desk, ada)
    writes(desk, BEN, number, f"#escalate {SECRET}")
    assert SECRET in said(desk, number, "note")
    deliver(desk, reply(last_mail(desk, ada), "Any news?", sender=ada))
    assert "shouts" not in "".join(text_of(message) for message in mails(desk, ada))
