"""Where the own words end and the signature begins."""

import re
from functools import cache

from channels.email.quoting import footers
from channels.email.quoting import lines as ln
from channels.email.quoting.closings import GREETINGS, SIGN_OFFS, THANKS

_WORD = re.compile(r"[^\W\d_]+")
_DASHES = re.compile(r"--|[\u2013\u2014]{1,3}|--[-=_]{1,3}|_{2,}|-{4,}|\*{3,}|={3,}|~{2,}|- --?|[\u2500\u2501]{3,}")
_EXACT = ("--", "- --")  # the second as PGP escapes it
_DELIMITERS = (*_EXACT, "\u2014", "__")
_QUESTION = "?\uff1f\u061f"
_SENTENCE_END = re.compile(r"[.!?;\u3002\uff1f\uff01\u061f]\W{0,3}$")
_POSTSCRIPT = re.compile(r"\W{0,2}(?:p\.? ?s\.? ?[:.,\-]|pps|ps\b|n\.?b\.?:|edit:|nachtrag|p\.d\.)", re.IGNORECASE)
# What people add below their name and is no part of a signature: log lines, errors, numbers of a customer or an order.
_MATTER = re.compile(
    r"^\W{0,3}(?:fyi|btw|also|note|update|übrigens|anbei|attached|ci-joint|in allegato|w załączeniu|vedhæftet)\b"
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d|\b\d\d:\d\d:\d\d\b|\b0x[0-9a-f]+\b"
    r"|\b(?:(?<!in )error|exception|failed|fehler(?:code)?|(?<!par )erreur|(?<!per )errore|(?<!en )fejl)\b"
    r"|\b(?:kunden|vertrags?|rechnungs?|bestell|auftrags|serien|inventar|ticket|vorgangs)-?(?:nr|nummer)\b"
    r"|\bvertrag\W{1,3}\d|\b(?:customer|contract|order|serial|invoice|ticket|case|asset) ?(?:no|number|id|nr|#)\b"
    r"|\bn(?:°|uméro) ?(?:de )?(?:client|commande|série|contrat|facture)|\bcodice cliente\b"
    r"|\bnumero (?:di )?(?:cliente|ordine|serie|contratto)|\b(?:nr|numer) (?:klienta|zamówienia|seryjny|umowy)"
    r"|\b(?:kunde|ordre|serie|sags)(?:nr|nummer)\b",
    re.IGNORECASE,
)
_LOOKED_AT = 300  # characters
_PHONE_LABEL = (
    r"tel|fax|phone|mobile|mob|mobil|cell|handy|telefon|tlf|tél|gsm|direct|durchwahl|office|ph|fon|telefax|kom|puh|telephone|"
    r"teléfono|telefone|cel|dir|skype|linkedin|[tmfp]|м|т|тел|моб|τηλ"
)
_CONTACT = re.compile(
    rf"[^\s@]{{1,64}}@[^\s@]{{2,}}\.|\bwww\.|https?:|\b(?:{_PHONE_LABEL})\b\.?[^\w\n]{{0,4}}[+(\d]|"
    r"\+\d[\d\s()/.\-]{6,}\d|\b\d{2,5}[ /.\-]\d{3,}[\d \-]*|\(\d{3}\) ?\d{3}|電話|电话|전화|携帯|手机",
    re.IGNORECASE,
)
_CONTACT_HINT = re.compile(r"[\d@]|www\.|http", re.IGNORECASE)
_CAPITAL = r"[A-Z\u00c0-\u00de\u0100\u0106\u010c\u0110\u0141\u015a\u0160\u0179\u017b\u017d\u0391-\u03a9\u0410-\u042f]"
_NAME = re.compile(rf"(?:{_CAPITAL}[^\W\d_]{{0,20}}[.'\-]? ?){{1,4}}")
_DASHED_NAME = re.compile(rf"[-\u2013\u2014~/]{{1,2}} ?{_NAME.pattern}")
_FORMULA = re.compile(
    r"(?:je vous prie|nous vous prions|veuillez)\b.{0,120}\b(?:salutations|sentiments)", re.IGNORECASE
)
_LONGEST_FORMULA = 200
_ITEMS = ("- ", "* ")
_LIST = 2  # items that make a list of it
_MAX_SIGNATURE = 30  # lines with text on them
_REACH = 80  # lines looked back
_AUTHOR_REACH = 15
_LONGEST_AUTHOR = 200


