"""Changed books, without a restart."""

from functools import partial

from bot.config import ConfigError
from bot.db.store import Store, StoreUnavailable
from bot.desk import Desk
from bot.judging import books
from bot.loops.worker import Worker, log


class BooksLoop(Worker):
    """Looks every second whether the books' files have changed, and puts in force what they say now.

    A file is read once it has been the same for two looks, so that nobody's half-written book is tried. Where the books
    do not load, those in force stay, and an alarm says why until they load again.
    """

    name = "books"

    def __init__(self, store: Store, desk: Desk) -> None:
        super().__init__(store)
        self.desk = desk
        self._stamps: books.Stamps | None = None
        self._read: books.Stamps | None = None

    def work(self) -> bool:
        """Look once; there is never more to do at once."""
        stamps = books.stamps(self.desk.config)
        if stamps == self._stamps != self._read:
            self._read = stamps
            try:
                self._look()
            except StoreUnavailable:
                self._read = None
                raise
        self._stamps = stamps
        return False

    def _look(self) -> None:
        in_force = self.desk.latest().books
        try:
            found = books.read_again(self.desk.config, in_force)
        except ConfigError as error:
            log.warning("the books do not load, those in force stay: %s", error)
            self.store.run(partial(books.refuse, error=error))
            return
        if found.hash != in_force.hash:
            self.store.run(partial(books.keep, books=found, config=self.desk.config))
            self.desk.put_in_force(found)
            log.info("the books have changed: %s is in force", found.hash[:12])
        self.store.run(partial(books.settled, books=found))
