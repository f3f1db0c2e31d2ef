"""A request by mail, from the broken printer to the requester's thanks."""

import pytest

from tests.support.house import House, mail, reply, text_of

ADA = "ada@example.com"
ANNA = "anna@example.org"


@pytest.mark.covers("H1", "H7", "H11", "H17", "must:scenarios")
def test_a_request_is_acknowledged_answered_and_solved(house: House) -> None:
    house.send(
        mail(
            "Ada Lovelace <ada@example.com>",
            "Drucker kaputt",
            "Guten Tag,\n\nmein Drucker im dritten Stock druckt seit heute Morgen nicht mehr.\n\nViele Grüße\nAda\n",
            Message_ID="<first@example.com>",
        )
    )
    (acknowledgement,) = house.mails_to(ADA)
    assert acknowledgement["In-Reply-To"] == "<first@example.com>"
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert "#1" in text_of(acknowledgement)
    assert "Ihre Anfrage" in text_of(acknowledgement)

    (card,) = house.mails_to(ANNA)
    assert "druckt seit heute Morgen nicht mehr" in text_of(card)
    question = "Hallo Frau Lovelace,\n\nist das Kabel eingesteckt?"
    house.send(reply(card, question, sender="Anna Weber <anna@example.org>"))
    _, answer = house.mails_to(ADA, 2)
    assert "ist das Kabel eingesteckt?" in text_of(answer)
    assert "##-" not in text_of(answer), "nothing quoted reaches the requester"
    assert answer["From"].addresses[0].display_name.startswith("Anna Weber")
    assert "<first@example.com>" in answer["References"]
    ticket = house.ticket(1)
    assert (ticket["status"], ticket["owner"], ticket["assignee"]) == ("open", "Anna Weber", "Anna Weber")

    house.send(reply(answer, "Nein, das war es!", sender="Ada Lovelace <ada@example.com>"))
    _, told = house.mails_to(ANNA, 2)
    assert "Nein, das war es!" in text_of(told)
    house.send(reply(told, "#solve\nDann ist ja alles gut.", sender="Anna Weber <anna@example.org>"))
    *_, solved = house.mails_to(ADA, 3)
    assert "Dann ist ja alles gut." in text_of(solved)
    house.send(reply(solved, "Vielen Dank, läuft wieder!", sender="Ada Lovelace <ada@example.com>"))
    house.settle()
    assert house.ticket(1)["status"] == "solved", "thanks do not reopen"
    assert len(house.mails_to(ADA)) == 3, "and are not answered"