@cache
def _sign_offs() -> frozenset[str]:
    return frozenset(_phrases("|".join(SIGN_OFFS.values())))


@cache
def _thanks() -> frozenset[str]:
    return frozenset(_phrases(THANKS))


@cache
def _greetings() -> frozenset[str]:
    return frozenset(_phrases(GREETINGS))


def _phrases(table: str) -> set[str]:
    return {" ".join(phrase.split()).casefold() for phrase in table.split("|")} - {""}


def is_sign_off(line: str) -> bool:
    """Whether a line closes a mail: "Mit freundlichen Grüßen", "Best regards, Ada"."""
    if len(line) < _LONGEST_FORMULA and _FORMULA.match(line):
        return True
    words = _WORD.findall(line) if len(line) <= 90 and line[-1] not in "?:" else []
    if not words or len(words) > 12:
        return False
    known = _sign_offs()
    lowered = [word.casefold() for word in words]
    longest = max((n for n in range(1, min(len(words), 8) + 1) if " ".join(lowered[:n]) in known), default=0)
    if not longest:
        return False
    rest = words[longest:]
    if (
        not rest
        or " ".join(lowered[longest:]) in known
        or (all(word[0].isupper() for word in rest[:4]) and len(rest) <= 4)
    ):
        return longest > 1 or len(rest) <= 3
    return longest > 1 and len(rest) <= 3 and not _SENTENCE_END.search(line)


def _has_contact(line: str) -> bool:
    """Whether a line holds a telephone number, a mail address or a web address."""
    return _CONTACT_HINT.search(line) is not None and _CONTACT.search(line[:300]) is not None


def _reads_as_sentence(line: str) -> bool:
    """Whether somebody wrote this line to be read, as opposed to a name, a title, an address."""
    words = _WORD.findall(line)
    if len(words) < 4:
        return len(words) >= 1 and line[-1] in "!:" and words[0][0].islower()
    small = sum(1 for word in words if word[0].islower() and len(word) > 1)
    if _SENTENCE_END.search(line):
        return small * 2 >= len(words)
    return len(words) >= 6 and small * 5 > len(words) * 3


def _all_signature(lines: list[str]) -> bool:
    """Whether the solid lines below a closing are a signature throughout."""
    if len(lines) > _MAX_SIGNATURE or sum(1 for line in lines if line.startswith(_ITEMS)) >= _LIST:
        return False
    contact = False
    for line in lines:
        if _POSTSCRIPT.match(line) or line[-1] in _QUESTION or _MATTER.search(line[:_LOOKED_AT]):
            return False
        contact = contact or _has_contact(line)
        if not contact and (len(line) > 160 or _reads_as_sentence(line)):
            return False
    return True


def footer_start(lines: list[str], kinds: bytearray, begin: int, end: int) -> int | None:
    """Where the last thing that a program, company or list added to lines[begin:end] starts, or None."""
    end = ln.previous_solid(kinds, end - 1) + 1
    if end <= begin:
        return None
    at = _mobile(lines, begin, end)
    if at is None:
        at = _list_footer(lines, begin, end)
    if at is None:
        at = _boilerplate(lines, kinds, begin, end)
    return None if at is None else _with_rule(lines, kinds, begin, at)


def _mobile(lines: list[str], begin: int, end: int) -> int | None:
    last = lines[end - 1]
    if footers.is_mobile(last):
        return end - 1
    wrapped = end - begin >= 2 and len(last) < 60 and lines[end - 2] and footers.is_mobile(f"{lines[end - 2]} {last}")
    return end - 2 if wrapped else None


