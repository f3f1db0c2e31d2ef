"""https://discord.com/developers/docs/resources/message#allowed-mentions-object."""

from tests.support.discordserver.refused import Json
from tests.support.discordserver.validate.fields import Form

KINDS = ("roles", "users", "everyone")


def check(form: Form) -> Json | None:
    """What may ring; None is everything that the content names."""
    allowed = form.form("allowed_mentions")
    if allowed is None:
        return None
    parse = allowed.words("parse", 0, len(KINDS))
    for number, each in enumerate(parse):
        if each not in KINDS:
            path = (*allowed.path, "parse", number)
            form.problems.add(path, "BASE_TYPE_CHOICES", "Value must be one of ('users', 'roles', 'everyone').")
    for kind in ("users", "roles"):
        named = allowed.words(kind, 0, 100)
        if named and kind in parse:
            message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            form.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)
        if len({str(each) for each in named}) != len(named):
            allowed.add(kind, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    allowed.flag("replied_user")
    return allowed.given
