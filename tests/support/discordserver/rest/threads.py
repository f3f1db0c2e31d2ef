"""https://discord.com/developers/docs/resources/channel#start-thread-from-message, and what follows there."""

from tests.support.discordserver import channels, errors, permissions, shapes, threads
from tests.support.discordserver.intents import Intent
from tests.support.discordserver.model import Channel, Kind
from tests.support.discordserver.permissions import Permission
from tests.support.discordserver.refused import Json, invalid
from tests.support.discordserver.rest import composing
from tests.support.discordserver.rest.pacing import pace
from tests.support.discordserver.rest.registry import Request, route, snowflake
from tests.support.discordserver.validate import places
from tests.support.discordserver.validate.places import APPLIED_TAGS


@route("POST /channels/{channel}/messages/{message}/threads")
def from_message(request: Request) -> Json:
    state = request.state
    channel = state.channel(request.id("channel"))
    message = state.message(channel, request.id("message"))
    if channel.kind not in {Kind.TEXT, Kind.ANNOUNCEMENT}:
        raise errors.not_on_this_kind_of_channel()
    state.require(channel, Permission.CREATE_PUBLIC_THREADS | Permission.READ_MESSAGE_HISTORY)
    given = places.new_thread(request.fields)
    if message.thread is not None or state.find_channel(message.id) is not None:
        raise errors.thread_exists_already()
    _check_room_for_one(channel)
    thread = _set(threads.new(state, channel, given["name"], Kind.PUBLIC_THREAD, message.id), given)
    threads.start_from(state, message, thread, state.app.bot)
    return shapes.thread_of(thread, member_id=state.app.bot.id)


@route("POST /channels/{channel}/threads")
def without_message(request: Request) -> Json:
    """In a forum: a post, with its first message."""
    state = request.state
    channel = state.channel(request.id("channel"))
    if channel.kind is Kind.FORUM:
        return _post(request, channel)
    if channel.kind not in {Kind.TEXT, Kind.ANNOUNCEMENT}:
        raise errors.not_on_this_kind_of_channel()
    given = places.new_thread(request.fields)
    kind = Kind(given.get("type", Kind.PRIVATE_THREAD))
    private = kind is Kind.PRIVATE_THREAD
    state.require(channel, Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS)
    _check_room_for_one(channel)
    thread = _set(threads.new(state, channel, given["name"], kind), given)
    threads.start_beside(state, thread, state.app.bot)
    return shapes.thread_of(thread, member_id=state.app.bot.id)


def _post(request: Request, forum: Channel) -> Json:
    state = request.state
    given = places.new_thread(request.fields)
    state.require(forum, Permission.SEND_MESSAGES)
    if not isinstance(given.get("message"), dict):
        raise invalid(["message"], "BASE_TYPE_REQUIRED", "This field is required")
    draft = composing.read(request, forum, given["message"], ("message",))
    if draft.is_empty:
        raise errors.empty_message()
    _check_room_for_one(forum)
    thread = _set(threads.new(state, forum, given["name"], Kind.PUBLIC_THREAD), given)
    thread.applied_tags = _tags(request, forum, given.get("applied_tags") or [])
    first = composing.compose(request, thread, draft)
    first.id = thread.id
    threads.start_post(state, thread, first)
    return shapes.thread_of(thread, member_id=state.app.bot.id) | {"message": shapes.message_of(state, first)}


def _check_room_for_one(channel: Channel) -> None:
    """https://discord.com/developers/docs/topics/threads: a guild has so many threads that are not archived."""
    assert channel.guild is not None
    active = [each for each in channel.guild.threads if each.thread is not None and not each.thread.archived]
    if len(active) >= channel.guild.active_threads:
        raise errors.too_many_active_threads()


def _set(thread: Channel, given: Json) -> Channel:
    assert thread.thread is not None
    thread.thread.auto_archive_minutes = given.get("auto_archive_duration") or 4320
    if given.get("invitable") is not None:
        thread.thread.invitable = bool(given["invitable"])
    return thread


def _tags(request: Request, forum: Channel, given: list[object]) -> list[int]:
    known = {each.id: each for each in forum.tags}
    tags = [snowflake(each, ["applied_tags", number]) for number, each in enumerate(given)]
    if len(tags) > APPLIED_TAGS:
        raise invalid(["applied_tags"], "BASE_TYPE_MAX_LENGTH", f"Must be {APPLIED_TAGS} or fewer in length.")
    if any(each not in known for each in tags):
        raise errors.unknown_tag()
    if forum.requires_tag and not tags:
        raise errors.tag_is_required()
    if any(known[each].moderated for each in tags):
        request.state.require(forum, Permission.MANAGE_THREADS)
    return tags


# ------------------------------------------------------------------------------------------------- changes


def change(request: Request, thread: Channel) -> Json:
    """PATCH of a thread; an archived one can only be brought back."""
    state = request.state
    given = places.changed_thread(request.fields)
    assert thread.thread is not None
    _check_may_change(request, thread, given)
    if thread.thread.archived and given.get("archived") is not False:
        raise errors.thread_is_archived()
    pace(state, thread, given)
    before = shapes.thread_of(thread)
    _apply(request, thread, given)
    if shapes.thread_of(thread) != before:
        channels.thread_changed(state, thread)
    return shapes.thread_of(thread, member_id=state.app.bot.id)


