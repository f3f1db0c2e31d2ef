"""SIGTERM while mail pours in: an orderly end, in time, and nothing lost."""

import smtplib
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.support.crashing import Zygote
from tests.support.frail import Frail
from tests.support.house import mail
from tests.support.mta import connect, hand_over, listens
from tests.support.waiting import until

LIMIT = 30.0


@pytest.mark.covers("must:crash")
def test_an_orderly_end_under_load_loses_nothing(zygote: Zygote, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/firstline.db"
    with Frail(zygote, tmp_path, url) as frail:
        accepted: list[str] = []
        senders = [threading.Thread(target=pour, args=(frail, number, accepted)) for number in range(4)]
        for sender in senders:
            sender.start()
        until(lambda: len(accepted) > 40 and len(frail.sink.messages) > 10, "work to be under way")
        began = time.monotonic()
        assert frail.stop() == 0
        assert time.monotonic() - began < LIMIT
        for sender in senders:
            sender.join()
        log = frail.log.read_text("utf-8")
        assert "Traceback" not in log, log[-4000:]
        kept = {row[0] for row in frail.query("select lane from inbox")}
        assert set(accepted) <= kept
        assert frail.query("select count(*) from delivery where state in ('sending', 'unsure')") == [(0,)]
        sent = Counter((received.recipients[0], received.message_id) for received in frail.sink.messages)
        assert set(sent.values()) == {1}
        receipts = frail.query("select recipient, external_id from delivery where state = 'sent'")
        assert set(sent) == {(recipient, message_id.strip("<>")) for recipient, message_id in receipts}


@pytest.mark.covers("must:crash")
def test_a_sender_that_hangs_up_before_the_answer_stops_nothing(zygote: Zygote, tmp_path: Path) -> None:
    """What it brought was wanted by nobody any more in the middle of a commit; the writer must not mind."""
    url = f"sqlite:///{tmp_path}/firstline.db"
    with Frail(zygote, tmp_path, url) as frail:
        until(lambda: listens(frail.port), "the service")
        for number in range(40):
            letter = mail(f"ada{number}@example.com", Message_ID=f"<{number}@example.com>").as_bytes()
            connection = connect(frail.port)
            for command in (f"MAIL FROM:<ada{number}@example.com>", "RCPT TO:<help@example.org>", "DATA"):
                connection.docmd(command)
            connection.send(letter + b"\r\n.\r\n")
            connection.close()
        with connect(frail.port) as connection:
            assert hand_over(connection, mail("eve@example.com").as_bytes(), sender="eve@example.com") == 250
        until(lambda: frail.arrived("eve@example.com"), "the desk to work")
        assert frail.stop() == 0
        assert "Traceback" not in frail.log.read_text("utf-8")


def pour(frail: Frail, number: int, accepted: list[str]) -> None:
    """Send until the desk is gone; note what got its 250."""
    until(lambda: listens(frail.port), "the service")
    with connect(frail.port) as connection:
        turn = 0
        while True:
            turn += 1
            lane = f"{number}.{turn}@example.com"
            letter = mail(f"ada{number}x{turn}@example.com", Message_ID=f"<{lane}>").as_bytes()
            try:
                code = hand_over(connection, letter, sender=f"ada{number}@example.com")
            except (smtplib.SMTPException, OSError):
                return
            if code >= 400:
                return
            accepted.append(lane)
