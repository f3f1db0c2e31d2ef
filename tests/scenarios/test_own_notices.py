"""Notices of one's own: a macro sends one, they stand in place of shipped ones, and nothing internal leaves by them."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from bot import check
from bot.config import Config, ConfigError
from bot.db.models import Event
from bot.judging.books import ALARM, build_books
from tests.support.clocks import MONDAY, pass_time
from tests.support.house import Clock, House, reply, running, text_of
from tests.support.story import (
    ANNA,
    Furnished,
    address_of,
    deliver,
    deliveries,
    last_mail,
    lines,
    mails,
    request,
    somebody,
    words_of,
    writes,
)

MACRO = """
[[macro]]                         # an agent says so: #macro vpn-reset, /ticket macro, a button
name = "vpn-reset"
then = [{ do = "reply", notice = "vpn_reset" }, { do = "set_status", to = "waiting_requester" }]
"""
STEPS = """{# for: requesters #}
{# The steps that reset the client #}

{% include "_greeting.md" %}

please **restart** the client for #{{ ticket.number }}, {{ ticket.subject }}.

{% include "_signature.md" %}
"""
GERMAN = "{% include '_greeting.md' %}\n\nbitte den Client neu starten.\n"


def desk(folder: Path, url: str, book: str, **notices: str) -> House:
    """A desk with a book and notices of its own: `vpn_reset` is vpn_reset.md, `vpn_reset__de` its German."""
    (folder / "own.toml").write_text(book, encoding="utf-8")
    (folder / "notices").mkdir(exist_ok=True)
    for name, text in notices.items():
        write(folder, name, text)

    def change(config: Config) -> Config:
        ours = replace(config.rules, books=(str(folder / "own.toml"),), notices=str(folder / "notices"))
        return replace(config, rules=ours)

    return Furnished(folder, url, change=change, clock=Clock(MONDAY))


def write(folder: Path, name: str, text: str) -> None:
    """Change a notice as an editor does: the new file takes the place of the old one."""
    (folder / "new").write_text(text, encoding="utf-8")
    (folder / "new").replace(folder / "notices" / f"{name.replace('__', '.')}.md")


def in_force(house: House) -> str:
    return house.desk.latest().books.hash


def alarms(house: House) -> list[tuple[str, str]]:
    return [(alarm["name"], alarm["detail"]) for alarm in house.ask("status")["alarms"]]


@pytest.mark.covers("must:macros", "H9", "H17")
def test_a_macro_sends_a_notice_of_ones_own(tmp_path: Path, database_url: str) -> None:
    with running(desk(tmp_path, database_url, MACRO, vpn_reset=STEPS)) as house:
        ada = somebody()
        number = request(house, ada, "*VPN* [x](http://evil.example)")
        writes(house, ANNA, number, "#macro vpn-reset")
        assert house.ticket(number)["status"] == "waiting_requester"
        said = words_of(last_mail(house, ada))
        assert "Good morning Ada," in said
        assert f"please restart the client for #{number}, *VPN* [x](http://evil.example)." in said
        assert "Anna Weber" in said
        assert deliveries(house, number, "requester")[-1] == ("vpn_reset", address_of(ada))
        assert lines(house, number, "notice")[-1].role == "requester"


@pytest.mark.covers("must:macros", "H17")
def test_a_notice_of_ones_own_speaks_the_requesters_language(tmp_path: Path, database_url: str) -> None:
    eva = somebody("Eva Braun-Koch")
    text = "Guten Tag, mein Drucker geht leider nicht mehr. Können Sie mir bitte helfen? Vielen Dank und Grüße\n"
    with running(desk(tmp_path, database_url, MACRO, vpn_reset=STEPS, vpn_reset__de=GERMAN)) as house:
        number = request(house, eva, "Drucker kaputt", text)
        house.verb("macro", number, "vpn-reset")
        house.settle()
        answer = last_mail(house, eva)
        assert "Guten Morgen Eva,\n\nbitte den Client neu starten." in words_of(answer)
        assert answer["Content-Language"] == "de"


@pytest.mark.covers("H17")
def test_an_acknowledgement_of_ones_own_stands_in_place_of_the_shipped_one(tmp_path: Path, database_url: str) -> None:
    own = "Wir haben *#{{ ticket.number }}*{% if answer_by %} bis {{ answer_by|when }}{% endif %}.\n"
    german = "Guten Tag, mein Drucker geht leider nicht mehr. Können Sie mir bitte helfen? Vielen Dank und Grüße\n"
    with running(desk(tmp_path, database_url, "", acknowledgement__de=own)) as house:
        eva, ada = somebody("Eva Braun-Koch"), somebody()
        number = request(house, eva, "Drucker kaputt", german)
        said = words_of(last_mail(house, eva))
        assert f"Wir haben #{number} bis " in said
        assert "None" not in said
        assert "Fehlermeldung" not in said, "it asks for nothing, so nothing counts as asked for"
        request(house, ada, "The printer is broken", "My printer does not print.\n")
        assert "Thank you for your message" in words_of(last_mail(house, ada))
        assert "Error message:" in words_of(last_mail(house, ada))


@pytest.mark.covers("H18")
def test_what_answers_an_own_notice_about_a_note_is_a_note(tmp_path: Path, database_url: str) -> None:
    """Their author cannot know that shipped ones say so in their token."""
    book = """
[[trigger]]
name = "Our own note"
on = ["note.added"]
then = [{ do = "notify", who = "assignee", notice = "our_note" }]
"""
    ours = "{{ author|called }} noted: {{ words|quote }}\n"
    with running(desk(tmp_path, database_url, book, our_note=ours)) as house:
        ada = somebody()
        number = request(house, ada)
        house.verb("take", number)
        house.verb("note", number, "The secret is 4711", who="ben")
        house.settle()
        heard = [one for one in mails(house, ANNA, number) if "noted:" in text_of(one)]
        assert "##-" in text_of(heard[-1]).split("noted:")[0], "answers to agents' notices are cut there"
        before = len(mails(house, ada))
        deliver(house, reply(heard[-1], "Do not tell them", sender=ANNA))
        assert "Do not tell them" in "\n".join(line.words for line in lines(house, number, "note"))
        assert len(mails(house, ada)) == before


@pytest.mark.covers("bad:broken-book")
def test_notices_change_without_a_restart_and_a_wrong_one_never_is_in_force(tmp_path: Path, database_url: str) -> None:
    with running(desk(tmp_path, database_url, MACRO, vpn_reset=STEPS)) as house:
        first, ada = in_force(house), somebody()
        write(tmp_path, "vpn_reset", STEPS.replace("please", "kindly"))
        house.wait_until(lambda: in_force(house) != first, "the other notice")
        second = in_force(house)
        write(tmp_path, "vpn_reset", STEPS + "{{ history }}\n")
        house.wait_until(lambda: alarms(house), "the alarm")
        at = f"{tmp_path}/notices/vpn_reset.md:9:4: 'history' is internal: a notice for requesters may not use it"
        assert alarms(house) == [(ALARM, f"{at}; the books of before stay in force")]
        number = request(house, ada)
        house.verb("macro", number, "vpn-reset")
        house.settle()
        assert "kindly restart" in words_of(last_mail(house, ada))
        judged = select(Event.books).where(Event.ticket_id == number)
        assert set(house.read(lambda session: session.scalars(judged).all())) == {second}
        write(tmp_path, "vpn_reset", STEPS)
        house.wait_until(lambda: in_force(house) == first, "what it said at first, under its hash of then")
        house.wait_until(lambda: not alarms(house), "the alarm to be over")


@pytest.mark.covers("bad:broken-book")
def test_at_the_start_the_last_good_notices_run_with_their_books(tmp_path: Path, database_url: str) -> None:
    house = desk(tmp_path, database_url, MACRO, vpn_reset=STEPS)
    with house.sink:
        house.start()
        first, ada = in_force(house), somebody()
        house.stop()
        (tmp_path / "notices" / "vpn_reset.md").unlink()
        with pytest.raises(ConfigError, match="there is no notice 'vpn_reset' for requesters"):
            build_books(house.config())
        found = {one.name: one for one in check.offline(house.config())}["books"]
        assert (found.state, "in force last" in found.said) == ("bad", True)
        house.start()
        try:
            assert in_force(house) == first
            assert [name for name, _ in alarms(house)] == [ALARM]
            number = request(house, ada)
            house.verb("macro", number, "vpn-reset")
            house.settle()
            assert "please restart" in words_of(last_mail(house, ada))
        finally:
            house.stop()


@pytest.mark.covers("E14")
def test_notices_of_ones_own_count_towards_the_limits(tmp_path: Path, database_url: str) -> None:
    book = """
[[trigger]]
name = "Always"
on = ["message.received"]
then = [{ do = "reply", notice = "heard" }]

[[automation]]
name = "Later"
after = "1 hour"
when = "status == 'new'"
then = [{ do = "notify", who = "requester", notice = "heard" }]
"""
    with running(desk(tmp_path, database_url, book, heard="{# for: requesters #}\nHeard you.\n")) as house:
        ada = somebody()
        number = request(house, ada)
        for place in range(6):
            writes(house, ada, number, f"And {place}")
        heard = [notice for notice, _ in deliveries(house, number, "requester")]
        assert heard == ["acknowledgement", "heard"]
        pass_time(house, hours=2)
        assert [notice for notice, _ in deliveries(house, number, "requester")] == heard
        assert house.audit(number).count("not_notified") >= 5
