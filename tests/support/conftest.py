"""The Slack server's fixtures, for the tests of the server itself."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.support import bolt
from tests.support.slackserver import Channel, Person, SlackServer, Workspace
from tests.support.slackserver.fixture import slack, workspace

__all__ = ["slack", "workspace"]


@pytest.fixture
def client(slack: SlackServer, workspace: Workspace) -> AsyncWebClient:
    return bolt.client_of(slack, workspace)


@pytest.fixture
def anna(workspace: Workspace) -> Person:
    return workspace.person("anna")


@pytest.fixture
def channel(workspace: Workspace, anna: Person) -> Channel:
    return workspace.channel("help", anna)
