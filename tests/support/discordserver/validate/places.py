"""Channels and threads: https://discord.com/developers/docs/resources/channel."""

from typing import Final

from tests.support.discordserver.refused import Json, Problems
from tests.support.discordserver.validate.fields import Form

ARCHIVE_AFTER: Final = (60, 1440, 4320, 10080)
APPLIED_TAGS: Final = 5
TAGS: Final = 20


def new_channel(given: Json) -> Json:
    problems = Problems()
    form = Form(problems, given)
    form.text("name", 1, 100, required=True)
    form.text("topic", 0, 4096 if given.get("type") == 15 else 1024)
    form.one_of("type", (0, 2, 4, 5, 13, 15), 0)
    problems.check()
    return given


def new_thread(given: Json) -> Json:
    problems = Problems()
    form = Form(problems, given)
    form.text("name", 1, 100, required=True)
    form.one_of("auto_archive_duration", ARCHIVE_AFTER)
    form.one_of("type", (10, 11, 12))
    problems.check()
    return given


def changed_thread(given: Json) -> Json:
    problems = Problems()
    form = Form(problems, given)
    if "name" in given:
        form.text("name", 1, 100, required=True)
    form.one_of("auto_archive_duration", ARCHIVE_AFTER)
    for name in ("archived", "locked", "invitable"):
        form.flag(name)
    form.words("applied_tags", 0, APPLIED_TAGS)
    problems.check()
    return given


def changed_channel(given: Json) -> Json:
    problems = Problems()
    form = Form(problems, given)
    if "name" in given:
        form.text("name", 1, 100, required=True)
    form.text("topic", 0, 1024)
    for tag in form.forms("available_tags", 0, TAGS):
        tag.text("name", 1, 20, required=True)
    problems.check()
    return given
