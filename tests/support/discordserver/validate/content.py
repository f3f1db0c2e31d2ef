"""What is in a message that the app sends: https://discord.com/developers/docs/resources/message#create-message."""

from dataclasses import dataclass, field
from typing import Final

from tests.support.discordserver import errors
from tests.support.discordserver.model import COMPONENTS_V2, EPHEMERAL
from tests.support.discordserver.refused import Json, Problems
from tests.support.discordserver.rest.registry import Request, Upload
from tests.support.discordserver.validate import components, embeds, mentions
from tests.support.discordserver.validate.fields import Form, Path
from tests.support.discordserver.validate.layout import Layout

CHARACTERS: Final = 2000
FILES: Final = 10
REQUEST_BYTES: Final = 25 * 1024 * 1024
NONCE: Final = 25

SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
SENDABLE_FLAGS = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2 | EPHEMERAL | 1 << 13


@dataclass
class Draft:
    """A message as the app wants it, found right. In an edit, what is absent stays as it is."""

    given: Json
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    allowed_mentions: Json | None = None
    flags: int = 0
    nonce: str | None = None
    enforce_nonce: bool = False
    uploads: list[tuple[Json, Upload]] = field(default_factory=list)
    """What is said of a file, and the file."""
    kept_attachments: list[int] | None = None
    """Of an edit: the ids of those that stay; None is all."""

    @property
    def is_empty(self) -> bool:
        said = self.content or self.embeds or self.components or self.uploads or self.given.get("poll")
        return not said


def read(request: Request, given: Json, upload_bytes: int, path: Path = ()) -> Draft:
    """The message in a body, or at a place in it; raises Refused with everything that is wrong with it."""
    problems = Problems()
    form = Form(problems, given, path)
    draft = Draft(given, content=form.text("content", 0, CHARACTERS).strip())
    draft.flags = form.number("flags", 0, 1 << 31) or 0
    draft.embeds = embeds.check(form)
    is_layout = bool(draft.flags & COMPONENTS_V2)
    draft.components = Layout().check(form) if is_layout else components.check(form)
    draft.allowed_mentions = mentions.check(form)
    _check_flags(form, draft)
    _read_nonce(form, draft)
    _read_files(form, draft, request)
    form.words("sticker_ids", 0, 3)
    problems.check()
    if given.get("sticker_ids"):
        raise errors.unknown_sticker()
    draft.components = components.numbered(draft.components)
    if any(len(each.content) > upload_bytes for _, each in draft.uploads):
        raise errors.too_large()
    return draft


def _check_flags(form: Form, draft: Draft) -> None:
    if draft.flags & ~SENDABLE_FLAGS:
        form.add("flags", "MESSAGE_FLAGS_INVALID", "Invalid flags.")
    if draft.flags & COMPONENTS_V2 and (draft.content or draft.embeds):
        message = "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        form.add("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def _read_nonce(form: Form, draft: Draft) -> None:
    nonce = form.given.get("nonce")
    if nonce is None:
        return
    draft.nonce = str(nonce)
    draft.enforce_nonce = form.flag("enforce_nonce")
    if len(draft.nonce) > NONCE:
        form.add("nonce", "BASE_TYPE_MAX_LENGTH", f"Must be {NONCE} or fewer in length.")


def _read_files(form: Form, draft: Draft, request: Request) -> None:
    """`attachments` names the new files by their number, and the kept ones by their id."""
    said = {str(each.given.get("id")): each for each in form.forms("attachments", 0, FILES)}
    for each in said.values():
        each.text("description", 0, 1024)
        each.text("filename", 0, 1024)
    if len(request.files) > FILES:
        form.add("files", "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")
    for number, upload in request.files.items():
        draft.uploads.append((said[number].given if number in said else {}, upload))
    if "attachments" in form.given:
        draft.kept_attachments = [int(each) for each in said if each not in request.files and each.isdecimal()]
