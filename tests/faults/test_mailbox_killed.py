"""A desk that is killed again and again while it reads a mailbox: every mail is a ticket, once, and is put away."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from bot.config import load_config
from bot.wiring import open_store
from tests.support.dovecot import Dovecot
from tests.support.house import mail
from tests.support.process import Process, with_mailbox
from tests.support.sink import Sink
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(150)
MAILS = 140
DEATHS = (20, 80)
"""So many mails are in the desk's inbox when it is killed."""


@pytest.mark.covers("must:crash")
def test_no_mail_of_a_mailbox_is_lost_or_taken_twice(tmp_path: Path, database_url: str, dovecot: Dovecot) -> None:
    user = f"help-{uuid4().hex[:12]}"
    dovecot.put(user, *(mail(f"ada{number}@example.com", f"Request {number}").as_bytes() for number in range(MAILS)))
    engine = create_engine(database_url)

    def count(table: str, what: str = "*") -> int:
        with engine.connect() as connection:
            return int(connection.scalar(text(f"select count({what}) from {table}")) or 0)  # noqa: S608  names of ours

    with Sink() as sink:
        process = Process(tmp_path, database_url, sink, "North", more=with_mailbox(dovecot.port, user))
        open_store(load_config(process.path), upgrade=True).close()
        for received in DEATHS:
            with process:
                until(lambda enough=received: count("inbox") >= enough, "mails to come in", seconds=40)  # type: ignore[misc]
                process.kill()
        with process:
            until(lambda: dovecot.count(user) == 0, "all to be put away", seconds=60)
            until(lambda: count("ticket") == MAILS, "a ticket for each", seconds=60)
        assert (count("inbox"), count("ticket", "distinct requester_id")) == (MAILS, MAILS)
        assert dovecot.count(user, folder="Firstline") == MAILS
    engine.dispose()
