"""Two desks that write to each other come to rest by themselves, whatever the mail servers between them do."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.config import Config
from tests.support import postgres
from tests.support.house import HELP, House, mail, running
from tests.support.story import Furnished, deliver

OTHER = "support@example.net"
_MARKS = re.compile(rb"^(?:Auto-Submitted|X-Auto-Response-Suppress|X-Firstline-Loop|Precedence):.*\r\n", re.MULTILINE)


def at_example_net(config: Config) -> Config:
    """Another company's desk."""
    email = config.channels["email"] | {"addresses": [OTHER], "authserv_ids": []}
    return replace(config, desk=replace(config.desk, domain="example.net", secret="another"), channels={"email": email})


@pytest.fixture
def desks(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Iterator[tuple[House, House]]:
    """Our desk on each of the databases, and another company's."""
    with ExitStack() as stack:
        for name in ("ours", "theirs"):
            (tmp_path / name).mkdir()
        url = f"sqlite:///{tmp_path}/theirs/firstline.db"
        if database_url.startswith("postgresql"):
            url = stack.enter_context(postgres.database(request.getfixturevalue("postgres_server")))
        ours = stack.enter_context(running(House(tmp_path / "ours", database_url)))
        theirs = stack.enter_context(running(Furnished(tmp_path / "theirs", url, change=at_example_net)))
        yield ours, theirs


def carry(ours: House, theirs: House, change: Callable[[bytes], bytes]) -> int:
    """Carry what each desk writes to the other until neither writes; how many mails that were."""
    carried = [0, 0]
    for _ in range(40):
        before = sum(carried)
        for at, (source, target, address) in enumerate([(ours, theirs, OTHER), (theirs, ours, HELP)]):
            source.settle()
            local, _, domain = address.partition("@")
            due = [
                (received, recipient)
                for received in list(source.sink.messages)
                for recipient in received.recipients
                if recipient.startswith(local) and recipient.endswith(domain)
            ]
            for received, recipient in due[carried[at] :]:
                deliver(target, change(received.content), sender=received.sender, to=recipient)
            carried[at] = len(due)
        if sum(carried) == before:
            return before
    pytest.fail(f"still writing to each other after {sum(carried)} mails")


@pytest.mark.covers("E08", "E17", "must:loops-stop")
def test_two_desks_that_keep_their_marks_stop_after_one_answer(desks: tuple[House, House]) -> None:
    ours, theirs = desks
    deliver(ours, mail(f"Their Support <{OTHER}>", "Your invoice"))
    assert carry(ours, theirs, lambda content: content) == 1


@pytest.mark.covers("E08", "E17", "must:loops-stop")
def test_two_desks_whose_marks_are_lost_on_the_way_stop_as_well(desks: tuple[House, House]) -> None:
    ours, theirs = desks
    deliver(ours, mail(f"Their Support <{OTHER}>", "Your invoice"))
    assert carry(ours, theirs, lambda content: _MARKS.sub(b"", content)) <= 20


@pytest.mark.covers("E17", "must:loops-stop")
def test_two_desks_stop_even_when_every_id_and_subject_is_rewritten(desks: tuple[House, House]) -> None:
    ours, theirs = desks
    count = 0

    def rewrite(content: bytes) -> bytes:
        nonlocal count
        count += 1
        content = _MARKS.sub(b"", content)
        content = re.sub(rb"(?m)^(?:References|In-Reply-To|Message-ID):.*\r\n(?:[ \t].*\r\n)*", b"", content)
        content = re.sub(rb"\[fl:\w+\]", b"", content)
        return re.sub(rb"(?m)^Subject:.*\r\n(?:[ \t].*\r\n)*", b"Subject: Message %d\r\n" % count, content)

    deliver(ours, mail(f"Their Support <{OTHER}>", "Your invoice"))
    assert carry(ours, theirs, rewrite) <= 30
