"""Discord's refusals by name.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes
"""

from tests.support.discordserver.refused import Refused


def unauthorized() -> Refused:
    return Refused(401, 0, "401: Unauthorized")


def no_such_route() -> Refused:
    return Refused(404, 0, "404: Not Found")


def unknown_application() -> Refused:
    return Refused(404, 10002, "Unknown Application")


def unknown_channel() -> Refused:
    return Refused(404, 10003, "Unknown Channel")


def unknown_guild() -> Refused:
    return Refused(404, 10004, "Unknown Guild")


def unknown_member() -> Refused:
    return Refused(404, 10007, "Unknown Member")


def unknown_message() -> Refused:
    return Refused(404, 10008, "Unknown Message")


def unknown_user() -> Refused:
    return Refused(404, 10013, "Unknown User")


def unknown_emoji() -> Refused:
    return Refused(400, 10014, "Unknown Emoji")


def unknown_webhook() -> Refused:
    return Refused(404, 10015, "Unknown Webhook")


def unknown_sticker() -> Refused:
    return Refused(404, 10060, "Unknown Sticker")


def unknown_interaction() -> Refused:
    return Refused(404, 10062, "Unknown interaction")


def unknown_tag() -> Refused:
    return Refused(404, 10087, "Unknown tag")


def unknown_command() -> Refused:
    return Refused(404, 10063, "Unknown application command")


def too_many_reactions() -> Refused:
    return Refused(400, 30010, "Maximum number of reactions reached (20)")


def too_large() -> Refused:
    return Refused(413, 40005, "Request entity too large")


def already_acknowledged() -> Refused:
    return Refused(400, 40060, "Interaction has already been acknowledged.")


def tag_is_required() -> Refused:
    return Refused(400, 40067, "A tag is required to create a forum post in this channel")


def missing_access() -> Refused:
    return Refused(403, 50001, "Missing Access")


def not_on_a_direct_channel() -> Refused:
    return Refused(403, 50003, "Cannot execute action on a DM channel")


def not_your_message() -> Refused:
    return Refused(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> Refused:
    return Refused(400, 50006, "Cannot send an empty message")


def cannot_message_user() -> Refused:
    return Refused(403, 50007, "Cannot send messages to this user")


def not_a_text_channel() -> Refused:
    return Refused(400, 50008, "Cannot send messages in a non-text channel")


def missing_permissions() -> Refused:
    return Refused(403, 50013, "Missing Permissions")


def not_on_system_messages() -> Refused:
    return Refused(403, 50021, "Cannot execute action on a system message")


def not_on_this_kind_of_channel() -> Refused:
    return Refused(403, 50024, "Cannot execute action on this channel type")


def invalid_webhook_token() -> Refused:
    return Refused(401, 50027, "Invalid Webhook Token")


def too_old_to_delete_in_bulk() -> Refused:
    return Refused(400, 50034, "You can only bulk delete messages that are under 14 days old.")


def thread_is_archived() -> Refused:
    return Refused(400, 50083, "Thread is archived")


def invalid_json() -> Refused:
    return Refused(400, 50109, "The request body contains invalid JSON.")


def no_guild_in_common() -> Refused:
    return Refused(403, 50278, "Cannot send messages to this user due to having no mutual guilds")


def cannot_reply_without_history() -> Refused:
    return Refused(403, 160002, "Cannot reply without permission to read message history")


def thread_exists_already() -> Refused:
    return Refused(400, 160004, "A thread has already been created for this message")


def thread_is_locked() -> Refused:
    return Refused(403, 160005, "Thread is locked")


def too_many_active_threads() -> Refused:
    return Refused(400, 160006, "Maximum number of active threads reached")
