"""The database goes away while the desk runs: mail waits at its senders, the loops wait too, and then all goes on."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot import control
from bot.config import ConfigError, load_config
from bot.db import store
from bot.wiring import open_store
from tests.scenarios.slack.conftest import an_office
from tests.scenarios.slack.looking import below, buttons, the_card, words
from tests.support import postgres
from tests.support.house import House, mail, reply, running
from tests.support.mta import answer_to
from tests.support.sink import Received

ANNA = "Anna Weber <anna@example.org>"


@pytest.fixture
def own_server(postgres_server: postgres.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[postgres.Server]:
    """A PostgreSQL server that this test may stop at once, and that keeps what it has committed."""
    monkeypatch.setattr(postgres, "OPTIONS", "-h '' -k {home}")
    home = Path(tempfile.mkdtemp(prefix="firstline-postgres-"))
    server = postgres.Server(home=home, programs=postgres_server.programs)
    server.ensure_running()
    yield server
    if server.running:
        server.stop()
    shutil.rmtree(home)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.loops.worker.UNAVAILABLE_SECONDS", 0.2)
    monkeypatch.setattr("bot.loops.delivery.UNAVAILABLE_SECONDS", 0.2)


@pytest.mark.covers("must:database-gone")
def test_the_server_is_stopped_and_started_again(own_server: postgres.Server, tmp_path: Path) -> None:
    with running(House(tmp_path, own_server.url())) as house:
        house.send(mail(Message_ID="<first@example.com>"))
        (card,) = house.mails_to("anna@example.org")
        house.settle()

        own_server.stop()
        letter = mail("eve@example.com", "My mouse is gone").as_bytes(policy=policy.SMTP)
        answer = reply(card, "Is it plugged in?", sender=ANNA)
        assert answer_to(house.smtp_port, letter) == 451
        assert (
            answer_to(house.smtp_port, answer.as_bytes(policy=policy.SMTP), sender="anna@example.org", to=to_of(answer))
            == 451
        )

        own_server.ensure_running()
        house.wait_until(lambda: answer_to(house.smtp_port, letter) == 250, "mail to be taken again")
        assert (
            answer_to(house.smtp_port, answer.as_bytes(policy=policy.SMTP), sender="anna@example.org", to=to_of(answer))
            == 250
        )
        house.mails_to("eve@example.com")
        house.mails_to("ada@example.com", 2)
        house.settle()
        assert house.ask("status")["open_tickets"] == 2
        assert once(house)


@pytest.mark.covers("must:database-gone")
def test_the_file_is_moved_away_and_back(tmp_path: Path) -> None:
    file = tmp_path / "firstline.db"
    with running(House(tmp_path, f"sqlite:///{file}")) as house:
        house.send(mail())
        house.mails_to("ada@example.com")
        house.settle()
        file.rename(tmp_path / "elsewhere")
        letter = mail("eve@example.com", "My mouse is gone").as_bytes(policy=policy.SMTP)
        assert answer_to(house.smtp_port, letter) == 451, "nothing is acknowledged that only a deleted file has"
        assert "is gone" in house.store.trouble
        with pytest.raises(store.StoreUnavailable), house.store.read(), house.store.read(), house.store.read():
            pass
        assert not file.exists(), "no empty file is made in its place"

        (tmp_path / "elsewhere").rename(file)
        assert answer_to(house.smtp_port, letter) == 250
        house.mails_to("eve@example.com")
        house.settle()
        assert once(house)
        assert control.call(house.config(), "status")["alarms"] == []


@pytest.mark.covers("must:database-gone", "must:slack-cut")
def test_what_slack_hands_over_while_the_server_is_stopped_comes_again(
    own_server: postgres.Server, tmp_path: Path
) -> None:
    with an_office(tmp_path, own_server.url()) as office:
        asked = office.ada.post(office.ada.dm, "The printer is broken")
        card = the_card(office)
        office.house.settle()

        own_server.stop()
        office.server.answer_within(1.0)
        office.ada.post(office.ada.dm, "It smells, too", thread=asked)
        office.ada.post(office.watched, "No paper left")
        office.anna.post(office.desk, "Please unplug it", thread=card)
        events = office.server.deliveries[-3:]
        pressed = office.ben.press(card, buttons(card)["Take"])
        office.server.wait_until(lambda: all(each.due is not None for each in events), timeout=30)
        assert not pressed.wait().acknowledged, "its person sees that it failed, and presses again"

        own_server.ensure_running()
        office.server.answer_within(3.0)
        office.house.wait_until(lambda: is_back(office.house), "the database")
        office.server.redeliver_now()
        office.server.wait_until(lambda: all(each.acknowledged for each in events), timeout=30)
        office.house.wait_until(lambda: [one for one in below(office, card) if "It smells, too" in one], "her words")
        office.house.wait_until(lambda: office.house.ask("status")["open_tickets"] == 2, "the second ticket")
        office.house.settle()
        office.house.clock.forward(timedelta(seconds=11))
        replies = office.ada.dm.replies
        office.house.wait_until(lambda: [one for one in replies(asked.ts) if "unplug" in words(one)], "the answer")
        office.house.settle()
        said = [words(one) for room in office.workspace.channels.values() for one in room.messages.values()]
        assert [len([one for one in said if text in one]) for text in ("It smells", "No paper", "unplug")] == [2, 2, 2]


def is_back(house: House) -> bool:
    """Whether the database can be written to again."""
    try:
        house.settle()
    except store.StoreUnavailable:
        return False
    return True


@pytest.mark.covers("must:database-gone")
def test_another_file_in_its_place_is_not_used_before_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "firstline.db"
    house = House(tmp_path, f"sqlite:///{file}")
    with running(house):
        house.send(mail())
        house.mails_to("ada@example.com")
        house.settle()
        old = tmp_path / "backup"
        shutil.copy(file, old)
        shutil.copy(f"{file}-wal", f"{old}-wal")
        old.replace(file)
        assert answer_to(house.smtp_port, mail("eve@example.com").as_bytes(policy=policy.SMTP)) == 451
        assert house.store.trouble.endswith("another file than at the start; restart to use it")


@pytest.mark.covers("must:database-gone")
def test_what_was_sent_meanwhile_is_recorded_and_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "firstline.db"
    house = House(tmp_path, f"sqlite:///{file}")
    keep = house.sink.keep

    def keep_and_steal(received: Received) -> None:
        """A relay at whose first mail the database is moved away, before the receipt."""
        if file.exists():
            file.rename(tmp_path / "elsewhere")
        keep(received)

    monkeypatch.setattr(house.sink, "keep", keep_and_steal)
    with running(house):
        house.send(mail())
        house.wait_until(lambda: house.sink.messages, "the first delivery")
        house.wait_until(lambda: house.store.trouble, "the trouble to be noticed")
        monkeypatch.undo()
        (tmp_path / "elsewhere").rename(file)
        house.settle()
        assert once(house)


@pytest.mark.covers("must:database-gone")
def test_what_was_sent_meanwhile_is_not_sent_again_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.serve._DRAIN_SECONDS", 0.2)
    file = tmp_path / "firstline.db"
    house = House(tmp_path, f"sqlite:///{file}")
    with monkeypatch.context() as patch, running(house):
        keep = house.sink.keep

        def keep_and_steal(received: Received) -> None:
            """A relay at whose first mail the database is moved away, before the receipt."""
            if file.exists():
                file.rename(tmp_path / "elsewhere")
            keep(received)

        patch.setattr(house.sink, "keep", keep_and_steal)
        house.send(mail())
        house.wait_until(lambda: len(house.sink.messages) == 3, "the deliveries")
        house.wait_until(lambda: house.store.trouble, "the trouble to be noticed")
        house.stop()
        patch.undo()
        (tmp_path / "elsewhere").rename(file)
        house.start()
        house.settle()
        assert once(house)
        assert len(house.sink.messages) == 3


def test_a_start_without_a_server_is_refused(own_server: postgres.Server, tmp_path: Path) -> None:
    url = own_server.url()
    own_server.stop()
    path = tmp_path / "config.toml"
    path.write_text(f'[database]\nurl = "{url}"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"database\.url: the database cannot be used: .*check the address"):
        open_store(load_config(path), upgrade=False)


def once(house: House) -> bool:
    """Whether the sink has each message once."""
    arrived = Counter((received.recipients[0], received.message_id) for received in house.sink.messages)
    return set(arrived.values()) == {1}


def to_of(message: EmailMessage) -> str:
    """The bare address in To."""
    return str(message["To"]).rpartition("<")[2].rstrip(">")
