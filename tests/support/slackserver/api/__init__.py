"""The methods of the Web API, a file for each family."""

from tests.support.slackserver.api import (
    apps,
    chat,
    conversations,
    ephemeral,
    files,
    history,
    reactions,
    users,
    views,
)

__all__ = ["apps", "chat", "conversations", "ephemeral", "files", "history", "reactions", "users", "views"]
