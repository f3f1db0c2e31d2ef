"""Calendar invitations (RFC 5545) as text, for mail that holds nothing else to read."""

import re

_LINE = re.compile(r"^(SUMMARY|DTSTART|DTEND|LOCATION|ORGANIZER|DESCRIPTION)((?:;[^:\n]{0,300})?):(.*)$", re.MULTILINE)
_ESCAPED = re.compile(r"\\([nN,;\\])")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_ZONE = re.compile(r";TZID=\"?([^;:\"]+)", re.IGNORECASE)
_COMMON_NAME = re.compile(r";CN=\"?([^;:\"]+)", re.IGNORECASE)


def to_text(source: str) -> str:
    """Summary, time, place and organiser of the first event, one a line, then its description; '' if there is none."""
    event = re.sub(r"\r?\n[ \t]", "", source[:200_000]).replace("\r", "")
    event = event[max(0, event.upper().find("BEGIN:VEVENT")) :].partition("END:VEVENT")[0]
    found: dict[str, tuple[str, str]] = {}
    for match in _LINE.finditer(event):
        found.setdefault(match[1], (match[2], _ESCAPED.sub(_unescape, match[3]).strip()))
    begin, end = _moment(found.get("DTSTART")), _moment(found.get("DTEND"))
    lines = (
        _value(found, "SUMMARY"),
        f"{begin} – {end}" if begin and end else begin,
        _value(found, "LOCATION"),
        _organiser(found.get("ORGANIZER")),
    )
    head = "\n".join(line for line in lines if line)
    description = _value(found, "DESCRIPTION")
    return f"{head}\n\n{description}".strip() if description else head


def _unescape(match: re.Match[str]) -> str:
    return "\n" if match[1] in "nN" else match[1]


def _value(found: dict[str, tuple[str, str]], name: str) -> str:
    return found[name][1] if name in found else ""


def _moment(field: tuple[str, str] | None) -> str:
    match = _STAMP.match(field[1]) if field else None
    if not match or not field:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    if not match[4]:
        return day
    zone = _ZONE.search(field[0])
    return f"{day} {match[4]}:{match[5]}" + (" UTC" if match[7] else f" ({zone[1]})" if zone else "")


def _organiser(field: tuple[str, str] | None) -> str:
    if not field:
        return ""
    name = _COMMON_NAME.search(field[0])
    address = re.sub(r"(?i)^mailto:", "", field[1])
    return f"{name[1]} <{address}>" if name and name[1] != address else address
