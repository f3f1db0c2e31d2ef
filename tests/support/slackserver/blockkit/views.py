"""Modals and Home tabs: https://docs.slack.dev/reference/views."""

from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import DividerBlock
from slack_sdk.models.views import View

from tests.support.slackserver import limits
from tests.support.slackserver.blockkit import blocks
from tests.support.slackserver.blockkit import complaints as c
from tests.support.slackserver.blockkit.complaints import Complaints
from tests.support.slackserver.refused import Json, Refused

_SHARED = ("private_metadata", "callback_id", "external_id")
_MODAL = (*_SHARED, "close", "submit", "clear_on_close", "notify_on_close", "submit_disabled")


def check_modal(view: Any) -> Json:
    """The view, unless Slack would refuse it as a modal."""
    shape = _checked(view, "modal")
    wants_submit = any(each["type"] == "input" for each in shape["blocks"])
    if wants_submit and shape.get("submit") is None:
        raise Refused("invalid_arguments", [c.at("`submit` is required with an input block", "/view/submit")])
    return shape


def check_home(view: Any) -> Json:
    """The view, unless Slack would refuse it as a Home tab."""
    return _checked(view, "home")


def _checked(view: Any, surface: blocks.Surface) -> Json:
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", [c.at("must provide an object", "/view")])
    if view.get("type") != surface:
        raise Refused("invalid_arguments", [c.at(f"must be of type {surface}", "/view/type")])
    if blocks.size(view) > limits.VIEW_BYTES:
        raise Refused("view_too_large")
    found = [*_complaints(view, surface), *blocks.complaints(view.get("blocks"), surface, "/view/blocks")]
    if found or (found := list(_by_the_model(view))):
        raise Refused("invalid_arguments", found)
    return view


def _complaints(view: Json, surface: blocks.Surface) -> Complaints:
    if surface == "modal":
        yield from c.fields(view, "/view", ["title", "blocks"], _MODAL)
    else:
        yield from c.fields(view, "/view", ["blocks"], _SHARED)
    for name in ("title", "submit", "close"):
        yield from c.text(view.get(name), f"/view/{name}", 24)
    yield from c.string(view.get("private_metadata"), "/view/private_metadata", 3000)
    yield from c.string(view.get("callback_id"), "/view/callback_id", 255)
    yield from c.string(view.get("external_id"), "/view/external_id", 255)


def _by_the_model(view: Json) -> Complaints:
    """What slack-sdk knows besides; blocks were checked already."""
    known = {name: value for name, value in view.items() if name not in {"blocks", "submit_disabled"}}
    try:
        View(**known, blocks=[DividerBlock()]).to_dict()
    except SlackObjectFormationError as error:
        yield c.at(str(error), "/view")
