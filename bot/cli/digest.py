"""`firstline digest`: what is reported by cron, and how it will look."""

import email
import email.policy
import json as json_
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import config_of
from bot.cli.output import show_lines
from bot.config import Config, DigestSettings
from bot.errors import NotDone

if TYPE_CHECKING:
    from bot.followup.digestwork import Made

group = typer.Typer(help="Digests: how the desk did, sent by cron.", no_args_is_help=True)


@group.command()
def preview(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The digest, as the configuration calls it.")],
    out: Annotated[Path, typer.Option(help="The folder to write into.", file_okay=False)],
) -> None:
    """Write a digest into a folder as every medium would show it now; nothing is sent."""
    from bot.followup import digests
    from bot.followup.digestwork import Work, make

    config = config_of(context)
    settings = next((one for one in config.digest if one.name == name), None)
    if settings is None:
        known = ", ".join(one.name for one in config.digest) or "none is set up: add a [[digest]]"
        raise NotDone(f"there is no digest {name!r}; the configuration has: {known}")
    language = settings.language or config.desk.language
    work = Work(wanted=digests.wanted_by(settings), now=datetime.now(UTC), language=language)
    made = make(config, work)
    out.mkdir(parents=True, exist_ok=True)
    files = [*_written(out, made), *_rendered(config, settings, made, out)]
    show_lines(f"The digest {name} as it would be sent now:", [str(path) for path in files])


def _written(out: Path, made: "Made") -> list[Path]:
    """The pictures, and the tables as CSV."""
    contents = {picture.name: picture.content for picture in made.pictures} | {"figures.csv": made.table}
    for name, content in contents.items():
        (out / name).write_bytes(content)
    return [out / name for name in contents]


def _rendered(config: Config, settings: DigestSettings, made: "Made", out: Path) -> list[Path]:
    """What each medium of the configuration would send."""
    import msgspec

    from bot.followup.digests import composed
    from bot.wiring import build_channels
    from channels.base import Address, Envelope, Role

    files = []
    for medium, channel in build_channels(config).items():
        if medium not in {"email", "slack", "discord"}:
            continue
        like = msgspec.structs.replace(settings, channel=medium)
        outgoing, trouble = _asked(config, lambda cause, like=like: composed(cause, made, like, None))
        if trouble:
            typer.echo(trouble, err=True)
        to = Address(settings.to or "somebody@example.org")
        envelope = Envelope(key=f"preview of {settings.name}", to=to, role=Role.DESK, sent_at=datetime.now(UTC))
        files += _of_medium(out, medium, channel.render(outgoing, envelope))
    return files


def _asked(config: Config, what: Any) -> Any:  # noqa: ANN401  whatever it finds
    """Ask something in a transaction of which nothing stays."""
    from bot.cause import Cause
    from bot.db.tx import Tx
    from bot.judging.books import build_books
    from bot.wiring import build_reading_desk, open_store

    store = open_store(config, upgrade=False)
    try:
        desk = build_reading_desk(config, build_books(config))
        with store.read() as session:
            return what(Cause(Tx(session, store.clock()), desk, "preview"))
    finally:
        store.close()


def _of_medium(out: Path, medium: str, rendered: bytes) -> list[Path]:
    if medium != "email":
        path = out / f"{medium}.json"
        path.write_text(json_.dumps(_readable(json_.loads(rendered)), indent=2, ensure_ascii=False), encoding="utf-8")
        return [path]
    message = email.message_from_bytes(rendered, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert text is not None
    contents = {
        "mail.eml": rendered,
        "mail.html": html.get_content().replace('"cid:', '"').encode(),
        "mail.txt": text.get_content().encode(),
    }
    for name, content in contents.items():
        (out / name).write_bytes(content)
    return [out / name for name in contents]


def _readable(value: Any) -> Any:  # noqa: ANN401  JSON
    """The same without the bytes of files, which stand beside it."""
    if isinstance(value, dict):
        return {
            name: "…" if name == "content" and "type" in value and "name" in value else _readable(item)
            for name, item in value.items()
        }
    return [_readable(item) for item in value] if isinstance(value, list) else value
