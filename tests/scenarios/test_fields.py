"""What a request is about: recognised, its details read and asked for once, its asset known by number."""

from pathlib import Path
from uuid import uuid4

import pytest

from bot import operations
from bot.db.tx import Tx
from tests.scenarios.test_rules import with_book
from tests.support.house import House, mail, reply, running
from tests.support.story import (
    ANNA,
    address_of,
    audit,
    deliver,
    deliveries,
    entry,
    last_mail,
    mails,
    request,
    somebody,
    words_of,
    writes,
)


def asset(house: House, kind: str = "laptop", prefix: str = "PC") -> str:
    """A new asset, known to the desk; returns its number."""
    number = f"{prefix}-{uuid4().int % 10**8:08}"
    house.ask("assets.import", rows=[{"number": number, "kind": kind}])
    return number


@pytest.mark.covers("H2")
def test_a_request_is_recognised_and_what_is_missing_is_asked_for_in_its_acknowledgement(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, "My laptop", "OS: Windows 11\nIt restarts by itself.\n")
    ticket = shared.ticket(number)
    assert (ticket["category"], ticket["fields"]) == ("computer", {"system": "Windows 11"})
    assert ticket["missing"] == ["asset", "tried", "error"]
    (acknowledgement,) = mails(shared, ada)
    words = words_of(acknowledgement)
    assert "Computer number:" in words
    assert "Already tried:" in words
    assert "Error message:" in words
    assert "System:" not in words, "what is known is not asked for"
    assert ticket["status"] == "new"
    actors = {found.actor for found in audit(shared, number) if found.action in {"category", "fields", "fields_asked"}}
    assert len(actors) == 2, "each by a rule"


@pytest.mark.covers("H2")
def test_answers_fill_the_fields_and_nothing_is_asked_twice(shared: House) -> None:
    ada, known = somebody(), asset(shared)
    number = request(shared, ada, "My laptop", "It restarts by itself.\n")
    first = last_mail(shared, ada)
    deliver(
        shared, reply(first, f"- System: macOS 15\n- Computer number: {known.lower()} (the silver one)", sender=ada)
    )
    ticket = shared.ticket(number)
    assert ticket["fields"] == {"system": "macOS 15", "asset": known}
    assert ticket["asset"] == known
    assert ticket["missing"] == ["tried", "error"]
    assert entry(shared, number, "asset").details["after"] == known
    deliver(shared, reply(first, "Already tried? Restarted it.\nError message: none", sender=ada))
    ticket = shared.ticket(number)
    assert ticket["missing"] == []
    assert ticket["fields"]["tried"] == "Restarted it."
    assert len(mails(shared, ada)) == 1, "nothing is asked twice, nor confirmed"


@pytest.mark.covers("H2")
@pytest.mark.parametrize("marked", [True, False])
def test_a_form_filled_in_where_it_is_quoted(shared: House, *, marked: bool) -> None:
    """Many write into the quoted mail, which some programs mark with `>` and others do not."""
    ada = somebody()
    number = request(shared, ada, "My laptop", "It restarts by itself.\n")
    form = last_mail(shared, ada)
    filled = words_of(form).replace("System:", "System: Windows 10").replace("Error message:", "Error message: E 41")
    head = "-----Original Message-----\nFrom: IT Help <help@example.org>\nSent: Monday, 23 November 2026 10:00\n"
    head += f"To: {ada}\nSubject: {form['Subject']}\n\n"
    quoted = "".join(f"> {line}\n" for line in filled.splitlines()) if marked else head + filled
    lead = "On Monday, 23 November 2026 at 10:00, IT Help wrote:\n\n" if marked else ""
    deliver(shared, reply(form, f"See below.\n\n{lead}{quoted}", sender=ada, quote=False))
    ticket = shared.ticket(number)
    assert ticket["fields"] == {"system": "Windows 10", "error": "E 41"}


@pytest.mark.covers("H2")
def test_what_an_agent_wrote_and_is_quoted_is_no_answer(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, "My laptop", "It restarts by itself.\n")
    writes(shared, ANNA, number, "We fixed this last week:\nSystem: Windows 95\nError message: OLD")
    deliver(shared, reply(last_mail(shared, ada), "No, it is not fixed.", sender=ada))
    assert shared.ticket(number)["fields"] == {}


@pytest.mark.covers("H2")
def test_what_an_agent_set_stays_unless_the_requester_answers_the_question(shared: House) -> None:
    ada = somebody()
    number = request(shared, ada, "Question", "Something is odd.\n")
    assert shared.ticket(number)["category"] is None
    shared.verb("category", number, "Computer")
    shared.verb("field", number, "system Windows 7")
    assert shared.ticket(number)["fields"] == {"system": "Windows 7"}
    assert deliveries(shared, number, "requester") == [
        ("acknowledgement", address_of(ada)),
        ("fields_asked", address_of(ada)),
    ]
    shared.settle()
    asked = mails(shared, ada, number)[-1]
    assert "Computer number:" in words_of(asked)
    deliver(shared, reply(asked, "My old Windows 10 machine has it as well.", sender=ada))
    assert shared.ticket(number)["fields"] == {"system": "Windows 7"}, "that is no answer"
    deliver(shared, reply(asked, "System: Windows 8", sender=ada))
    assert shared.ticket(number)["fields"] == {"system": "Windows 8"}, "that is one"
    assert shared.ticket(number)["status"] == "new", "a question of the desk changes no status"


