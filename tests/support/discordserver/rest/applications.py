"""https://discord.com/developers/docs/resources/application, and where the gateway is."""

from tests.support.discordserver import shapes
from tests.support.discordserver.refused import Json
from tests.support.discordserver.rest.registry import Request, route


@route("GET /gateway", needs_bot=False)
def gateway(request: Request) -> Json:
    return {"url": request.state.gateway.url}


@route("GET /gateway/bot")
def gateway_for_bots(request: Request) -> Json:
    return request.state.gateway.about()


@route("GET /applications/@me")
@route("GET /oauth2/applications/@me")
def my_application(request: Request) -> Json:
    return shapes.application_of(request.state)
