"""From a message to the desk's bot to the answer of an agent, in Slack and across to mail."""

from datetime import timedelta

from tests.scenarios.slack.conftest import Office
from tests.scenarios.slack.looking import held, said, the_card
from tests.support.house import mail, text_of


def test_a_direct_message_becomes_a_ticket_and_is_answered_in_its_thread(office: Office) -> None:
    asked = office.ada.post(office.ada.dm, "The printer on the third floor is broken")
    office.house.wait_until(lambda: said(office, office.ada.dm), "the acknowledgement")
    held(office, office.anna.post(office.desk, "Have you tried to turn it off and on?", thread=the_card(office)))
    office.house.clock.forward(timedelta(seconds=11))
    office.house.wait_until(lambda: len(said(office, office.ada.dm)) == 2, "the answer")
    answer = office.server.calls("chat.postMessage", ok=True)[-1]
    assert answer["thread_ts"] == asked.ts
    assert answer["text"] == "Anna Weber: Have you tried to turn it off and on?"


def test_a_mail_is_answered_from_slack_and_the_answer_to_it_comes_back_there(office: Office) -> None:
    office.house.send(mail())
    held(office, office.anna.post(office.desk, "Have you tried to turn it off and on?", thread=the_card(office)))
    office.house.clock.forward(timedelta(seconds=11))
    answer = office.house.wait_until(
        lambda: [m for m in office.house.sink.messages if "turn it off" in text_of(m.message)], "the answer"
    )
    assert answer