@pytest.mark.covers("H2")
def test_without_a_question_what_an_agent_set_stays(shared: House) -> None:
    number = request(shared, bea := somebody(), "My laptop", "It is slow.\n", Precedence="bulk")
    ticket = shared.ticket(number)
    assert ticket["category"] == "computer"
    shared.verb("field", number, "System = Windows 7")
    deliver(shared, mail(bea, f"Re: My laptop [#{number}]", "System: Windows 12\nRAM: 8 GB\n"))
    fields = shared.ticket(number)["fields"]
    assert fields.get("memory") == "8 GB"
    assert fields["system"] == "Windows 7"


@pytest.mark.covers("H2")
def test_an_asset_is_known_by_its_number_anywhere(shared: House) -> None:
    known = asset(shared, "press", "LN")
    number = request(shared, somebody(), "Line 3 stands", f"The machine ({known}) stopped.\n")
    ticket = shared.ticket(number)
    assert (ticket["asset"], ticket["category"]) == (known, None)
    other = request(shared, somebody(), "Line 3 stands", "The machine (XY-99999999) stopped.\n")
    assert shared.ticket(other)["asset"] is None, "only what is on the list of assets"


@pytest.mark.covers("H2")
def test_the_first_asset_is_known_at_once_to_what_shares_its_transaction(house: House) -> None:
    """Whether there are assets is asked once in a transaction, in which several units of work may run."""

    def logged(tx: Tx, words: str) -> int:
        call = {"as": "anna", "for": address_of(somebody()), "via": "phone", "subject": "It hums", "words": words}
        number: int = operations.unit(house.desk, "log", call)(tx)["number"]
        return number

    def group(tx: Tx) -> list[int]:
        before = logged(tx, "It is PC-12345678.")
        operations.unit(house.desk, "assets.import", {"rows": [{"number": "PC-12345678", "kind": "laptop"}]})(tx)
        return [before, logged(tx, "It is PC-12345678.")]

    before, after = house.run(group)
    assert house.ticket(before)["asset"] is None
    assert house.ticket(after)["asset"] == "PC-12345678"


@pytest.mark.covers("H2")
def test_machines_are_asked_nothing(shared: House) -> None:
    monitor = "Monitoring <monitor@example.com>"
    headers = {"Auto_Submitted": "auto-generated"}
    fate = deliver(shared, mail(monitor, "Disk full on the computer", "Host web1\n", **headers))
    assert fate.ticket is not None
    assert shared.ticket(fate.ticket)["category"] == "computer"
    assert deliveries(shared, fate.ticket, "requester") == []


@pytest.mark.covers("H1", "H2")
def test_a_call_is_logged_with_what_it_is_about(shared: House) -> None:
    ada, known = somebody(), asset(shared)
    logged = {"as": "anna", "for": address_of(ada), "via": "phone", "subject": "It hums", "words": "It hums loudly."}
    answer = shared.ask("log", **logged, category="computer", fields=[f"asset={known}", "error=none"])
    ticket = shared.ticket(answer["number"])
    assert (ticket["category"], ticket["asset"]) == ("computer", known)
    assert ticket["fields"] == {"asset": known, "error": "none"}
    assert [notice for notice, _ in deliveries(shared, answer["number"], "requester")] == ["logged"]


@pytest.mark.covers("H2")
def test_a_wrong_category_or_field_is_refused_with_what_there_is(shared: House) -> None:
    number = request(shared, somebody(), "Question", "Something is odd.\n")
    for verb, argument, why in (
        ("category", "toaster", "write one of: printer"),
        ("field", "system x", "say first"),
    ):
        with pytest.raises(Exception, match=why):
            shared.verb(verb, number, argument)
    shared.verb("category", number, "computer")
    with pytest.raises(Exception, match="there are: system"):
        shared.verb("field", number, "colour blue")
    shared.verb("field", number, "Error message E 41")
    shared.verb("field", number, "error -")
    known = asset(shared)
    shared.verb("field", number, f"computer number {known}")
    assert (shared.ticket(number)["asset"], shared.ticket(number)["fields"]) == (known, {"asset": known})
    shared.verb("field", number, "asset -")
    assert shared.ticket(number)["asset"] is None
    assert shared.ticket(number)["fields"] == {}


@pytest.mark.covers("H2")
def test_with_all_books_off_nothing_is_recognised(tmp_path: Path) -> None:
    with running(with_book(tmp_path, "", shipped=False)) as house:
        number = request(house, somebody(), "The printer", "It does not print.\n")
        assert (house.ticket(number)["category"], house.ticket(number)["missing"]) == (None, [])


@pytest.mark.covers("H2", "H5")
def test_a_category_routes_to_its_team(tmp_path: Path) -> None:
    book = '[[category]]\nname = "plotter"\nteam = "support"\nwords = ["plotter"]\n'
    with running(with_book(tmp_path, book)) as house:
        number = request(house, somebody(), "The plotter", "It is empty.\n")
        found = entry(house, number, "team")
        assert found.details["after"] == "support"
        assert found.actor.startswith("rule ")
