"""Finding tickets by words: what holds them, whoever asks, and that the index follows all that is said."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Executable, create_engine, delete, event, insert, text, update

from bot import check
from bot.cause import Cause
from bot.config import Config, DatabaseSettings, DeskSettings
from bot.db import schema, trigrams
from bot.db.models import Conversation, Message, Person, Ticket, Watcher
from bot.db.store import Store
from bot.db.tx import Tx
from bot.desk import Desk
from bot.loops.indexing import IndexingLoop
from bot.ticket import finding, indexing, messages, rewording
from bot.ticket.messages import words_only
from bot.wiring import build_desk, open_store
from channels.base import Role
from tests.bot.ticket.test_messages import filled
from tests.support import databases

ADA, BEN = 1, 2
NAMES: Final = {ADA: "Ada Lovelace", BEN: "Ben Grün"}
SAID: Final = {
    1: "The printer in the basement is broken.",
    2: "Der Netzwerkdrucker in Zürich: 100% voll, siehe C:\\temp\\my_file.txt",
    3: 'He said "paper jam", NOT near(it); 50*2 - see O\'Neil^2 (col:words)',
    4: "ÄRGER MIT DEM DRUCKER, Fußboden",
    5: "ab",
    6: "myXfile, 1000 sheets, prin-ter",
    7: "日本語のメール İstanbul ΣΊΣΥΦΟΣ",
}


@dataclass(frozen=True)
class Place:
    """A desk and its database."""

    store: Store
    desk: Desk

    def run(self, unit: Callable[[Cause], Any]) -> Any:
        return self.store.run(lambda tx: unit(Cause(tx, self.desk, "test:1")))

    def do(self, statement: Executable, rows: Sequence[Mapping[str, object]] | None = None) -> None:
        """Run one statement in a transaction of its own."""
        self.store.run(lambda tx: tx.session.execute(statement, rows))

    def index(self) -> None:
        """Put all that was said into the index, as the desk does while all is quiet."""
        while self.store.embedded and self.is_due():
            self.store.run(indexing.put_in)

    def is_due(self) -> bool:
        with self.store.read() as session:
            return indexing.is_due(session)

    def find(self, words: str, *, party: int | None = None) -> list[int]:
        with self.store.read() as session:
            cause = Cause(Tx(session, self.store.clock()), self.desk, "test:2")
            return [ticket.id for ticket in finding.find(cause, words, party=party)]


def config_of(url: str, folder: Path) -> Config:
    return Config(
        desk=DeskSettings(domain="example.org", secret="a secret", data=str(folder)),
        database=DatabaseSettings(url=url),
    )


def opened(url: str, folder: Path) -> Place:
    config = config_of(url, folder)
    store = open_store(config, upgrade=False)
    return Place(store, store.run(lambda tx: build_desk(config, tx)))


def message(number: int, ticket_id: int, words: str, **row: object) -> dict[str, object]:
    values = {"kind": "message", "role": Role.REQUESTER, "words": words, "text": words, **row}
    return filled(Message, id=number, ticket_id=ticket_id, conversation_id=ticket_id, **values)


def tell(tx: Tx, said: dict[int, str], *, of: int) -> None:
    """Tickets of somebody, each with one message."""
    session, numbers = tx.session, list(said)
    session.execute(insert(Ticket), [filled(Ticket, id=one, requester_id=of, owner_id=of) for one in numbers])
    session.execute(insert(Conversation), [filled(Conversation, id=one, ticket_id=one) for one in numbers])
    session.execute(insert(Message), [message(one, one, words) for one, words in said.items()])


@pytest.fixture
def place(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Tickets of two people, of which all but the newest are found by the index."""
    monkeypatch.setattr(finding, "NEWEST", 1)
    by_index = "" if database_url.startswith("sqlite") else "&options=-cenable_seqscan%3Doff"
    place = opened(database_url + by_index, tmp_path)

    def fill(tx: Tx) -> None:
        tx.session.execute(insert(Person), [filled(Person, id=one, name=name) for one, name in NAMES.items()])
        tell(tx, {number: words for number, words in SAID.items() if number != 4}, of=ADA)
        tell(tx, {4: SAID[4], 99: "The newest ticket."}, of=BEN)

    place.store.run(fill)
    place.index()
    yield place
    place.store.close()


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("basement", [1]),
        ("BASEMENT printer", [1]),
        ("basement Netzwerkdrucker", []),
        ("drucker", [4, 2]),
        ("zürich", [2]),
        ("ZÜRICH", [2]),
        ("ärger", [4]),
        ("fußboden", [4]),
        ("grün", [99, 4]),
        ("grün drucker", [4]),
        ("lovelace paper", [3]),
        ("100%", [2]),
        ("y_f", [2]),
        ("p\\m", [2]),
        ('"paper', [3]),
        ('jam",', [3]),
        ("NOT near(it)", [3]),
        ("50*2", [3]),
        ("pap*", []),
        ("col:words", [3]),
        ("O'Neil^2", [3]),
        ("-ter", [6]),
        ("ab", [5]),
        ("%", [2]),
        ("_", [2]),
        ("日本語", [7]),
        ("メール", [7]),
        ("ール", [7]),
        ("İstanbul", [7]),
        ("newest", [99]),
        ("the\0newest", [99]),
        ("nowhere", []),
        ("x" * 60_000, []),
    ],
)
def test_words_are_found_as_they_are_written(place: Place, words: str, numbers: list[int]) -> None:
    assert place.find(words) == numbers


