"""An agent hands over a customer's mail: the ticket is the customer's, the words above stay inside (E81)."""

from email.message import EmailMessage

import pytest

from bot.db.tx import Tx
from bot.errors import NotDone
from bot.persons import people
from channels.base import Address
from tests.support.house import House, mail, reply, text_of
from tests.support.story import (
    ANNA,
    BEN,
    FORGED,
    PROVEN,
    address_of,
    deliver,
    deliveries,
    entry,
    last_mail,
    lines,
    mails,
    said,
    somebody,
)

BODY = "Hello,\n\nmy screen stays black since this morning.\n\nAda\n"
HEADERS = {
    "en, Outlook": (
        "FW",
        "From: {who}\nSent: Monday, 23 November 2026 09:12\nTo: Anna Weber <anna@example.org>\nSubject: {subject}\n\n",
    ),
    "en, Gmail": (
        "Fwd",
        (
            "---------- Forwarded message ---------\n"
            "From: {who}\n"
            "Date: Mon, Nov 23, 2026 at 9:12 AM\n"
            "Subject: {subject}\n"
            "To: <anna@example.org>\n"
            "\n"
        ),
    ),
    "de, Outlook": (
        "WG",
        (
            "Von: {who}\n"
            "Gesendet: Montag, 23. November 2026 09:12\n"
            "An: Anna Weber <anna@example.org>\n"
            "Betreff: {subject}\n"
            "\n"
        ),
    ),
    "fr, Outlook": (
        "TR",
        "De : {who}\nEnvoyé : lundi 23 novembre 2026 09:12\nÀ : Anna Weber <anna@example.org>\nObjet : {subject}\n\n",
    ),
    "it, Outlook": (
        "I",
        "Da: {who}\nInviato: lunedì 23 novembre 2026 09:12\nA: Anna Weber <anna@example.org>\nOggetto: {subject}\n\n",
    ),
    "pl, Outlook": (
        "PD",
        (
            "Od: {who}\n"
            "Wysłano: poniedziałek, 23 listopada 2026 09:12\n"
            "Do: Anna Weber <anna@example.org>\n"
            "Temat: {subject}\n"
            "\n"
        ),
    ),
    "da, Outlook": (
        "VS",
        "Fra: {who}\nSendt: 23. november 2026 09:12\nTil: Anna Weber <anna@example.org>\nEmne: {subject}\n\n",
    ),
    "de, Thunderbird": (
        "Fwd",
        (
            "-------- Weitergeleitete Nachricht --------\n"
            "Betreff: {subject}\n"
            "Datum: Mon, 23 Nov 2026 09:12:00 +0100\n"
            "Von: {who}\n"
            "An: anna@example.org\n"
            "\n"
        ),
    ),
}


def passed_on(
    who: str, form: str = "en, Gmail", cover: str = "", agent: str = ANNA, proof: str = PROVEN
) -> EmailMessage:
    prefix, header = HEADERS[form]
    text = f"{cover}\n\n{header.format(who=who, subject='Black screen')}{BODY}"
    return mail(agent, f"{prefix}: Black screen", text, Authentication_Results=proof)


@pytest.mark.covers("E81")
@pytest.mark.parametrize("form", sorted(HEADERS))
def test_the_ticket_is_the_original_senders(shared: House, form: str) -> None:
    ada = somebody()
    fate = deliver(shared, passed_on(ada, form))
    assert fate.outcome == "opened"
    assert fate.ticket is not None
    ticket = shared.ticket(fate.ticket)
    assert (ticket["requester"], ticket["subject"]) == ("Ada Lovelace", "Black screen")
    assert said(shared, fate.ticket)[0] == BODY.strip()
    assert f"[#{fate.ticket}]" in str(last_mail(shared, ada)["Subject"])
    assert "recorded for" in str(last_mail(shared, ANNA, fate.ticket)["Subject"])
    assert "black since this morning" in text_of(last_mail(shared, BEN, fate.ticket))


@pytest.mark.covers("E81", "H7")
@pytest.mark.parametrize("verb", ["#take", "#assign ben"])
def test_nobody_else_is_called_to_one_that_is_taken_at_once(shared: House, verb: str) -> None:
    number = deliver(shared, passed_on(somebody(), cover=verb)).ticket
    assert number is not None
    assert not [address for notice, address in deliveries(shared, number) if notice == "ticket_opened"]


