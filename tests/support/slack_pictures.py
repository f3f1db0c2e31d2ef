"""Slack messages as a page that looks like Slack, and as a picture that Chromium takes of it."""

import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Json = Mapping[str, Any]

WIDTH = 720
_FRAME = 200
"""Rows that Chromium takes off a window's height for bars that no picture shows."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STYLE = """
* { box-sizing: border-box }
body { margin: 0; padding: 16px 20px; background: #fff; color: #1d1c1d; overflow-wrap: anywhere;
  font: 15px/1.47 Lato, "Noto Sans", "DejaVu Sans", Arial, "Noto Color Emoji", sans-serif }
.message { display: grid; grid-template-columns: 36px 1fr; column-gap: 10px; margin-bottom: 16px }
.message:last-of-type { margin-bottom: 0 }
.face { width: 36px; height: 36px; border-radius: 6px; background: #0b57d0; color: #fff; font-weight: 700;
  display: grid; place-items: center }
.who { font-weight: 700; line-height: 1.3 }
.app { font-size: 10px; font-weight: 700; color: #616061; background: #e8e8e8; border-radius: 2px; padding: 1px 3px;
  vertical-align: 1px }
.at { font-size: 12px; font-weight: 400; color: #616061 }
.block { margin: 4px 0 8px; max-width: 600px }
.header { font-size: 18px; font-weight: 700; line-height: 1.35 }
.context { font-size: 12px; color: #616061 }
hr { border: 0; border-top: 1px solid #ddd; margin: 12px 0 }
p, .words { margin: 0; white-space: pre-wrap }
a { color: #1264a3; text-decoration: none }
code { font: 12px/1.5 "DejaVu Sans Mono", monospace; color: #c01343; background: #f8f8f8; border: 1px solid #ddd;
  border-radius: 3px; padding: 1px 3px; box-decoration-break: clone; -webkit-box-decoration-break: clone }
pre { font: 12px/1.5 "DejaVu Sans Mono", monospace; background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px;
  padding: 8px; margin: 4px 0; white-space: pre-wrap }
.quote { border-left: 4px solid #ddd; border-radius: 2px; padding-left: 12px; margin: 4px 0 }
ul, ol { margin: 0; padding-left: 26px }
.mention { color: #1264a3; background: #e8f5fa; border-radius: 3px; padding: 0 2px 1px }
.actions { display: flex; flex-wrap: wrap; gap: 8px }
button { font: inherit; font-size: 13px; font-weight: 700; color: #1d1c1d; background: #fff; border: 1px solid #bbb;
  border-radius: 8px; padding: 0 12px; height: 30px }
button.primary { color: #fff; background: #007a5a; border-color: #007a5a }
button.danger { color: #e01e5a; border-color: #e01e5a }
table { border-collapse: collapse; font-size: 14px }
td { border: 1px solid #ddd; padding: 5px 10px; vertical-align: top }
img { max-width: 360px; border: 1px solid #ddd; border-radius: 8px; display: block }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 16px }
select { font: inherit; height: 30px; border: 1px solid #bbb; border-radius: 8px; background: #fff; padding: 0 8px }
"""
_BULLETS = ("disc", "circle", "square")
_NUMBERS = ("decimal", "lower-alpha", "lower-roman")
_MARKS = (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code"))


def page(messages: Iterable[Json], *, names: Mapping[str, str], speaker: str = "Firstline", at: str = "09:41") -> str:
    """An HTML page that shows messages below each other."""
    head = f'<div class="who">{escape(speaker)} <span class="app">APP</span> <span class="at">{escape(at)}</span></div>'
    shown = "".join(
        f'<div class="message"><div class="face">{escape(speaker[:1])}</div><div>{head}'
        f"{''.join(_block(block, names) for block in message['blocks'])}</div></div>"
        for message in messages
    )
    return f"<!doctype html><meta charset=utf-8><title>Slack</title><style>{_STYLE}</style><body>{shown}</body>"


def take(html: str, picture: Path, *, width: int = WIDTH) -> None:
    """Take a picture of a page, as high as it is. Raises RuntimeError where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError(
            "chromium is not installed, and draws the pictures: install it, as scripts/test-packages does"
        )
    with TemporaryDirectory() as folder:
        source = Path(folder, "page.html")
        source.write_text(f"{html}<script>document.title = document.documentElement.offsetHeight</script>", "utf-8")

        def run(*arguments: str) -> str:
            quiet = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--hide-scrollbars",
            ]
            home = f"--user-data-dir={folder}/home"
            command = [chromium, *quiet, home, *arguments, f"file://{source}"]
            return subprocess.run(command, capture_output=True, text=True, check=True, timeout=110).stdout

        seen = run(f"--window-size={width},100", "--dump-dom")
        height = int(seen.partition("<title>")[2].partition("</title>")[0])
        run(f"--window-size={width},{height + _FRAME}", f"--screenshot={picture}")
    picture.write_bytes(cropped(picture.read_bytes(), height))


def cropped(png: bytes, height: int) -> bytes:
    """The upper part of a PNG with 8 bits a sample, such as Chromium writes; the last row needs nothing below it."""
    at, chunks = len(_SIGNATURE), []
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += length + 12
    head = next(content for name, content in chunks if name == b"IHDR")
    row = 1 + int.from_bytes(head[:4]) * {2: 3, 6: 4}[head[9]]
    rows = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))[: row * height]
    kept = [(b"IHDR", head[:4] + height.to_bytes(4) + head[8:]), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(
        len(content).to_bytes(4) + name + content + zlib.crc32(name + content).to_bytes(4) for name, content in kept
    )


# ----------------------------------------------------------------------------------------------- blocks


def _block(block: Json, names: Mapping[str, str]) -> str:
    draw = _BLOCKS.get(block["type"])
    if draw is None:
        raise ValueError(f"a block {block['type']!r} cannot be drawn: add it to tests/support/slack_pictures.py")
    return f'<div class="block {block["type"]}">{draw(block, names)}</div>'


def _rich_text(block: Json, names: Mapping[str, str]) -> str:
    return "".join(_element(element, names) for element in block["elements"])


def _element(element: Json, names: Mapping[str, str]) -> str:
    shown = _ELEMENTS[element["type"]](element, names)
    return f'<div class="quote">{shown}</div>' if element.get("border") else shown


def _list(element: Json, names: Mapping[str, str]) -> str:
    indent = element.get("indent", 0)
    ordered = element["style"] == "ordered"
    tag, style = ("ol", _NUMBERS[indent % 3]) if ordered else ("ul", _BULLETS[indent % 3])
    start = f' start="{element.get("offset", 0) + 1}"' if ordered else ""
    items = "".join(f'<li class="words">{_words(item["elements"], names)}</li>' for item in element["elements"])
    return f'<{tag}{start} style="margin-left:{indent * 28}px;list-style-type:{style}">{items}</{tag}>'


def _words(elements: Sequence[Json], names: Mapping[str, str]) -> str:
    return "".join(_word(element, names) for element in elements)


def _word(element: Json, names: Mapping[str, str]) -> str:
    match element["type"]:
        case "link":
            shown = f'<a href="#">{escape(element.get("text", element["url"]))}</a>'
        case "user":
            shown = f'<span class="mention">@{escape(names.get(element["user_id"], element["user_id"]))}</span>'
        case "emoji":
            shown = "".join(chr(int(code, 16)) for code in element["unicode"].split("-"))
        case _:
            shown = escape(element["text"])
    for style, tag in _MARKS:
        if element.get("style", {}).get(style):
            shown = f"<{tag}>{shown}</{tag}>"
    return shown


def _table(block: Json, names: Mapping[str, str]) -> str:
    settings = [*block.get("column_settings", ()), *[{}] * 20]
    rows = (
        "".join(
            f'<td style="text-align:{setting.get("align", "left")}">{_cell(cell, names)}</td>'
            for cell, setting in zip(row, settings, strict=False)
        )
        for row in block["rows"]
    )
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _cell(cell: Json, names: Mapping[str, str]) -> str:
    return _rich_text(cell, names) if cell["type"] == "rich_text" else escape(cell["text"])


def _text(text: Json) -> str:
    return escape(text["text"]).replace("\n", "<br>")


def _section(block: Json, _names: Mapping[str, str]) -> str:
    fields = "".join(f"<div>{_text(field)}</div>" for field in block.get("fields", ()))
    words = f"<p>{_text(block['text'])}</p>" if "text" in block else ""
    return words + (f'<div class="fields">{fields}</div>' if fields else "")


def _action(element: Json) -> str:
    if element["type"] == "button":
        return f'<button class="{element.get("style", "")}">{_text(element["text"])}</button>'
    if element["type"] == "overflow":
        return "<button>⋯</button>"
    return f"<select><option>{_text(element['placeholder'])}</option></select>"


_Draw = Callable[[Json, Mapping[str, str]], str]
_ELEMENTS: dict[str, _Draw] = {
    "rich_text_section": lambda element, names: f"<p>{_words(element['elements'], names)}</p>",
    "rich_text_quote": lambda element, names: f'<div class="quote words">{_words(element["elements"], names)}</div>',
    "rich_text_preformatted": lambda element, names: f"<pre>{_words(element['elements'], names)}</pre>",
    "rich_text_list": _list,
}
_BLOCKS: dict[str, _Draw] = {
    "rich_text": _rich_text,
    "header": lambda block, _names: _text(block["text"]),
    "context": lambda block, _names: " ".join(map(_text, block["elements"])),
    "section": _section,
    "divider": lambda _block, _names: "<hr>",
    "actions": lambda block, _names: "".join(map(_action, block["elements"])),
    "table": _table,
    "image": lambda block, _names: f'<img src="{escape(block["image_url"])}" alt="{escape(block["alt_text"])}">',
}