def test_only_fifty_are_found_the_newest_of_them(place: Place) -> None:
    place.store.run(lambda tx: tell(tx, dict.fromkeys(range(200, 300), "All say this."), of=ADA))
    assert place.find("all say") == list(range(299, 249, -1))


def test_what_the_desk_said_by_itself_is_not_looked_at(place: Place) -> None:
    notice = message(100, 1, "Thank you, we received it.", kind="notice")
    place.do(insert(Message), [notice])
    assert place.find("received") == []


def test_who_asked_finds_what_is_theirs_and_said_to_them(place: Place) -> None:
    more = [
        message(100, 1, "A rude note.", kind="note"),
        message(101, 1, "For agents.", role=Role.DESK),
        message(102, 1, "An answer.", text="An answer.\n> quoted rudely"),
    ]
    watcher = filled(Watcher, ticket_id=2, person_id=BEN, removed_at=None)
    place.store.run(
        lambda tx: (tx.session.execute(insert(Message), more), tx.session.execute(insert(Watcher), [watcher]))
    )
    for words in ("rude", "agents", "quoted", "answer"):
        assert place.find(words) == [1]
    assert [place.find(words, party=ADA) for words in ("rude", "agents", "quoted", "answer")] == [[], [], [], [1]]
    assert place.find("drucker", party=BEN) == [4, 2], "their own, and what they watch"
    assert place.find("drucker", party=ADA) == [2]


def test_the_end_of_a_very_long_message_is_not_looked_at(place: Place) -> None:
    long = {98: "beginning " + "word " * 20_000 + "ending"}
    place.store.run(lambda tx: tell(tx, long, of=ADA))
    assert place.find("beginning") == [98]
    assert place.find("ending") == []


def test_what_is_reworded_is_found_as_it_reads_now(place: Place) -> None:
    def say(cause: Cause) -> int:
        ticket = cause.tx.session.get_one(Ticket, 1)
        conversation = cause.tx.session.get_one(Conversation, 1)
        what = words_only("My password is xylophone")
        return messages.record(cause, ticket, conversation, what, author=ADA)

    def edit(cause: Cause) -> None:
        said = cause.tx.session.get_one(Message, message_id)
        rewording.edit(cause, said, cause.tx.session.get_one(Ticket, 1), "My password is trombone")

    def rename(cause: Cause) -> None:
        cause.tx.session.get_one(Ticket, 1).subject = "Another matter"

    message_id = place.run(say)
    assert place.find("xylophone") == [1], "though it is not in the index yet"
    place.index()
    assert place.find("xylophone") == [1]
    place.run(edit)
    assert (place.find("xylophone"), place.find("trombone")) == ([], [1])
    place.run(lambda cause: rewording.blank(cause, {"message": message_id}))
    place.run(rename)
    assert [place.find(word) for word in ("trombone", "password")] == [[], []]
    assert [place.find(word) for word in ("deleted", "matter", "basement")] == [[1], [1], [1]]


def indexed(place: Place, pieces: str) -> list[int]:
    """The tickets for which SQLite's index has these three letters."""
    with place.store.read() as session:
        asked = text("SELECT DISTINCT rowid / 64 FROM ticket_words(:pieces)")
        return sorted(session.scalars(asked, {"pieces": f'"{pieces}"'}))


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """An empty desk on SQLite, all but the newest ticket of which is found by the index."""
    monkeypatch.setattr(finding, "NEWEST", 1)
    place = opened(databases.embedded(tmp_path), tmp_path)
    place.do(insert(Person), [filled(Person, id=ADA)])
    yield place
    place.store.close()


