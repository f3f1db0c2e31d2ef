"""A mailbox whose mail is brought in: a thread that talks IMAP and hands each message to the event loop.

A message is put away only after `take` returned, so that it is in the database or still in the mailbox. That it may be
in both for a moment does no harm: the same bytes have the same key, whatever their UID.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Final

from msgspec import Struct

from channels.base import Check, IntakeUnavailable, IsOurs, Raw, Source, Take
from channels.email.config import MailboxSettings
from channels.email.imap import Away, Folder, Refused, Stop, Token, Unreadable
from channels.email.intake import BEGINNING, raw_mail

log = logging.getLogger(__name__)

ATTEMPTS: Final = 3
"""How often a message may fail, and a connection, before somebody is told."""
LOGINS: Final = 5
_PAGE: Final = 200
_GROUP: Final = 50
_GROUP_OCTETS: Final = 1_000_000


class Delays(Struct, frozen=True, kw_only=True):
    """How long a mailbox waits, in seconds.

    After failures in a row from `first` on, doubling up to `longest`, and so long as `refused` after LOGINS refusals;
    so long as `no_room` where the desk takes nothing in, and `others` before asking again whether another process still
    reads the mailbox; a mail that fails again and again is left alone for `skipped`.
    """

    first: float = 1.0
    longest: float = 60.0
    refused: float = 600.0
    no_room: float = 2.0
    others: float = 2.0
    skipped: float = 3600.0

    def after(self, failures: int, *, refused: bool) -> float:
        """Seconds to wait after so many failures in a row."""
        if refused and failures >= LOGINS:
            return self.refused
        return min(self.first * 2.0 ** min(failures - 1, 30), self.longest)


def look(settings: MailboxSettings, token: Token | None) -> Check:
    """Log in to a mailbox and leave again, touching nothing in it; blocks."""
    folder = Folder(settings, token)
    try:
        folder.open()
        waiting = len(folder.waiting())
    except (Away, Refused) as error:
        return Check(name="mailbox", state="bad", said=f"{settings.name}: email.mailbox.{error}")
    else:
        return Check(name="mailbox", state="good", said=f"logged in to {settings.name}: {waiting} mails wait")
    finally:
        folder.close()


class Mailbox:
    """One `[[email.mailbox]]` at work, from `start` to `stop`. `now` says when something came.

    A message that fails again and again is left alone for an hour; the others go on. Of one of more than `max_size`
    octets only the beginning is fetched: enough to tell its sender, and it is kept in the mailbox. While `is_ours` says
    no, another process reads the mailbox, and this one does not connect.
    """

    def __init__(
        self,
        settings: MailboxSettings,
        take: Take,
        *,
        max_size: int,
        now: Callable[[], datetime],
        delays: Delays,
        is_ours: IsOurs,
        token: Token | None = None,
    ) -> None:
        self.settings = settings
        self._take = take
        self._max_size = max_size
        self._now = now
        self._delays = delays
        self._is_ours = is_ours
        self._folder = Folder(settings, token)
        self._loop = asyncio.get_running_loop()
        self._stop = Stop()
        self._thread = threading.Thread(target=self._run, name=f"mailbox {settings.name}", daemon=True)
        self._brought = 0
        self._reached = False
        self._failures = 0
        self._trouble = ""
        self._stuck = ""
        self._validity = 0
        self._handed: tuple[list[int], Future[list[bool | BaseException]]] | None = None
        self._taken: set[int] = set()
        self._large: dict[int, int] = {}
        self._failed: dict[int, int] = {}
        self._skipped: dict[int, tuple[float, str]] = {}

    def start(self) -> None:
        """Begin to bring mail in."""
        self._thread.start()

    async def stop(self, within: float) -> None:
        """Let the group that is on its way finish, for so many seconds."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join, within)
        if not self._thread.is_alive():
            self._stop.close()

    def source(self) -> Source:
        """How it is."""
        return Source(
            name=f"mailbox {self.settings.name}",
            brought=self._brought,
            reached=self._reached,
            trouble=self._trouble or self._stuck,
            kept=self._kept(),
            expect_every=self.settings.expect_every,
        )

    def _kept(self) -> str:
        reasons = [why for _, why in self._skipped.copy().values()]
        more = f"; and {len(reasons) - 1} more" if len(reasons) > 1 else ""
        return f"left in the mailbox: {reasons[0]}{more}" if reasons else ""

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read_or_leave()
            except (Away, Refused) as error:
                self._fail(str(error), refused=isinstance(error, Refused))
            except Exception as error:
                log.exception("mailbox %s: unexpected error", self.settings.name)
                self._fail(f"{type(error).__name__}: {error}", refused=False)
            finally:
                self._folder.close()

    def _read_or_leave(self) -> None:
        if self._is_ours(self.settings.name):
            self._folder.open()
            self._recognise()
            self._bring_in_all()
        else:
            self._forget(set())
            self._reached, self._trouble, self._stuck = False, "", ""
            self._stop.wait(self._delays.others)

    def _fail(self, why: str, *, refused: bool) -> None:
        self._failures += 1
        log.warning("mailbox %s: email.mailbox.%s", self.settings.name, why)
        if self._failures >= ATTEMPTS:
            self._trouble = f"email.mailbox.{why}"
        self._stop.wait(self._delays.after(self._failures, refused=refused))

    def _recognise(self) -> None:
        """With another UIDVALIDITY nothing that is known by its UID is known any more."""
        if self._folder.validity != self._validity:
            self._validity = self._folder.validity
            self._taken.clear()
            self._large.clear()
            self._failed.clear()
            self._skipped.clear()

    def _bring_in_all(self) -> None:
        while not self._stop.is_set():
            try:
                more = self._look()
            except IntakeUnavailable:
                self._stop.wait(self._delays.no_room)
                continue
            self._well()
            if not more:
                self._folder.wait(self.settings.poll, self._stop)
            if not self._is_ours(self.settings.name):
                return

    def _well(self) -> None:
        self._reached, self._failures, self._trouble = True, 0, ""

    def _look(self) -> bool:
        """Take in what is there; True if there was something."""
        uids = self._folder.waiting()
        self._forget(set(uids))
        self._clear_stuck()
        self._put_away(list(self._taken))
        todo = [uid for uid in uids if not self._is_skipped(uid)]
        todo.sort(key=lambda uid: uid in self._failed)
        before = self._brought
        try:
            for group in self._all_groups(todo):
                self._bring(group)
                if self._stop.is_set():
                    break
        finally:
            taken = self._settle()
        self._put_away(taken)
        return self._brought > before or bool(self._failed)

    def _forget(self, there: set[int]) -> None:
        self._taken &= there
        for known in (self._failed, self._skipped, self._large):
            for uid in known.keys() - there:
                del known[uid]

    def _is_skipped(self, uid: int) -> bool:
        until, _ = self._skipped.get(uid, (0.0, ""))
        return uid in self._taken or time.monotonic() < until

    def _all_groups(self, uids: list[int]) -> Iterator[list[int]]:
        for page in _chunks(uids, _PAGE):
            sizes = self._folder.sizes(page)
            self._large |= {uid: size for uid, size in sizes.items() if size > self._max_size}
            yield from self._groups([uid for uid in page if uid in sizes], sizes)

    def _groups(self, uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
        """What is fetched at once: little, and alone what failed before or is too large."""
        alone = self._failed.keys() | self._large.keys()
        group: list[int] = []
        octets = 0
        for uid in uids:
            full = len(group) >= _GROUP or octets + sizes[uid] > _GROUP_OCTETS
            if group and (full or alone & {uid, group[-1]}):
                yield group
                group, octets = [], 0
            group.append(uid)
            octets += sizes[uid]
        if group:
            yield group

    def _bring(self, uids: list[int]) -> None:
        """Hand a group over. While it is made durable, the one before it is put away, and the next one fetched."""
        bodies = self._fetch(uids)
        taken = self._settle()
        self._hand_over(bodies)
        self._put_away(taken)

    def _fetch(self, uids: list[int]) -> dict[int, bytes]:
        try:
            if uids[0] in self._large:
                return self._folder.beginnings(uids, BEGINNING)
            return self._folder.bodies(uids)
        except Unreadable as error:
            self._blame(uids, str(error))
            return {}
        except Away as error:
            self._blame(uids, str(error))
            raise

    def _blame(self, uids: list[int], why: str) -> None:
        """One of these cannot be fetched: several are fetched one by one the next time."""
        for uid in uids:
            self._failed[uid] = self._failed.get(uid, 0) + (len(uids) == 1)
            if self._failed[uid] >= ATTEMPTS:
                self._skip(uid, f"UID {uid} cannot be taken in: {why}")

    def _hand_over(self, bodies: dict[int, bytes]) -> None:
        """Have them made durable, together: what is waiting at once shares a commit."""
        raws = [self._raw(uid, body) for uid, body in bodies.items()]

        async def take() -> list[bool | BaseException]:
            return await asyncio.gather(*map(self._take, raws), return_exceptions=True)

        self._handed = (list(bodies), asyncio.run_coroutine_threadsafe(take(), self._loop)) if raws else None

    def _settle(self) -> list[int]:
        """Wait for the group that is handed over; which of it is durable. Raises IntakeUnavailable to have us wait."""
        if self._handed is None:
            return []
        (uids, answers), self._handed = self._handed, None
        taken: list[int] = []
        not_now: IntakeUnavailable | None = None
        for uid, answer in zip(uids, answers.result(), strict=True):
            if isinstance(answer, IntakeUnavailable):
                not_now = answer
            elif isinstance(answer, BaseException):
                log.error("mailbox %s: UID %s could not be taken in", self.settings.name, uid, exc_info=answer)
                self._blame([uid], f"{type(answer).__name__}: {answer}")
            else:
                taken.append(uid)
        self._brought += len(taken)
        self._taken.update(taken)
        if not_now is not None:
            raise not_now
        return taken

    def _raw(self, uid: int, payload: bytes) -> Raw:
        wire: dict[str, str | int] = {"mailbox": self.settings.name}
        if uid in self._large:
            wire["size"] = self._large[uid]
        return raw_mail(payload, mail_from=None, rcpt_to=(), received_at=self._now(), **wire)

    def _put_away(self, uids: list[int]) -> None:
        """What cannot be put away is tried again at the next look, and does not keep out what comes after it."""
        if not uids:
            return
        try:
            if whole := [uid for uid in uids if uid not in self._large]:
                self._folder.finish(whole)
            if large := [uid for uid in uids if uid in self._large]:
                self._folder.keep(large)
        except Refused as error:
            log.warning("mailbox %s: email.mailbox.%s", self.settings.name, error)
            self._stuck = f"email.mailbox.{error}"
            return
        self._taken.difference_update(uids)
        self._clear_stuck()
        for uid in uids:
            self._failed.pop(uid, None)
            self._skipped.pop(uid, None)

    def _clear_stuck(self) -> None:
        if not self._taken:
            self._stuck = ""

    def _skip(self, uid: int, why: str) -> None:
        log.warning("mailbox %s: %s", self.settings.name, why)
        self._failed.pop(uid, None)
        self._skipped[uid] = (time.monotonic() + self._delays.skipped, why)


def _chunks(uids: list[int], size: int) -> Iterator[list[int]]:
    for begin in range(0, len(uids), size):
        yield uids[begin : begin + size]
