"""The console: people at a terminal talk to the desk over a unix socket, in JSON lines.

A client says who it is and is answered with who that is to the desk, and the last reply token of each of its tickets:

    → {"as": "ada@example.com"}
    ← {"welcome": "ada@example.com", "tokens": {"42": "…"}}

What it has not seen follows at once, and whatever else comes, as long as it stays. It says how far it has read:

    ← {"delivery": {"ticket": 42, "token": "…", "body": "…", …}, "end": 1234}
    → {"seen": 1234}

What it says is taken once it is durable, and not before; a key that was taken already changes nothing:

    → {"say": "My printer is broken", "ticket": null, "token": "", "key": "…", "files": []}
    ← {"taken": "…"}   or   {"refused": "the disk is full", "key": "…"}   or   {"error": "not understood: …"}

Whoever can open the socket is believed to be who they say they are: it belongs to the user that runs the desk.
"""

from channels.console.channel import ConsoleChannel
from channels.console.settings import ConsoleSettings

__all__ = ["ConsoleChannel", "ConsoleSettings"]
