"""The app as Slack is to make it: what it may do, what it is told of, what people can call it by.

`python -m channels.slack.manifest` prints it; `manifest.json` is a copy. https://docs.slack.dev/reference/app-manifest
"""

import json
import sys
from typing import Any, Final

from channels.slack.doors import MESSAGE_SHORTCUT, SHORTCUT

SCOPES: Final = {
    "app_mentions:read": "hear that it is named",
    "channels:history": "read public channels that it is in",
    "chat:write": "speak",
    "commands": "have commands and shortcuts",
    "files:read": "copy the files that come",
    "files:write": "send files",
    "groups:history": "read private channels that it is in",
    "im:history": "read what it is told alone",
    "im:write": "begin to speak with somebody alone",
    "reactions:read": "see the emoji that opens a ticket",
    "reactions:write": "mark what is sent, kept internal, or not delivered",
    "users:read": "know names, languages and time zones",
    "users:read.email": "know people by the mail address that their workspace has confirmed",
}
"""What each scope of the bot's token is needed for. https://docs.slack.dev/reference/scopes"""

APP_SCOPE: Final = "connections:write"
"""What the app-level token needs, to open sockets."""

EVENTS: Final = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
)

_COMMANDS: Final = {
    "/ticket": ("Ask the help desk for something", "what it is about"),
    "/desk": ("Work tickets: search, mine, away, log, …", "a verb, such as: mine"),
}


def manifest() -> dict[str, Any]:
    """The app, which comes by socket; who wants HTTP gives its address in Slack's settings of the app."""
    return {
        "display_information": {
            "name": "Firstline",
            "description": "The help desk",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Firstline", "always_online": True},
            "shortcuts": [
                _shortcut("Open a ticket", "global", SHORTCUT),
                _shortcut("Open a ticket of it", "message", MESSAGE_SHORTCUT),
            ],
            "slash_commands": [
                {"command": command, "description": says, "usage_hint": hint, "should_escape": True}
                for command, (says, hint) in _COMMANDS.items()
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def _shortcut(name: str, kind: str, callback_id: str) -> dict[str, str]:
    return {"name": name, "type": kind, "callback_id": callback_id, "description": "Ask the help desk for help"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(manifest(), indent=2) + "\n")
