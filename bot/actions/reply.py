"""`{ do = "reply", text = "Hello {{ requester.first_name }}, …" }`, `{ do = "reply", notice = "nudge" }`."""

from collections.abc import Iterator

from bot.actions.base import Action
from bot.actions.notify import Notify
from bot.cause import Cause, Raised
from bot.db.models import Person, Ticket
from bot.notice import ownwords
from bot.notice.markup import Md, as_words
from bot.notice.values import ticket_values
from bot.outgoing import outbox
from bot.persons import people
from bot.ticket import lifecycle, tickets
from bot.ticket.messages import Said
from rules.names import Names


class Reply(Action, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say the Markdown `text`, or one of its languages, or the notice `notice`, to the requester.

    In a macro the text is an answer of the agent who says it. Else it is the desk's own, as a notice always is: nobody
    gets it who gets nothing automatic, or had enough of it lately, and nothing that was sent by itself is answered.
    """

    notice: str | None = None
    text: str | dict[str, str] | None = None

    def __post_init__(self) -> None:
        """Refuse, when the book is read, what cannot be said."""
        if (self.notice is None) == (self.text is None):
            raise ValueError("a reply has either a 'notice' or a 'text'")
        if self.text is not None:
            ownwords.check(self.text)

    def wrong_names(self, names: Names) -> Iterator[tuple[str, str]]:
        """Refuse, when the book is read, a notice that does not exist or is not for requesters."""
        if self.notice is not None:
            yield from Notify(who="requester", notice=self.notice).wrong_names(names)

    def apply(self, cause: Cause, raised: Raised, ticket: Ticket) -> None:
        """Say it."""
        message = raised.facts.message
        if self.text is not None and cause.macro and cause.actor.person_id is not None:
            self._answer(cause, raised, ticket, people.person(cause.tx, cause.actor.person_id))
        elif message is not None and message.quiet:
            cause.audit("not_notified", ticket.id, notice=self.notice or outbox.OWN_WORDS)
        elif self.notice is not None:
            Notify(who="requester", notice=self.notice).apply(cause, raised, ticket)
        else:
            outbox.tell_requester(cause, ticket, outbox.OWN_WORDS, {"words": self._words(cause, ticket)})

    def _answer(self, cause: Cause, raised: Raised, ticket: Ticket, agent: Person) -> None:
        """The agent's answer, to whom they wrote: on a merged ticket that may be somebody else."""
        written_to = raised.details.get("written_to")
        to = (tickets.get(cause, int(written_to)) if written_to else None) or ticket
        words = self._words(cause, to)
        plain = as_words(words)
        lifecycle.answer(cause, ticket, agent, Said(words=plain, text=plain, markdown=words), to=to)

    def _words(self, cause: Cause, ticket: Ticket) -> Md:
        language = people.person(cause.tx, ticket.requester_id).language or ticket.language
        return ownwords.say(self.text or "", language, ticket_values(cause, ticket))
