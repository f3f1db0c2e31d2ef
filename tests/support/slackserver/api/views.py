"""Modals and Home tabs: https://docs.slack.dev/reference/methods/views.open and its siblings."""

import secrets

from tests.support.slackserver import limits
from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.blockkit.stored import stored_view
from tests.support.slackserver.blockkit.views import check_home, check_modal
from tests.support.slackserver.ids import new_id
from tests.support.slackserver.model import View
from tests.support.slackserver.refused import Json, Refused
from tests.support.slackserver.shapes import view_object
from tests.support.slackserver.state import State
from tests.support.slackserver.workspace import Workspace


@method("views.open")
def open_view(request: Request) -> Json:
    given = check_modal(view_argument(request))
    trigger_id = request.arguments.required("trigger_id")
    unique(request, given)
    trigger = request.state.triggers.redeem(trigger_id, request.workspace.id)
    view = opened(request.workspace, given, trigger.user)
    return {"view": view_object(request.workspace, view)}


@method("views.push")
def push(request: Request) -> Json:
    given = check_modal(view_argument(request))
    unique(request, given)
    trigger = request.state.triggers.redeem(request.arguments.required("trigger_id"), request.workspace.id)
    under = request.state.views.get(trigger.parent_view)
    if under is None:
        raise Refused("not_found")
    view = pushed(request.workspace, given, under)
    return {"view": view_object(request.workspace, view)}


@method("views.update")
def update(request: Request) -> Json:
    view = named(request)
    if "hash" in request.arguments and request.arguments.text("hash") != view.hash:
        raise Refused("hash_conflict")
    given = view_argument(request)
    change(view, check_home(given) if view.type == "home" else check_modal(given))
    return {"view": view_object(request.workspace, view)}


@method("views.publish")
def publish(request: Request) -> Json:
    given, user = check_home(view_argument(request)), lookup.user(request, "user_id")
    view = home_of(request.state, user.id)
    if view is None:
        view = new_view(request.workspace, given, user.id)
    elif "hash" in request.arguments and request.arguments.text("hash") != view.hash:
        raise Refused("hash_conflict")
    else:
        change(view, given)
    return {"view": view_object(request.workspace, view)}


# --------------------------------------------------------------------------- shared with interactions


def view_argument(request: Request) -> object:
    given: object = request.arguments.json("view", "invalid_arguments")
    if given is None:
        raise Refused("invalid_arguments", ["missing required field: view"])
    return given


def named(request: Request) -> View:
    arguments = request.arguments
    if "view_id" not in arguments and "external_id" not in arguments:
        raise Refused("invalid_arguments", ["missing required field: view_id"])
    for view in request.state.views.values():
        by_name = "external_id" in arguments and view.given.get("external_id") == arguments.text("external_id")
        if view.team_id == request.workspace.id and (view.id == arguments.text("view_id") or by_name):
            return view
    raise Refused("not_found")


def unique(request: Request, given: Json) -> None:
    external_id = given.get("external_id")
    if external_id and any(each.given.get("external_id") == external_id for each in request.state.views.values()):
        raise Refused("duplicate_external_id")


def home_of(state: State, user: str) -> View | None:
    return next((each for each in state.views.values() if each.user == user and each.type == "home"), None)


def stack_of(state: State, user: str) -> list[View]:
    """A user's modals, the one on top last."""
    return [each for each in state.views.values() if each.user == user and each.type == "modal"]


def opened(workspace: Workspace, given: Json, user: str) -> View:
    """A first modal: what was open before is gone."""
    for each in stack_of(workspace.state, user):
        del workspace.state.views[each.id]
    return new_view(workspace, given, user)


def pushed(workspace: Workspace, given: Json, under: View) -> View:
    stack = stack_of(workspace.state, under.user)
    if len(stack) >= limits.VIEWS_DEEP:
        raise Refused("push_limit_reached")
    view = new_view(workspace, given, under.user)
    view.root_view_id, view.previous_view_id = under.root_view_id, under.id
    return view


def new_view(workspace: Workspace, given: Json, user: str) -> View:
    view_id = new_id("V")
    view = View(
        id=view_id,
        type=given["type"],
        user=user,
        team_id=workspace.id,
        given=stored_view(given),
        hash=new_hash(workspace.state),
        root_view_id=view_id,
    )
    workspace.state.views[view.id] = view
    return view


def change(view: View, given: Json) -> None:
    """New content. What was entered stays where block and action keep their ids."""
    view.given = stored_view(given)
    view.hash = f"{view.hash.partition('.')[0]}.{secrets.token_hex(4)}"
    kept = {each["block_id"] for each in view.given["blocks"]}
    view.values = {block: values for block, values in view.values.items() if block in kept}


def new_hash(state: State) -> str:
    return f"{int(state.clock.now())}.{secrets.token_hex(4)}"