def _list_footer(lines: list[str], begin: int, end: int) -> int | None:
    for index in range(end - 1, max(begin, end - 25) - 1, -1):
        if footers.is_rule(lines[index]) and footers.is_list_footer([line for line in lines[index:end] if line]):
            return index
    return None


def _boilerplate(lines: list[str], kinds: bytearray, begin: int, end: int) -> int | None:
    """The last paragraph, or what is left of it below a name."""
    top = end - 1
    while top > begin and kinds[top - 1] != ln.BLANK and end - top < _REACH:
        top -= 1
    paragraph = "\n".join(lines[top:end])
    if footers.is_leave_note(paragraph):
        return top
    if not footers.is_boilerplate(paragraph):
        return None
    first = next((index for index in range(top, end) if footers.begins_boilerplate(lines[index])), top)
    return top if all(map(_NAME.fullmatch, lines[top:first])) else first


def _with_rule(lines: list[str], kinds: bytearray, begin: int, at: int) -> int:
    """A rule drawn above a footer goes with it."""
    above = ln.previous_solid(kinds, at - 1)
    return above if above >= begin and footers.is_rule(lines[above]) else at


def start(lines: list[str], original: list[str], kinds: bytearray, begin: int, end: int) -> int | None:
    """Where the author's signature at the end of lines[begin:end] starts, or None. The stretch holds own words only."""
    end = ln.previous_solid(kinds, end - 1) + 1
    if end <= begin:
        return None
    delimited = _delimited(lines, original, kinds, begin, end)
    if delimited is not None:
        return delimited
    closed = _closed(lines, kinds, begin, end)
    return closed if closed is not None else _contact_block(lines, kinds, begin, end)


def _delimited(lines: list[str], original: list[str], kinds: bytearray, begin: int, end: int) -> int | None:
    """A delimiter line ("-- " of RFC 3676 §4.3, and what clients make of it) with a signature below."""
    found = None
    below: list[str] = []
    for index in range(end - 1, max(begin, end - _REACH) - 1, -1):
        line = lines[index]
        if kinds[index] == ln.BLANK:
            continue
        if line[0] in "-_\u2013\u2014*=~\u2500\u2501" and _DASHES.fullmatch(line):
            exact = line in _EXACT and original[index].endswith((" ", "\xa0"))
            if (exact and len(below) <= _MAX_SIGNATURE and not any(map(_POSTSCRIPT.match, below))) or (
                _may_close(line, below) and not (index and _underlines(line, lines[index - 1]))
            ):
                found = index
        below.append(line)
    return found


def _may_close(line: str, below: list[str]) -> bool:
    """Whether lines below a dash that is no exact delimiter are a signature."""
    if not below:
        return line in ("--", "- --", "\u2014")
    if len(below) > 15 or any(map(_POSTSCRIPT.match, below)) or any(each[-1] in _QUESTION for each in below):
        return False
    if line in _EXACT and len(below) <= 6 and all(len(each) <= 80 for each in below) and not _goes_on(below[-1]):
        return True
    return _all_signature(below[::-1]) and (line in _DELIMITERS or _names_or_contacts(below))


def _names_or_contacts(below: list[str]) -> bool:
    """Whether lines (the last one first) say who wrote or how to reach them, as what stands below a rule may not."""
    first = below[-1]
    named = _NAME.fullmatch(first) is not None and " " in first and first[-1] != "."
    return named or any(map(_has_contact, below))


def _underlines(line: str, above: str) -> bool:
    """Whether a rule is as long as the line right above it, as people draw one below a heading."""
    return len(line) > 3 and abs(len(line) - len(above)) <= 1 and line != above


def _goes_on(line: str) -> bool:
    """Whether a line continues what was being said, rather than naming anybody."""
    return line[0].islower() and _reads_as_sentence(line)


