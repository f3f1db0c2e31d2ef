"""The REST API, a module for each resource; importing them registers their routes."""

from tests.support.discordserver.rest import (
    applications,
    channels,
    commands,
    guilds,
    interactions,
    messages,
    reactions,
    threads,
    users,
    webhooks,
)

__all__ = [
    "applications",
    "channels",
    "commands",
    "guilds",
    "interactions",
    "messages",
    "reactions",
    "threads",
    "users",
    "webhooks",
]