@pytest.mark.covers("E81")
def test_a_mail_passed_on_with_quote_marks_is_read_too(shared: House) -> None:
    ada = somebody()
    quoted = (
        f"From: {ada}\nSubject: Black screen\nDate: 23 November 2026 at 09:12:00 CET\nTo: anna@example.org\n\n{BODY}"
    )
    text = "Please have a look.\n\nBegin forwarded message:\n\n" + "".join(
        f"> {line}\n" for line in quoted.splitlines()
    )
    fate = deliver(shared, mail(ANNA, "Fwd: Black screen", text, Authentication_Results=PROVEN))
    assert fate.ticket is not None
    assert shared.ticket(fate.ticket)["requester"] == "Ada Lovelace"
    assert said(shared, fate.ticket, "note") == ["Please have a look."]


@pytest.mark.covers("E81")
def test_an_attached_mail_opens_its_senders_ticket(shared: House) -> None:
    ada = somebody()
    message = mail(ANNA, "FW: Black screen", "See below.\n", Authentication_Results=PROVEN)
    message.add_attachment(mail(ada, "Black screen", BODY, to="anna@example.org"))
    fate = deliver(shared, message)
    assert fate.ticket is not None
    ticket = shared.ticket(fate.ticket)
    assert (ticket["requester"], ticket["subject"]) == ("Ada Lovelace", "Black screen")
    assert "my screen stays black" in said(shared, fate.ticket)[0]


@pytest.mark.covers("E81", "H18")
def test_what_the_agent_wrote_above_is_a_note_and_its_verbs_are_done(shared: House) -> None:
    ada = somebody()
    fate = deliver(shared, passed_on(ada, cover="#priority high\n#tag screen\n\nShe always complains."))
    assert fate.ticket is not None
    ticket = shared.ticket(fate.ticket)
    assert (ticket["priority"], ticket["tags"]) == ("high", ["screen"])
    assert said(shared, fate.ticket, "note") == ["She always complains."]
    assert all("complains" not in message.as_string() for message in mails(shared, ada))


@pytest.mark.covers("E81")
def test_the_agent_names_somebody_else(shared: House) -> None:
    ada, grace = somebody(), somebody("Grace Hopper")
    fate = deliver(shared, passed_on(ada, cover=f"#for {address_of(grace)}"))
    assert fate.ticket is not None
    assert mails(shared, ada) == []
    assert f"[#{fate.ticket}]" in str(last_mail(shared, grace)["Subject"])


@pytest.mark.covers("E81", "H18")
def test_without_proof_it_is_the_request_of_whoever_sent_it(shared: House) -> None:
    """An agent's address alone has no agent's rights: nobody is acknowledged in another's name."""
    ada = somebody()
    fate = deliver(shared, passed_on(ada, proof="mx.other.example; dmarc=pass header.from=example.org"))
    assert fate.ticket is not None
    assert mails(shared, ada) == []
    assert shared.ticket(fate.ticket)["requester"] == "Anna Weber"


@pytest.mark.covers("E81", "H18")
def test_what_is_forged_opens_nothing(shared: House) -> None:
    ada = somebody()
    fate = deliver(shared, passed_on(ada, proof=FORGED))
    assert (fate.state, fate.ticket) == ("quarantine", None)
    assert mails(shared, ada) == []


@pytest.mark.covers("E81")
def test_a_customers_own_forward_stays_theirs(shared: House) -> None:
    ada, bob = somebody(), somebody("Bob Byte")
    fate = deliver(shared, passed_on(bob, agent=ada, proof=""))
    assert fate.ticket is not None
    assert shared.ticket(fate.ticket)["requester"] == "Ada Lovelace"
    assert mails(shared, bob) == []


@pytest.mark.covers("E81")
def test_a_colleagues_mail_passed_on_is_the_agents_own_request(shared: House) -> None:
    fate = deliver(shared, passed_on(BEN))
    assert fate.ticket is not None
    assert shared.ticket(fate.ticket)["requester"] == "Anna Weber"


def known(house: House, name: str, *, domain: str = "example.org", listed: bool = False) -> str:
    """Somebody whom the desk knows by that name; returns their address."""
    address = f"{'.'.join(name.lower().replace(',', '').split())}@{domain}"

    def unit(tx: Tx) -> None:
        people.meet(tx, "email", Address(address, name)).known = listed

    house.run(unit)
    return address


