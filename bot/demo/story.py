"""The story: what is played, and what must come of it."""

import time
from email.message import EmailMessage
from typing import Any

from bot.demo import mails
from bot.demo.show import Show
from bot.demo.stage import DESK, Failed, Stage

ADA = "Ada Lindner <ada@example.com>"
BEN = "Ben Okafor <ben@example.net>"
CLEO = "Cleo Martin <cleo@example.com>"
ADA_S, BEN_S, CLEO_S, ANNA_S = "ada@example.com", "ben@example.net", "cleo@example.com", "anna@example.org"


def play() -> None:
    """Play it. Raises Failed where the desk does not do what it should."""
    begun = time.monotonic()
    show = Show()
    with Stage() as stage:
        show.begin(
            "A day at the help desk",
            [
                f"The desk takes mail at {stage.address}; what it keeps is in a folder that goes when the story ends.",
                "Ada, Ben and Cleo ask; Anna answers, from an ordinary mail program.",
            ],
        )
        Story(stage, show).play()
    show.end(f"All of it went as it should, in {time.monotonic() - begun:.1f} seconds.")


class Story:
    """The parts in their order; each hands on the mails that the next one answers."""

    def __init__(self, stage: Stage, show: Show) -> None:
        self._stage = stage
        self._show = show

    def play(self) -> None:
        """All of it. Raises Failed."""
        request, notice = self._printer_fault()
        self._answer(request, notice)
        solved = self._solve(request, notice)
        self._thanks(solved)
        self._bounce()
        self._absence()
        self._look_back()

    def _printer_fault(self) -> tuple[EmailMessage, EmailMessage]:
        self._show.step(1, "A printer fault comes by mail, in German, with a picture")
        request = mails.request(ADA, DESK, "Drucker im 2. Stock druckt nicht", _FAULT)
        request.add_attachment(mails.picture(), maintype="image", subtype="png", filename="anzeige.png")
        self._receive(request)
        acknowledgement, notice = self._sent(ADA_S, ANNA_S)
        self._state(1, status="new", assignee=None)
        self._check(acknowledgement["Content-Language"] == "de", "Ada reads in her language that it arrived")
        self._check("#1" in mails.text_of(acknowledgement), "… and its number")
        self._threaded(acknowledgement, request)
        self._check("anzeige.png" in mails.text_of(notice), "Anna sees the request, and that a picture came with it")
        return request, notice

    def _answer(self, request: EmailMessage, notice: EmailMessage) -> None:
        self._show.step(2, "Anna answers the notice, as any mail")
        self._receive(
            mails.reply(notice, "Hallo Frau Lindner,\n\nist Papier im unteren Fach? Ich komme gleich vorbei.")
        )
        (answer,) = self._sent(ADA_S)
        self._state(1, status="open", assignee="Anna Weber")
        self._threaded(answer, request)
        said = mails.text_of(answer)
        self._check("unteren Fach" in said and "Whoever answers" not in said, "Ada gets Anna's words and nothing else")
        self._check("Anna Weber" in answer["From"] and not answer["Auto-Submitted"], "… from Anna, by name")

    def _solve(self, request: EmailMessage, notice: EmailMessage) -> EmailMessage:
        self._show.step(3, "Anna solves it with a line in a mail")
        self._receive(mails.reply(notice, "#solve\nDer Papiereinzug war verstellt. Jetzt druckt er wieder."))
        solved, _ = self._sent(ADA_S, ANNA_S)
        self._state(1, status="solved", assignee="Anna Weber")
        self._threaded(solved, request)
        self._check("#solve" not in mails.text_of(solved), "Ada reads how it was solved, not the command")
        return solved

    def _thanks(self, solved: EmailMessage) -> None:
        self._show.step(4, "Ada says thanks")
        self._receive(mails.reply(solved, "Danke, läuft wieder!"))
        self._sent(ANNA_S)
        self._state(1, status="solved", assignee="Anna Weber")
        self._show.good("thanks do not open it again")

    def _bounce(self) -> None:
        self._show.step(5, "An answer that does not arrive")
        self._receive(mails.request(BEN, DESK, "VPN keeps asking for my password", "Since this morning, every hour."))
        _, notice = self._sent(BEN_S, ANNA_S)
        self._receive(mails.reply(notice, "Please sign out once and in again."))
        (answer,) = self._sent(BEN_S)
        words = "550 5.1.1 <ben@example.net>: Recipient address rejected: User unknown"
        self._receive(mails.bounce(answer, words, "5.1.1"), envelope_sender="")
        (warning,) = self._sent(ANNA_S)
        self._state(2, status="open", assignee="Anna Weber")
        self._check(BEN_S in mails.text_of(warning), "Anna hears that Ben did not get it")
        self._show.good("nobody writes to the mail server that reported it")

    def _absence(self) -> None:
        self._show.step(6, "An out-of-office answer")
        self._receive(mails.request(CLEO, DESK, "Second monitor, please", "My desk has room for another one."))
        acknowledgement, _ = self._sent(CLEO_S, ANNA_S)
        self._receive(mails.absence(acknowledgement, "I am out of the office until Monday and read no mail."))
        self._sent()
        self._state(3, status="new", assignee=None)
        self._show.good("two machines do not talk to each other")

    def _look_back(self) -> None:
        self._show.step(7, "What is on record: firstline ticket show 1")
        self._show.history(self._stage.ticket(1))
        self._show.step(8, "All mails that were sent")
        self._show.all_sent(self._stage.sent)
        self._show.step(9, "And what was not")
        sent = self._stage.sent
        for_others = [mails.text_of(mail) for mail in sent if ANNA_S not in mail["To"]]
        to_cleo = [mail for mail in sent if CLEO_S in mail["To"]]
        self._not_sent(not any("daemon" in mail["To"] for mail in sent), "an answer to the report of the mail server")
        self._not_sent(len(to_cleo) == 1, "an answer to the out-of-office answer, or a notice of it to Anna")
        self._not_sent(not any("##-" in text for text in for_others), "anything of Anna's notices to anybody else")

    def _receive(self, mail: EmailMessage, *, envelope_sender: str | None = None) -> None:
        self._show.received(mail, self._stage.receive(mail, envelope_sender=envelope_sender))

    def _sent(self, *recipients: str) -> list[EmailMessage]:
        sent = self._stage.expect(*recipients)
        self._show.sent(sent)
        return sent

    def _state(self, number: int, **expected: Any) -> None:  # noqa: ANN401  JSON
        ticket = self._stage.ticket(number)
        self._show.ticket(ticket)
        found = {name: ticket["data"][name] for name in expected}
        if found != expected:
            raise Failed(f"#{number} should be {expected} and is {found}")

    def _threaded(self, mail: EmailMessage, request: EmailMessage) -> None:
        together = request["Message-ID"] in (mail["References"] or "").split()
        self._check(together, "a mail program shows it in the same thread")

    def _check(self, good: bool, words: str) -> None:  # noqa: FBT001  the expectation itself
        if not good:
            raise Failed(f"this is not so: {words}")
        self._show.good(words)

    def _not_sent(self, good: bool, words: str) -> None:  # noqa: FBT001  the expectation itself
        if not good:
            raise Failed(f"this was sent: {words}")
        self._show.absent(words)


_FAULT = """\
Guten Tag,

der Drucker im zweiten Stock druckt seit heute Morgen nicht mehr.
Ein Bild von der Meldung auf der Anzeige hängt an.

Mit freundlichen Grüßen
Ada Lindner
"""
