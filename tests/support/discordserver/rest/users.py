"""https://discord.com/developers/docs/resources/user."""

from tests.support.discordserver import errors, shapes
from tests.support.discordserver.refused import Json, invalid
from tests.support.discordserver.rest.registry import Request, route, snowflake


@route("GET /users/@me")
def me(request: Request) -> Json:
    return shapes.own_user_of(request.state.app.bot)


@route("GET /users/@me/guilds")
def my_guilds(request: Request) -> list[Json]:
    bot = request.state.app.bot.id
    return [
        {"id": str(each.id), "name": each.name, "icon": None, "owner": False, "permissions": "0", "features": []}
        for each in request.state.guilds.values()
        if bot in each.members
    ]


@route("POST /users/@me/channels")
def open_direct_channel(request: Request) -> Json:
    """Opening never fails for who accepts no messages; sending does."""
    if "recipient_id" not in request.fields:
        raise invalid(["recipient_id"], "BASE_TYPE_REQUIRED", "This field is required")
    user = request.state.user(snowflake(request.fields["recipient_id"], ["recipient_id"]))
    if user.is_bot:
        raise errors.cannot_message_user()
    return shapes.channel_of(request.state.direct_with(user))


@route("GET /users/@me/channels")
def my_direct_channels(_request: Request) -> list[Json]:
    """Bots are not told: https://discord.com/developers/docs/resources/user#get-user-dms."""
    return []


@route("GET /users/{user}")
def get_user(request: Request) -> Json:
    return shapes.user_of(request.state.user(request.id("user")))
