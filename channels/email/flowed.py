"""format=flowed and DelSp (RFC 3676): soft line breaks taken out again."""


def unflowed(text: str, *, delsp: bool) -> str:
    """`text` with each flowed paragraph on one line, its quote marks kept, its space-stuffing removed."""
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        level = len(line) - len(line.lstrip(">"))
        content = line[level:].removeprefix(" ") if level or line.startswith(" ") else line
        if paragraph and (level != depth or content == "-- "):
            out.append(_quoted(depth, "".join(paragraph)))
            paragraph = []
        depth = level
        if content.endswith(" ") and content != "-- ":
            paragraph.append(content[:-1] if delsp else content)
        else:
            out.append(_quoted(depth, "".join((*paragraph, content))))
            paragraph = []
    if paragraph:
        out.append(_quoted(depth, "".join(paragraph)))
    return "\n".join(out)


def _quoted(depth: int, line: str) -> str:
    if not depth:
        return line
    return ">" * depth + (" " + line if line else "")