def _closed(lines: list[str], kinds: bytearray, begin: int, end: int) -> int | None:
    """A closing formula, or "-Ada", or thanks and a name, with nothing but a signature below."""
    below: list[str] = []
    last = end
    for index in range(end - 1, max(begin, end - _REACH) - 1, -1):
        if kinds[index] == ln.BLANK:
            continue
        line = lines[index]
        if len(below) > _MAX_SIGNATURE:
            break
        if is_sign_off(line) and _all_signature(below[::-1]):
            return index
        if below and _NAME.fullmatch(below[-1]) and _is_thanks(line) and _all_signature(below[::-1]):
            return last
        if not below and index > begin and _DASHED_NAME.fullmatch(line):
            return index
        below.append(line)
        last = index
    return None


def _is_thanks(line: str) -> bool:
    return len(line) <= 40 and " ".join(_WORD.findall(line)).casefold() in _thanks()


def _contact_block(lines: list[str], kinds: bytearray, begin: int, end: int) -> int | None:
    """A name and below it at least two ways to reach it, set off by a blank line."""
    top = end - 1
    while top > begin and kinds[top - 1] != ln.BLANK and end - top < 15:
        top -= 1
    block = lines[top:end]
    above = ln.previous_solid(kinds, top - 1)
    if top == begin or above < begin or lines[above][-1] == ":" or kinds[top - 1] != ln.BLANK:
        return None
    contacts = sum(1 for line in block[1:] if len(line) < 80 and _has_contact(line))
    named = _NAME.fullmatch(block[0]) is not None and " " in block[0]
    return top if named and contacts >= 2 and _all_signature(block) else None


def signed(lines: list[str], kinds: bytearray, begin: int, end: int, author: str) -> int | None:
    """Where the author's own name stands as a line below the text, with nothing but a signature under it, or None."""
    names = {word.casefold() for word in _WORD.findall(author[:_LONGEST_AUTHOR])}
    below: list[str] = []
    for index in range(ln.previous_solid(kinds, end - 1), max(begin, end - _AUTHOR_REACH) - 1, -1):
        line = lines[index]
        if kinds[index] == ln.BLANK:
            continue
        if _is_name_of(line, names):
            return index if _stands_apart(lines, kinds, begin, index) and _all_signature(below[::-1]) else None
        below.append(line)
    return None


def _is_name_of(line: str, names: set[str]) -> bool:
    line = line.strip("*_ ")
    if not line or len(line) > 40 or not line[0].isupper():
        return False
    words = _WORD.findall(line)
    return len(words) <= 4 and any(len(word) > 1 for word in words) and all(word.casefold() in names for word in words)


def _stands_apart(lines: list[str], kinds: bytearray, begin: int, index: int) -> bool:
    """Whether what stands above a name has come to an end: with a blank line, or with a mark."""
    above = ln.previous_solid(kinds, index - 1)
    if above < begin or lines[above][-1] == ":":
        return False
    return kinds[index - 1] == ln.BLANK or lines[above][-1] in ".!?,;)"


def lone_name(lines: list[str], kinds: bytearray, begin: int, end: int) -> int | None:
    """The last line, if it is only a name and the quoted mail was addressed to that name."""
    end = ln.previous_solid(kinds, end - 1) + 1
    if end <= begin or not _NAME.fullmatch(lines[end - 1]) or len(lines[end - 1]) > 40:
        return None
    names = {word.casefold() for word in _WORD.findall(lines[end - 1])}
    for index in range(end, min(len(lines), end + 40)):
        line = lines[index].lstrip("> ")
        if len(line) <= 60 and line and names & _addressed(line):
            return end - 1
    return None


def _addressed(line: str) -> set[str]:
    """The names in a greeting."""
    words = _WORD.findall(line.casefold())
    for length in (3, 2, 1):
        if " ".join(words[:length]) in _greetings():
            return set(words[length : length + 4])
    return set()
