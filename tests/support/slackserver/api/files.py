"""Files: https://docs.slack.dev/messaging/working-with-files#uploading_files."""

import mimetypes
from typing import Any

from tests.support.slackserver import limits
from tests.support.slackserver.api import lookup
from tests.support.slackserver.api.chat import parent
from tests.support.slackserver.api.content import blocks_of
from tests.support.slackserver.api.registry import Request, method
from tests.support.slackserver.blockkit import blocks as blockkit
from tests.support.slackserver.blockkit.stored import stored
from tests.support.slackserver.ids import new_id
from tests.support.slackserver.model import File, Message
from tests.support.slackserver.refused import Json, Refused
from tests.support.slackserver.rich_text import typed
from tests.support.slackserver.shapes import full_file_object


@method("files.getUploadURLExternal", "files:write")
def upload_url(request: Request) -> Json:
    name, length = request.arguments.required("filename"), request.arguments.number("length", 0)
    if length <= 0:
        raise Refused("invalid_arguments", ["missing required field: length"])
    if length > limits.FILE_BYTES:
        raise Refused("file_upload_size_restricted")
    alternative = request.arguments.text("alt_txt")
    if len(alternative) > limits.ALTERNATIVE:
        raise Refused("alt_txt_too_large")
    file = File(
        id=new_id("F"),
        name=name,
        title=name,
        user=request.workspace.bot.id,
        team_id=request.workspace.id,
        created=int(request.state.clock.now()),
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        size=length,
        alt_txt=alternative,
    )
    request.state.files[file.id] = file
    return {"upload_url": f"{request.state.base}/upload/v1/{file.id}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write")
def complete(request: Request) -> Json:
    arguments = request.arguments
    named = arguments.json("files", "invalid_arguments")
    if not isinstance(named, list) or not named:
        raise Refused("invalid_arguments", ["missing required field: files"])
    files = [uploaded(request, each) for each in named]
    blocks = blocks_of(arguments)
    blockkit.check_message(blocks, arguments.text("initial_comment"))
    if "channel_id" in arguments:
        share(request, files, blocks)
    for each in files:
        each.complete = True
    return {"files": [full_file_object(each, request.state.base) for each in files]}


def uploaded(request: Request, named: Any) -> File:
    file = request.state.files.get(named.get("id", "") if isinstance(named, dict) else "")
    if file is None or file.team_id != request.workspace.id or file.content is None or file.complete:
        raise Refused("file_not_found")
    file.title = named.get("title") or file.name
    return file


def share(request: Request, files: list[File], blocks: list[Json] | None) -> None:
    channel = lookup.writable(request, "channel_id")
    comment = request.arguments.text("initial_comment")
    message = Message(
        ts=request.state.clock.ts(),
        user=request.workspace.bot.id,
        text=comment,
        team_id=request.workspace.id,
        blocks=stored(blocks) if blocks else typed(comment),
        thread_ts=parent(channel, request.arguments.text("thread_ts")),
        subtype="file_share",
        by_bot=True,
        files=files,
    )
    request.workspace.post(channel, message)


@method("files.info", "files:read")
def info(request: Request) -> Json:
    file = request.state.files.get(request.arguments.required("file"))
    if file is None or not file.complete:
        raise Refused("file_not_found")
    if file.deleted:
        raise Refused("file_deleted")
    return {
        "file": full_file_object(file, request.state.base) | {"channels": file.channels, "shares": file.shares},
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


@method("files.delete", "files:write")
def delete(request: Request) -> Json:
    file = request.state.files.get(request.arguments.required("file"))
    if file is None or file.deleted:
        raise Refused("file_not_found")
    if file.user != request.workspace.bot.id:
        raise Refused("cant_delete_file")
    file.deleted, file.content = True, None
    return {}