def test_nothing_of_what_is_taken_away_stays_in_the_index(embedded: Place) -> None:
    """What other messages of the ticket say too stays, and so does what moves to another ticket."""
    embedded.store.run(lambda tx: tell(tx, {1: "zebra", 2: "giraffe", 3: "camel"}, of=ADA))
    more = [message(11, 1, "zebus and llamas"), message(12, 2, "An emu", kind="note")]
    embedded.do(insert(Message), more)
    assert indexed(embedded, "zeb") == []
    embedded.index()
    assert [indexed(embedded, one) for one in ("zeb", "bra", "bus", "emu")] == [[1], [1], [1], [2]]
    embedded.do(update(Message).where(Message.id == 1).values(text="[gone]"))
    assert [indexed(embedded, one) for one in ("zeb", "bra", "bus")] == [[1], [], [1]]
    embedded.do(update(Message).where(Message.id == 11).values(ticket_id=3))
    assert [indexed(embedded, one) for one in ("zeb", "bus", "gon")] == [[3], [3], [1]]
    embedded.do(delete(Message).where(Message.ticket_id == 2))
    assert [indexed(embedded, one) for one in ("emu", "gir", "mel")] == [[], [], [3]]


def test_messages_that_share_a_row_of_the_index_leave_it_one_by_one(embedded: Place) -> None:
    """Every 63rd message does; also after parts of the index were merged nothing comes back."""
    embedded.store.run(lambda tx: tell(tx, {1: "zebra", 2: "giraffe"}, of=ADA))
    for number in range(3, 63 * 4, 3):
        more = message(number, 1, "zebra and horse" if number % 63 == 0 else "horse")
        embedded.do(insert(Message), [more])
    embedded.index()
    for number in (1, 63, 126, 189):
        assert indexed(embedded, "zeb") != []
        embedded.do(update(Message).where(Message.id == number).values(text="[gone]"))
    assert indexed(embedded, "zeb") == []
    embedded.do(text("INSERT INTO ticket_words(ticket_words) VALUES('optimize')"))
    assert (indexed(embedded, "zeb"), set(indexed(embedded, "ors"))) == ([], {1})


LETTERS: Final = st.text(st.sampled_from("abcäÄ \n%\"'"), max_size=12)
KINDS: Final = st.sampled_from(("say", "edit", "remove", "index"))
STEPS: Final = st.lists(st.tuples(KINDS, st.integers(0, 3), LETTERS), max_size=12)


@given(
    steps=STEPS, words=st.lists(st.text(st.sampled_from("abcäÄ%\"'"), min_size=1, max_size=4), min_size=1, max_size=2)
)
def test_the_index_names_every_ticket_that_holds_the_words(
    embedded_once: Place, steps: Sequence[tuple[str, int, str]], words: list[str]
) -> None:
    """Whatever is said, reworded and removed, found is what reading all texts would find."""
    texts: dict[int, tuple[int, str]] = {}

    def unit(tx: Tx) -> None:
        tx.session.execute(delete(Message))
        texts.clear()
        for number, (what, chosen, said) in enumerate(steps, 1):
            if what == "index":
                indexing.put_in(tx)
            elif what == "say":
                tx.session.execute(insert(Message), [message(number * 21, chosen + 1, said)])
                texts[number * 21] = (chosen + 1, said)
            elif texts:
                _change(tx, texts, list(texts)[chosen % len(texts)], said if what == "edit" else None)

    embedded_once.store.run(unit)
    held = [{ticket for ticket, said in texts.values() if word.lower() in said.lower()} for word in words]
    assert embedded_once.find(" ".join(words)) == sorted(set.intersection(*held), reverse=True)


def _change(tx: Tx, texts: dict[int, tuple[int, str]], number: int, said: str | None) -> None:
    """A message says something else, or is removed."""
    if said is None:
        tx.session.execute(delete(Message).where(Message.id == number))
        del texts[number]
    else:
        tx.session.execute(update(Message).where(Message.id == number).values(text=said))
        texts[number] = (texts[number][0], said)