def _check_may_change(request: Request, thread: Channel, given: Json) -> None:
    """Who opened it may do most; locking, and opening what is locked, needs a moderator."""
    state = request.state
    allowed = permissions.in_channel(thread, state.app.bot.id)
    if Permission.MANAGE_THREADS in allowed:
        return
    assert thread.thread is not None
    unarchives = given.keys() <= {"archived"} and given.get("archived") is False
    if "locked" in given or "flags" in given or thread.thread.locked:
        raise errors.missing_permissions()
    if thread.owner_id != state.app.bot.id and not (unarchives and state.app.bot.id in thread.thread.members):
        raise errors.missing_permissions()


def _apply(request: Request, thread: Channel, given: Json) -> None:
    state = thread.thread
    assert state is not None
    threads.rename(request.state, thread, given.get("name", thread.name), request.state.app.bot)
    state.locked = given.get("locked", state.locked)
    state.invitable = given.get("invitable", state.invitable)
    if given.get("auto_archive_duration"):
        state.auto_archive_minutes, state.changed_at = given["auto_archive_duration"], request.state.clock.now()
    thread.pinned = bool(given.get("flags", thread.pinned << 1) & 1 << 1)
    parent = thread.parent_channel
    if "applied_tags" in given and parent is not None:
        thread.applied_tags = _tags(request, parent, given["applied_tags"])
    archived = given.get("archived", state.archived)
    if archived is not state.archived:
        state.archived, state.changed_at = archived, request.state.clock.now()


# ------------------------------------------------------------------------------------------------- members


@route("PUT /channels/{channel}/thread-members/@me")
def join(request: Request) -> None:
    channels.enter(request.state, _open_thread(request), request.state.app.bot)


@route("DELETE /channels/{channel}/thread-members/@me")
def leave(request: Request) -> None:
    channels.leave(request.state, _open_thread(request), request.state.app.bot)


@route("PUT /channels/{channel}/thread-members/{user}")
def add_member(request: Request) -> None:
    state = request.state
    thread = _open_thread(request)
    state.require(thread, Permission.SEND_MESSAGES_IN_THREADS)
    user = state.user(request.id("user"))
    if thread.guild is not None and user.id not in thread.guild.members:
        raise errors.unknown_member()
    parent = thread.parent_channel
    if parent is not None and Permission.VIEW_CHANNEL not in permissions.in_channel(parent, user.id):
        raise errors.missing_access()
    threads.add(state, thread, user, state.app.bot)


@route("DELETE /channels/{channel}/thread-members/{user}")
def remove_member(request: Request) -> None:
    thread = _open_thread(request)
    if thread.kind is not Kind.PRIVATE_THREAD or thread.owner_id != request.state.app.bot.id:
        request.state.require(thread, Permission.MANAGE_THREADS)
    threads.remove(request.state, thread, request.state.user(request.id("user")), request.state.app.bot)


@route("GET /channels/{channel}/thread-members")
def members(request: Request) -> list[Json]:
    """With the privileged intent for members only."""
    thread = _thread(request)
    assert thread.thread is not None
    if not request.state.app.granted & Intent.GUILD_MEMBERS:
        raise errors.missing_access()
    return [shapes.thread_member_of(thread, each) for each in thread.thread.members]


def _thread(request: Request) -> Channel:
    channel = request.state.channel(request.id("channel"))
    if channel.thread is None:
        raise errors.not_on_this_kind_of_channel()
    return channel


def _open_thread(request: Request) -> Channel:
    channel = _thread(request)
    if channel.thread is not None and channel.thread.archived:
        raise errors.thread_is_archived()
    return channel


# -------------------------------------------------------------------------------------------------- archive


@route("GET /channels/{channel}/threads/archived/public")
def archived_public(request: Request) -> Json:
    return _archived(request, {Kind.PUBLIC_THREAD, Kind.ANNOUNCEMENT_THREAD}, joined=False)


@route("GET /channels/{channel}/threads/archived/private")
def archived_private(request: Request) -> Json:
    request.state.require(request.state.channel(request.id("channel")), Permission.MANAGE_THREADS)
    return _archived(request, {Kind.PRIVATE_THREAD}, joined=False)


@route("GET /channels/{channel}/users/@me/threads/archived/private")
def archived_joined(request: Request) -> Json:
    return _archived(request, {Kind.PRIVATE_THREAD}, joined=True)


def _archived(request: Request, kinds: set[Kind], *, joined: bool) -> Json:
    """The latest first: by when they were archived, or of the joined ones, by their ids."""
    state = request.state
    channel = state.channel(request.id("channel"))
    state.require(channel, Permission.READ_MESSAGE_HISTORY)
    assert channel.guild is not None
    found = [
        (str(each.id).rjust(20, "0") if joined else shapes.moment(each.thread.changed_at), each)
        for each in channel.guild.threads
        if each.thread is not None
        and each.thread.archived
        and each.parent == channel.id
        and each.kind in kinds
        and (not joined or state.app.bot.id in each.thread.members)
    ]
    before = request.query.get("before", "~")
    if joined and before != "~":
        before = before.rjust(20, "0")
    found = sorted((each for each in found if each[0] < before), key=lambda each: each[0], reverse=True)
    limit = request.number("limit", 50, 2, 100)
    shape = shapes.threads_of([each for _, each in found[:limit]], state.app.bot.id)
    return shape | {"has_more": len(found) > limit}
