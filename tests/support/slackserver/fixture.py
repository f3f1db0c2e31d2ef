"""Fixtures for pytest: import them into a conftest or a test file.

from tests.support.slackserver.fixture import slack, workspace  # noqa: F401
"""

from collections.abc import Iterator

import pytest

from tests.support.slackserver.server import SlackServer
from tests.support.slackserver.workspace import Workspace


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """A Slack server of this test's own."""
    with SlackServer() as server:
        yield server


@pytest.fixture
def workspace(slack: SlackServer) -> Workspace:
    """A workspace in it, with the app installed and all the scopes that the product asks for."""
    return slack.workspace("Acme")
