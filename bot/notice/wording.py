"""The words of each language for what the program has names for, and texts that are said in the reader's language."""

from collections.abc import Mapping
from gettext import NullTranslations
from typing import Any, Final

from msgspec import Struct

from channels.base import ENCRYPTED


class Text(Struct, frozen=True):
    """A sentence in English, said in another language only where it is read. Values may be texts themselves.

    One made by `gettext` or `pgettext` is translated; one made directly has no words of its own.
    """

    id: str
    values: Mapping[str, Any] = {}
    context: str = ""

    def said(self, catalogue: NullTranslations) -> str:
        """The sentence in the language of a catalogue, with its values put in."""
        sentence = catalogue.pgettext(self.context, self.id) if self.context else catalogue.gettext(self.id)
        values = {
            name: value.said(catalogue) if isinstance(value, Text) else value for name, value in self.values.items()
        }
        return sentence % values if values else sentence

    def __str__(self) -> str:
        return self.said(NullTranslations())


def gettext(id: str, **values: Any) -> Text:  # noqa: A002, ANN401  gettext's own word; whatever can be written
    """A sentence for the catalogues, with `%(name)s` for each value."""
    return Text(id, values)


def pgettext(context: str, id: str) -> Text:  # noqa: A002  same
    """A word for the catalogues that means several things, and what it means here."""
    return Text(id, context=context)


STATUSES: Final[Mapping[str, Text]] = {
    "new": pgettext("status", "new"),
    "open": pgettext("status", "open"),
    "waiting_requester": pgettext("status", "waiting for the requester"),
    "waiting_vendor": pgettext("status", "waiting for the vendor"),
    "on_hold": pgettext("status", "on hold"),
    "solved": pgettext("status", "solved"),
    "closed": pgettext("status", "closed"),
}
"""The statuses of a ticket."""

PRIORITIES: Final[Mapping[str, Text]] = {
    "critical": pgettext("priority", "critical"),
    "high": pgettext("priority", "high"),
    "medium": pgettext("priority", "medium"),
    "low": pgettext("priority", "low"),
}
"""The priorities of a ticket."""

LEVELS: Final[Mapping[str, Text]] = {
    "high": pgettext("level", "high"),
    "medium": pgettext("level", "medium"),
    "low": pgettext("level", "low"),
}
"""The degrees of impact and urgency."""

TARGETS: Final[Mapping[str, Text]] = {
    "first_response": pgettext("target", "first answer"),
    "next_reply": pgettext("target", "next answer"),
    "resolution": pgettext("target", "solution"),
}
"""What a service level promises."""

FLAGS: Final[Mapping[str, Text]] = {
    "unverified_address": gettext("We could not verify that it really comes from this address."),
    "failed_authentication": gettext("The sender's mail system says that it did not send this."),
    "not_on_ticket": gettext("The sender was not on this ticket before."),
    "watcher": gettext("It was written by somebody in copy, not by the requester."),
    "unsure_match": gettext("We are not sure that it belongs to this ticket."),
    "invalid_token": gettext("It carries a reply address of ours that is not genuine."),
}
"""Doubts about a message."""

REASONS: Final[Mapping[str, Text]] = {
    "failed": gettext("the receiving side refused it"),
    "delayed": gettext("it is late, but the mail systems are still trying"),
    "no_address": gettext("the desk has no address of theirs there"),
}
"""Reasons that the desk gives by name; any other is a sentence already."""

PLACEHOLDERS: Final[Mapping[str, Text]] = {
    ENCRYPTED: gettext("[This mail is encrypted. It cannot be read here and is attached as it came.]"),
}
"""What a channel says in place of a message that it cannot read, as it is kept."""