@pytest.fixture(scope="module")
def embedded_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Four tickets and a newer one, on SQLite, that the examples of one test say things on."""
    folder = tmp_path_factory.mktemp("finding")
    place = opened(databases.embedded(folder), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "NEWEST", 1)
        place.do(insert(Person), [filled(Person, id=ADA)])
        place.store.run(lambda tx: tell(tx, dict.fromkeys(range(1, 6), ""), of=ADA))
        yield place
        place.store.close()


def test_a_copy_of_the_database_has_the_index_and_what_is_due(embedded: Place, tmp_path: Path) -> None:
    embedded.store.run(lambda tx: tell(tx, {1: "zebra", 2: "giraffe", 3: "The newest."}, of=ADA))
    embedded.index()
    embedded.do(insert(Message), [message(11, 2, "zebus")])
    copied = opened(f"sqlite:///{schema.backup(Path(embedded.store.url.database or ''), 'copy')}", tmp_path)
    assert (copied.find("zeb"), indexed(copied, "zeb")) == ([2, 1], [1])
    copied.index()
    assert indexed(copied, "zeb") == [1, 2]
    copied.do(text("INSERT INTO ticket_words(ticket_words) VALUES('integrity-check')"))
    copied.store.close()


async def test_the_desk_puts_what_is_said_into_the_index_by_itself(embedded: Place) -> None:
    embedded.store.run(lambda tx: tell(tx, dict.fromkeys(range(1, 4 * indexing.AT_ONCE), "zebra"), of=ADA))
    loop = asyncio.create_task(IndexingLoop(embedded.store).run())
    async with asyncio.timeout(60):
        while await asyncio.to_thread(embedded.is_due):  # noqa: ASYNC110 - it wakes nobody
            await asyncio.sleep(0.01)
    loop.cancel()
    await asyncio.wait([loop])
    assert len(indexed(embedded, "zeb")) == 4 * indexing.AT_ONCE - 1


def database_of(url: str, folder: Path) -> tuple[str, str]:
    """What `firstline check` says of a database."""
    (found,) = [one for one in check.offline(config_of(url, folder)) if one.name == "database"]
    return found.state, found.said


def plans(place: Place, words: str) -> str:
    """How the server would find the words, if it did not think that the messages of few tickets are faster read."""
    asked: list[tuple[str, Any]] = []
    engine = place.store.engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, parameters: Any, _context: object, _many: object) -> None:
        asked.append((statement, parameters))

    place.find(words)
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        for other in ("SET LOCAL enable_seqscan = off", "DROP INDEX ix_message_ticket_id"):
            connection.execute(text(other))
        found = [connection.exec_driver_sql(f"EXPLAIN {what}", values).scalars().all() for what, values in asked]
        connection.rollback()
    return "\n".join(line for lines in found for line in lines)


@pytest.mark.postgres
def test_a_filled_database_of_a_server_gets_its_index_when_the_extension_is_there(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it everything is found as well, only not as fast; an upgrade makes what is missing."""
    monkeypatch.setattr(finding, "NEWEST", 1)
    engine = create_engine(postgres_database)
    with engine.begin() as connection:
        connection.execute(text("DROP EXTENSION pg_trgm CASCADE"))
    place = opened(postgres_database, tmp_path)
    place.do(insert(Person), [filled(Person, id=ADA)])
    place.store.run(lambda tx: tell(tx, SAID | {99: "The newest."}, of=ADA))
    state, said = database_of(postgres_database, tmp_path)
    assert (state, trigrams.MISSING in said) == ("note", True)
    assert place.find("drucker") == [4, 2]
    assert schema.upgrade(engine)
    assert not schema.upgrade(engine)
    assert database_of(postgres_database, tmp_path)[0] == "good"
    assert place.find("drucker") == [4, 2]
    assert "ix_message_pieces" in plans(place, "drucker")
    place.store.close()
    engine.dispose()


@pytest.mark.postgres
def test_who_may_not_install_the_extension_goes_without(postgres_database: str) -> None:
    role = f"limited_{uuid4().hex}"
    engine = create_engine(postgres_database)
    with engine.begin() as connection:
        connection.execute(text("DROP EXTENSION pg_trgm CASCADE"))
        connection.execute(text(f"CREATE ROLE {role}"))
    limited = create_engine(f"{postgres_database}&options=-crole%3D{role}")
    assert not trigrams.make(limited)
    limited.dispose()
    with engine.begin() as connection:
        connection.execute(text(f"DROP ROLE {role}"))
    engine.dispose()
