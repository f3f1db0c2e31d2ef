"""What the app's answer to an interaction does at Slack, and when it is no good."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.support.slackserver import responding
from tests.support.slackserver.api import views
from tests.support.slackserver.blockkit import complaints as c
from tests.support.slackserver.blockkit import elements
from tests.support.slackserver.blockkit.views import check_modal
from tests.support.slackserver.delivery import Answer
from tests.support.slackserver.model import View
from tests.support.slackserver.refused import Json, Refused

if TYPE_CHECKING:
    from tests.support.slackserver.workspace import Workspace


def to_submission(workspace: "Workspace", view: View, answer: Answer) -> Answer:
    """Close, change or cover the modal. After a bad answer, or none, the user sees an error and the modal stays.

    https://docs.slack.dev/surfaces/modals#response_actions
    """
    if not answer.acknowledged:
        return answer
    with workspace.state.lock:
        try:
            _act(workspace, view, answer.payload)
        except Refused as refused:
            return replace(answer, acknowledged=False, reason=_said(refused))
    return answer


def _act(workspace: "Workspace", view: View, payload: Json) -> None:
    match payload.get("response_action"):
        case None:
            workspace.state.views.pop(view.id, None)
        case "clear":
            for each in views.stack_of(workspace.state, view.user):
                del workspace.state.views[each.id]
        case "errors":
            _check_errors(view, payload.get("errors"))
        case "update":
            views.change(view, check_modal(payload.get("view")))
        case "push":
            views.pushed(workspace, check_modal(payload.get("view")), view)
        case unknown:
            raise Refused("invalid_response_action", [str(unknown)])


def _check_errors(view: View, errors: object) -> None:
    if not isinstance(errors, dict) or not errors:
        raise Refused("invalid_errors")
    inputs = {each["block_id"] for each in view.given["blocks"] if each["type"] == "input"}
    for block_id in errors:
        if block_id not in inputs:
            raise Refused("invalid_errors", [f"{block_id} is no input block of the view"])


def to_command(workspace: "Workspace", path: str, answer: Answer) -> Answer:
    """An answer with words is shown, to the user alone unless it says otherwise."""
    if answer.acknowledged and answer.payload:
        with workspace.state.lock:
            try:
                responding.show(workspace.state, path, answer.payload)
            except Refused as refused:
                return replace(answer, acknowledged=False, reason=_said(refused))
    return answer


def to_suggestion(answer: Answer) -> Answer:
    """The options for an external menu; bad ones show an error in the menu."""
    if not answer.acknowledged:
        return answer
    offered = answer.payload
    found = [
        *c.items(offered.get("options"), "/options", 100, 0),
        *c.items(offered.get("option_groups"), "/option_groups", 100, 0),
    ]
    for number, each in enumerate(c.listed(offered.get("options"))):
        found += elements.option(each, f"/options/{number}")
    for number, each in enumerate(c.listed(offered.get("option_groups"))):
        found += elements.option_group(each, f"/option_groups/{number}")
    if (offered.get("options") is None) == (offered.get("option_groups") is None):
        found.append("must define either `options` or `option_groups`")
    return replace(answer, acknowledged=False, reason="; ".join(found)) if found else answer


def _said(refused: Refused) -> str:
    return ": ".join([refused.code, *refused.messages])
