"""Components as a layout, with IS_COMPONENTS_V2: https://discord.com/developers/docs/components/reference."""

from typing import Final

from tests.support.discordserver.refused import Json
from tests.support.discordserver.validate import components
from tests.support.discordserver.validate.fields import Form

ROW, BUTTON, SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 1, 2, 9, 10, 11, 12, 13, 14, 17
ALL_TOGETHER: Final = 40
CHARACTERS: Final = 4000


class Layout:
    """Counts what is in it on the way through."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.number = 0
        self.characters = 0

    def check(self, form: Form) -> list[Json]:
        parts = form.forms("components", 1, ALL_TOGETHER)
        for each in parts:
            self._part(each, inside=False)
        if self.number > ALL_TOGETHER:
            message = f"The maximum number of components is {ALL_TOGETHER}"
            form.add("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message)
        if self.characters > CHARACTERS:
            message = f"The total length of displayable text must be {CHARACTERS} or fewer"
            form.add("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
        return [each.given for each in parts]

    def _part(self, part: Form, *, inside: bool) -> None:
        self.number += 1
        kind = part.given.get("type")
        if kind == ROW:
            components.row(part, self.seen)
            self.number += len(part.given.get("components") or ())
        elif kind == TEXT:
            self._text(part)
        elif kind == SECTION:
            self._section(part)
        elif kind == GALLERY:
            part.forms("items", 1, 10)
        elif kind == CONTAINER and not inside:
            for each in part.forms("components", 1, ALL_TOGETHER):
                self._part(each, inside=True)
        elif kind not in {FILE, SEPARATOR}:
            part.add("type", "BASE_TYPE_CHOICES", "Value must be one of (1, 9, 10, 12, 13, 14, 17).")

    def _text(self, part: Form) -> None:
        self.characters += len(part.text("content", 1, CHARACTERS, required=True))

    def _section(self, part: Form) -> None:
        for each in part.forms("components", 1, 3):
            self.number += 1
            self._text(each)
        accessory = part.form("accessory", required=True)
        if accessory is not None:
            self.number += 1
            if accessory.given.get("type") == BUTTON:
                components.button(accessory, self.seen)
            elif accessory.given.get("type") != THUMBNAIL:
                accessory.add("type", "BASE_TYPE_CHOICES", "Value must be one of (2, 11).")
