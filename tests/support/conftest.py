"""The Slack server's fixtures, for the tests of the server itself."""

from tests.support.slackserver.fixture import slack, workspace

__all__ = ["slack", "workspace"]
