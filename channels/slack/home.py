"""Which of our workspaces something came through.

In a channel that is shared with another organisation (Slack Connect), what its people do bears the id of their own.
https://docs.slack.dev/apis/slack-connect
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any


def at_home(body: Mapping[str, Any], ours: Collection[str]) -> dict[str, Any]:
    """What Slack sent, as if it had happened in the workspace of ours through which it came.

    Where it names none of ours, it stays as it is, unless there is only one.
    """
    named = list(_named(body))
    alone = list(ours) if len(ours) == 1 else []
    home = next((team for team in [*named, *alone] if team in ours), None)
    if home is None:
        return dict(body)
    team = body.get("team")
    return {**body, "team_id": home} | ({"team": {**team, "id": home}} if isinstance(team, Mapping) else {})


def _named(body: Mapping[str, Any]) -> Iterator[str]:
    """The workspaces that it names, those first that are surely the one it came through."""
    view, team = body.get("view") or {}, body.get("team") or {}
    yield str(view.get("app_installed_team_id") or "")
    for one in body.get("authorizations") or ():
        yield str(one.get("team_id") or "")
    yield str(body.get("context_team_id") or "")
    yield str(team.get("id") or "") if isinstance(team, Mapping) else ""
    yield str(body.get("team_id") or "")
