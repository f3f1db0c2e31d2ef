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

from channels.base import Check, IntakeUnavailable, Raw, Source, Take
from channels.email.config import MailboxSettings
from channels.email.imap import Away, Folder, Refused, Token, Unreadable
from channels.email.intake import BEGINNING, raw_mail

log = logging.getLogger(__name__)

ATTEMPTS: Final = 3
"""How often a message may fail, and a connection, before somebody is told."""
LOGINS: Final = 5
SKIPPED_SECONDS: Final = 3600.0
_PAGE: Final = 200
_GROUP: Final = 25
_GROUP_OCTETS: Final = 1_000_000
_LONGEST_DELAY: Final = 60.0
_LOGIN_DELAY: Final = 600.0
_NOT_NOW_SECONDS: Final = 2.0


def delay_after(failures: int, *, refused: bool) -> float:
    """Seconds to wait after so many failures in a row: doubling up to a minute, ten after five refusals."""
    if refused and failures >= LOGINS:
        return _LOGIN_DELAY
    return min(2.0 ** (failures - 1), _LONGEST_DELAY)


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
    octets only the beginning is fetched: enough to tell its sender, and it is kept in the mailbox.
    """

    def __init__(
        self,
        settings: MailboxSettings,
        take: Take,
        *,
        max_size: int,
        now: Callable[[], datetime],
        token: Token | None = None,
    ) -> None:
        self.settings = settings
        self._take = take
        self._max_size = max_size
        self._now = now
        self._folder = Folder(settings, token)
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mailbox {settings.name}", daemon=True)
        self._brought = 0
        self._reached = False
        self._failures = 0
        self._trouble = ""
        self._stuck = ""
        self._validity = 0
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
                self._folder.open()
                self._recognise()
                self._bring_in_all()
            except (Away, Refused) as error:
                self._fail(str(error), refused=isinstance(error, Refused))
            except Exception as error:
                log.exception("mailbox %s: unexpected error", self.settings.name)
                self._fail(f"{type(error).__name__}: {error}", refused=False)
            finally:
                self._folder.close()

    def _fail(self, why: str, *, refused: bool) -> None:
        self._failures += 1
        log.warning("mailbox %s: email.mailbox.%s", self.settings.name, why)
        if self._failures >= ATTEMPTS:
            self._trouble = f"email.mailbox.{why}"
        self._stop.wait(delay_after(self._failures, refused=refused))

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
                self._stop.wait(_NOT_NOW_SECONDS)
                continue
            self._well()
            if not more:
                self._folder.wait(self.settings.poll, self._stop)

    def _well(self) -> None:
        self._reached, self._failures, self._trouble = True, 0, ""

    def _look(self) -> bool:
        """Take in what is there; True if there was something."""
        uids = self._folder.waiting()
        self._forget(set(uids))
        if self._taken:
            self._put_away(list(self._taken))
        todo = [uid for uid in uids if not self._is_skipped(uid)]
        todo.sort(key=lambda uid: uid in self._failed)
        before = self._brought
        for page in _chunks(todo, _PAGE):
            sizes = self._folder.sizes(page)
            self._large |= {uid: size for uid, size in sizes.items() if size > self._max_size}
            for group in self._groups([uid for uid in page if uid in sizes], sizes):
                if self._stop.is_set():
                    return False
                self._bring(group)
        return self._brought > before or bool(self._failed)

    def _forget(self, there: set[int]) -> None:
        self._taken &= there
        for known in (self._failed, self._skipped, self._large):
            for uid in known.keys() - there:
                del known[uid]

    def _is_skipped(self, uid: int) -> bool:
        until, _ = self._skipped.get(uid, (0.0, ""))
        return uid in self._taken or time.monotonic() < until

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
        try:
            bodies = self._fetch(uids)
        except Unreadable as error:
            self._blame(uids, str(error))
            return
        except Away as error:
            self._blame(uids, str(error))
            raise
        taken, not_now = self._hand_over(bodies)
        if taken:
            self._brought += len(taken)
            self._taken.update(taken)
            self._put_away(taken)
        if not_now is not None:
            raise not_now

    def _fetch(self, uids: list[int]) -> dict[int, bytes]:
        if uids[0] in self._large:
            return self._folder.beginnings(uids, BEGINNING)
        return self._folder.bodies(uids)

    def _blame(self, uids: list[int], why: str) -> None:
        """One of these cannot be fetched: several are fetched one by one the next time."""
        for uid in uids:
            self._failed[uid] = self._failed.get(uid, 0) + (len(uids) == 1)
            if self._failed[uid] >= ATTEMPTS:
                self._skip(uid, f"UID {uid} cannot be taken in: {why}")

    def _hand_over(self, bodies: dict[int, bytes]) -> tuple[list[int], IntakeUnavailable | None]:
        """Have them made durable, together; which of them are, and whether to wait before the rest."""
        handed = {uid: self._submit(self._raw(uid, body)) for uid, body in bodies.items()}
        taken: list[int] = []
        not_now: IntakeUnavailable | None = None
        for uid, future in handed.items():
            try:
                future.result()
            except IntakeUnavailable as error:
                not_now = error
            except Exception as error:
                log.exception("mailbox %s: UID %s could not be taken in", self.settings.name, uid)
                self._blame([uid], f"{type(error).__name__}: {error}")
            else:
                taken.append(uid)
        return taken, not_now

    def _raw(self, uid: int, payload: bytes) -> Raw:
        wire: dict[str, str | int] = {"mailbox": self.settings.name}
        if uid in self._large:
            wire["size"] = self._large[uid]
        return raw_mail(payload, mail_from=None, rcpt_to=(), received_at=self._now(), **wire)

    def _submit(self, raw: Raw) -> Future[bool]:
        async def take() -> bool:
            return await self._take(raw)

        return asyncio.run_coroutine_threadsafe(take(), self._loop)

    def _put_away(self, uids: list[int]) -> None:
        """What cannot be put away is tried again at the next look, and does not keep out what comes after it."""
        try:
            if whole := [uid for uid in uids if uid not in self._large]:
                self._folder.finish(whole)
            if large := [uid for uid in uids if uid in self._large]:
                self._folder.keep(large)
        except Refused as error:
            log.warning("mailbox %s: email.mailbox.%s", self.settings.name, error)
            self._stuck = f"email.mailbox.{error}"
            return
        self._stuck = ""
        self._taken.difference_update(uids)
        for uid in uids:
            self._failed.pop(uid, None)
            self._skipped.pop(uid, None)

    def _skip(self, uid: int, why: str) -> None:
        log.warning("mailbox %s: %s", self.settings.name, why)
        self._failed.pop(uid, None)
        self._skipped[uid] = (time.monotonic() + SKIPPED_SECONDS, why)


def _chunks(uids: list[int], size: int) -> Iterator[list[int]]:
    for begin in range(0, len(uids), size):
        yield uids[begin : begin + size]
