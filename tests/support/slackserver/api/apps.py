"""Who the caller is, and where the app's sockets are."""

from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.refused import Json, Refused


@method("auth.test")
def auth_test(request: Request) -> Json:
    workspace = request.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.bot.name,
        "team_id": workspace.id,
        "user_id": workspace.bot.id,
        "bot_id": request.installation.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", "connections:write")
def connections_open(request: Request) -> Json:
    if request.token is not request.state.app.app_token:
        raise Refused("not_allowed_token_type")
    return {"url": request.state.socket_url()}


@method("team.info", "team:read")
def team_info(request: Request) -> Json:
    workspace = request.workspace
    return {
        "team": {
            "id": workspace.id,
            "name": workspace.name,
            "url": f"https://{workspace.domain}.slack.com/",
            "domain": workspace.domain,
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


@method("bots.info", "users:read")
def bots_info(request: Request) -> Json:
    installation = request.installation
    if request.arguments.text("bot", installation.bot_id) != installation.bot_id:
        raise Refused("bot_not_found")
    return {
        "bot": {
            "id": installation.bot_id,
            "deleted": False,
            "name": request.state.app.name,
            "updated": 1700000000,
            "app_id": request.state.app.id,
            "user_id": installation.user.id,
            "icons": {"image_36": "https://avatars.slack-edge.example/36.png"},
        }
    }
