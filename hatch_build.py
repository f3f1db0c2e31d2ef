"""What a build adds to the files in git: compiled gettext catalogues, and the example configuration in the wheel."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FirstlineBuild(BuildHookInterface[Any]):
    """Runs before every wheel; an editable install is one too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for catalogue in sorted(Path(self.root, "templates", "locale").glob("*/LC_MESSAGES/*.po")):
            compile_catalogue(catalogue)
        # The program runs on the example when there is no other configuration, so it travels with the code. A
        # checkout has it at the top already.
        if version == "standard":
            build_data["force_include"]["config.example.toml"] = "bot/config.example.toml"


def compile_catalogue(catalogue: Path) -> None:
    with catalogue.open("rb") as source:
        messages = read_po(source, locale=catalogue.parent.parent.name, abort_invalid=True)
    with catalogue.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, messages)
