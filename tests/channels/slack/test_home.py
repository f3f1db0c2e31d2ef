"""Through which of our workspaces something came, as the documented payloads say it."""

from typing import Any

import pytest

from channels.slack.home import at_home

OURS = {"T1", "T2"}


@pytest.mark.parametrize(
    "body",
    [
        {"team_id": "T2", "event": {}},
        {"team_id": "T9", "context_team_id": "T2", "event": {}},
        {"team_id": "T9", "authorizations": [{"team_id": "T2"}], "event": {}},
        {"team": {"id": "T9"}, "view": {"app_installed_team_id": "T2"}},
        {"team": {"id": "T1"}, "view": {"app_installed_team_id": "T2"}},
        {"team": {"id": "T2"}},
        {"team_id": "T1", "authorizations": [{"team_id": "T2"}], "event": {}},
    ],
)
def test_the_workspace_of_ours_is_found_whoever_acted(body: dict[str, Any]) -> None:
    assert at_home(body, OURS)["team_id"] == "T2"


def test_with_one_workspace_everything_came_through_it() -> None:
    assert at_home({"team": {"id": "T9"}, "type": "block_actions"}, ["T1"]) == {
        "team": {"id": "T1"},
        "team_id": "T1",
        "type": "block_actions",
    }


def test_what_came_through_none_of_several_stays_as_it_is() -> None:
    assert at_home({"team_id": "T9", "team": None}, OURS) == {"team_id": "T9", "team": None}
