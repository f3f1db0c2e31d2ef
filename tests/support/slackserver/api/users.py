"""People: https://docs.slack.dev/reference/methods/users.info and its siblings."""

from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.paging import page
from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.model import User
from tests.support.slackserver.refused import Json, Refused
from tests.support.slackserver.shapes import user_object


@method("users.info", "users:read")
def info(request: Request) -> Json:
    return {"user": shape(request, lookup.user(request))}


@method("users.lookupByEmail", "users:read.email")
def by_email(request: Request) -> Json:
    email = request.arguments.required("email").casefold()
    for each in request.workspace.users.values():
        if each.email.casefold() == email and not each.is_stranger and not each.deleted:
            return {"user": shape(request, each)}
    raise Refused("users_not_found")


@method("users.list", "users:read")
def everybody(request: Request) -> Json:
    shown, leads_on = page(request.arguments, list(request.workspace.users.values()), 1000)
    return {"members": [shape(request, each) for each in shown], "cache_ts": int(request.state.clock.now()), **leads_on}


def shape(request: Request, user: User) -> Json:
    with_email = "users:read.email" in request.token.scopes
    return user_object(user, with_email=with_email, with_locale=request.arguments.flag("include_locale"))
