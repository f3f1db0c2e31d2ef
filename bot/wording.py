"""The words of each language for what the program has names for."""

from gettext import NullTranslations


def status_names(catalogue: NullTranslations) -> dict[str, str]:
    """The statuses of a ticket."""
    pgettext = catalogue.pgettext
    return {
        "new": pgettext("status", "new"),
        "open": pgettext("status", "open"),
        "waiting_requester": pgettext("status", "waiting for the requester"),
        "waiting_vendor": pgettext("status", "waiting for the vendor"),
        "on_hold": pgettext("status", "on hold"),
        "solved": pgettext("status", "solved"),
        "closed": pgettext("status", "closed"),
    }


def priority_names(catalogue: NullTranslations) -> dict[str, str]:
    """The priorities of a ticket."""
    pgettext = catalogue.pgettext
    return {
        "critical": pgettext("priority", "critical"),
        "high": pgettext("priority", "high"),
        "medium": pgettext("priority", "medium"),
        "low": pgettext("priority", "low"),
    }


def flag_texts(catalogue: NullTranslations) -> dict[str, str]:
    """Doubts about a message."""
    gettext = catalogue.gettext
    return {
        "unverified_address": gettext("We could not verify that it really comes from this address."),
        "failed_authentication": gettext("The sender's mail system says that it did not send this."),
        "not_on_ticket": gettext("The sender was not on this ticket before."),
        "unsure_match": gettext("We are not sure that it belongs to this ticket."),
        "invalid_token": gettext("It carries a reply address of ours that is not genuine."),
    }


def reason_texts(catalogue: NullTranslations) -> dict[str, str]:
    """Reasons that the desk gives by name; any other is a sentence already."""
    gettext = catalogue.gettext
    return {
        "failed": gettext("the receiving side refused it"),
        "delayed": gettext("it is late, but the mail systems are still trying"),
    }


FLAGS = frozenset(flag_texts(NullTranslations()))
"""The doubts about a message that a notice has words for."""