@pytest.mark.covers("E81")
@pytest.mark.parametrize(
    ("name", "written", "domain", "listed"),
    [
        ("Jane Smith", "Smith, Jane", "example.org", False),
        ("Nora Vance", "nora  vance", "example.org", False),
        ("Meyer, Ute", '"Ute Meyer" </O=EXCHANGELABS/OU=EXCHANGE/CN=RECIPIENTS/CN=UTE>', "example.org", False),
        ("Otis Redd", "Redd, Otis", "example.com", True),
    ],
)
@pytest.mark.parametrize("form", ["en, Outlook", "de, Outlook"])
def test_a_header_with_a_name_alone_is_whoever_alone_has_it(
    shared: House, form: str, name: str, written: str, domain: str, *, listed: bool
) -> None:
    address = known(shared, name, domain=domain, listed=listed)
    fate = deliver(shared, passed_on(written, form))
    assert fate.ticket is not None
    assert shared.ticket(fate.ticket)["requester"] == name
    assert f"[#{fate.ticket}]" in str(last_mail(shared, address)["Subject"])
    told = text_of(last_mail(shared, ANNA, fate.ticket))
    assert address in told
    assert "that of the only" in told


@pytest.mark.covers("E81", "H18")
@pytest.mark.parametrize("name", ["Nobody Known", "Twin Sister", "Far Stranger", "Jane"])
def test_a_name_that_says_too_little_leaves_it_the_agents_who_is_told(shared: House, name: str) -> None:
    known(shared, "Twin Sister")
    known(shared, "Twin Sister", domain="sub.example.org")
    known(shared, "Far Stranger", domain="example.net")
    fate = deliver(shared, passed_on(name, "en, Outlook", cover="He is rude."))
    assert fate.ticket is not None
    assert shared.ticket(fate.ticket)["requester"] == "Anna Weber"
    told = [message for message in mails(shared, ANNA, fate.ticket) if "own request" in str(message["Subject"])]
    assert "#for someone@example.org" in text_of(told[-1])
    acknowledged = [text_of(one) for one in mails(shared, ANNA, fate.ticket) if "Thank you" in text_of(one)]
    assert all("Anna Weber" not in text for text in acknowledged), "it is not signed by who asked"
    grace = somebody("Grace Hopper")
    deliver(shared, reply(told[-1], f"#for {address_of(grace)}", sender=ANNA))
    shared.verb("answer", fate.ticket, "Which screen?", who="ben")
    shared.settle()
    assert "Which screen?" in text_of(last_mail(shared, grace, fate.ticket))
    shown = shared.ask("verb", **{"verb": "show", "as": address_of(grace), "argument": str(fate.ticket)})
    assert "rude" not in str(shown)
    assert "screen stays black" in str(shown)


def test_an_agents_own_request_stays_theirs(shared: House) -> None:
    number = deliver(shared, mail(ANNA, "My chair", "It squeaks.\n", Authentication_Results=PROVEN)).ticket
    with pytest.raises(NotDone, match="#for"):
        shared.verb("for", argument=f"{number} grace@example.com")


@pytest.mark.covers("E81")
def test_a_second_copy_opens_nothing(shared: House) -> None:
    message = passed_on(somebody())
    first = deliver(shared, message)
    del message["Received"]
    message["Received"] = "by mx.example.org; Mon, 23 Nov 2026 09:13:00 +0100"
    again = deliver(shared, message)
    assert (again.outcome, again.ticket) == ("duplicate", first.ticket)


@pytest.mark.covers("E81")
def test_an_unknown_verb_above_it_opens_nothing_and_comes_back(shared: House) -> None:
    ada = somebody()
    fate = deliver(shared, passed_on(ada, cover="#fro grace@example.com"))
    assert fate.ticket is None
    assert mails(shared, ada) == []
    assert "#fro" in text_of(last_mail(shared, ANNA))


@pytest.mark.covers("E81")
def test_the_customers_answer_finds_the_ticket(shared: House) -> None:
    ada = somebody()
    fate = deliver(shared, passed_on(ada))
    assert fate.ticket is not None
    answer = deliver(shared, reply(last_mail(shared, ada), "It works again.", sender=ada))
    assert answer.ticket == fate.ticket
    assert lines(shared, fate.ticket)[-1].words == "It works again."
    assert entry(shared, fate.ticket, "passed_on").details["agent"] == "anna"
