"""From a message to the desk's bot to the answer of an agent, on Discord and across to mail."""

from datetime import timedelta

from tests.scenarios.discord.conftest import Office
from tests.support.house import mail, text_of

HELD = timedelta(seconds=11)


def test_a_direct_message_becomes_a_ticket_and_is_answered_there(office: Office) -> None:
    asked = office.ada.send_dm("The printer on the third floor is broken")
    acknowledged = office.wait_for(office.ada.dm, "#1")
    assert acknowledged.referenced is asked
    written = office.anna.say(office.thread(), "Have you tried to turn it off and on?")
    office.wait_for_mark(written, "⏳")
    office.house.clock.forward(HELD)
    answer = office.wait_for(office.ada.dm, "turn it off")
    assert answer.referenced is asked
    assert answer.content.startswith("-# Anna Weber\n")
    office.wait_for_mark(written, "✉️")


def test_a_mail_is_answered_from_discord_and_the_answer_to_it_comes_back_there(office: Office) -> None:
    office.house.send(mail())
    office.anna.say(office.thread(), "Have you tried to turn it off and on?")
    office.house.clock.forward(HELD)
    office.house.wait_until(
        lambda: [m for m in office.house.sink.messages if "turn it off" in text_of(m.message)], "the answer"
    )
