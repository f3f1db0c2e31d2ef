"""What the desk posts on Discord as a page that looks like it; `tests.support.slack_pictures` takes the picture."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from markdown_it import MarkdownIt

_FAINT = re.compile(r"^-# (.*)$", re.MULTILINE)
_STYLE = """
* { box-sizing: border-box }
body { margin: 0; padding: 16px 20px; background: #313338; color: #dbdee1; overflow-wrap: anywhere;
  font: 16px/1.375 "gg sans", "Noto Sans", "DejaVu Sans", Arial, "Noto Color Emoji", sans-serif }
.message { display: grid; grid-template-columns: 40px 1fr; column-gap: 16px; margin-bottom: 16px }
.message:last-of-type { margin-bottom: 0 }
.face { width: 40px; height: 40px; border-radius: 50%; background: #5865f2; color: #fff; font-weight: 700;
  display: grid; place-items: center }
.who { font-weight: 600; color: #f2f3f5 }
.app { font-size: 10px; font-weight: 600; color: #fff; background: #5865f2; border-radius: 3px; padding: 1px 4px;
  vertical-align: 2px }
.at { font-size: 12px; font-weight: 400; color: #949ba4 }
p { margin: 0 0 4px; white-space: pre-wrap }
ul { margin: 2px 0 6px; padding-left: 22px }
li p { margin: 0 }
a { color: #00a8fc; text-decoration: none }
strong { color: #f2f3f5 }
.faint { font-size: 13px; color: #949ba4 }
code { font: 14px/1.3 "DejaVu Sans Mono", monospace; background: #2b2d31; border-radius: 4px; padding: 1px 4px }
.files { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; max-width: 560px; margin-top: 4px;
  align-items: start }
.files img { width: 100%; border-radius: 8px; display: block }
.file { background: #2b2d31; border: 1px solid #3f4147; border-radius: 8px; padding: 12px; color: #00a8fc }
"""


class Shown(NamedTuple):
    """A file with a message; `source` is where the page finds the picture, and empty where it is none."""

    name: str
    description: str
    source: str = ""


def page(posts: Iterable[tuple[Mapping[str, Any], Sequence[Shown]]], *, speaker: str = "Firstline") -> str:
    """An HTML page that shows messages below each other: what each was given, and its files."""
    at = '<span class="app">APP</span> <span class="at">Today at 09:41</span>'
    head = f'<div class="who">{escape(speaker)} {at}</div>'
    shown = "".join(
        f'<div class="message"><div class="face">{escape(speaker[:1])}</div>'
        f"<div>{head}{_words(str(payload['content']))}{_files(files)}</div></div>"
        for payload, files in posts
    )
    return f"<!doctype html><meta charset=utf-8><title>Discord</title><style>{_STYLE}</style><body>{shown}</body>"


def _words(content: str) -> str:
    """The words as Discord's own Markdown shows them."""
    html = str(MarkdownIt("commonmark", {"html": False, "breaks": True}).render(_FAINT.sub(r"\1", content)))
    for faint in _FAINT.findall(content):
        html = html.replace(escape(faint), f'<span class="faint">{escape(faint)}</span>', 1)
    return html


def _files(files: Sequence[Shown]) -> str:
    pictures = "".join(
        f'<img src="{escape(file.source)}" alt="{escape(file.description)}">' for file in files if file.source
    )
    others = "".join(f'<div class="file">{escape(file.name)}</div>' for file in files if not file.source)
    return f'<div class="files">{pictures}{others}</div>' if files else ""
