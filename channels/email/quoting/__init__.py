"""What a person newly wrote in a mail, what is quoted history, and what is signature.

The cut is for display only: every line of the text stands in exactly one of the three parts, and where the signs are
doubtful a line stays in `reply`. Work is linear in the length of the text.
"""

from msgspec import Struct

from channels.email.quoting import armour, attributions, headers, inline, marks, signatures
from channels.email.quoting import lines as ln

_MARKER = ("##-", "-##")
_TRIES = 300  # lines that look like the beginning of history and are not, after which no more are examined


class Split(Struct, frozen=True, kw_only=True):
    """A mail's text in three parts.

    `above_marker` is None without our cut marker, True if all of `reply` stands above it and quotes nothing, and
    False otherwise.
    """

    reply: str
    quoted: str
    signature: str
    above_marker: bool | None


def split(text: str, *, author: str = "") -> Split:
    """Separate the new words of a mail from quotes and signature; total, and linear in the length of `text`.

    Answers between two or more quotes keep the quotes they answer, and so do answers that are announced in history
    without quote marks; a single quote is cut, wherever it stands, unless a line of one's own leads to it. If
    nothing but quotes and footers is there (a forwarded mail without a word), all of it stays in `reply`. `author` is
    who wrote it, a name, an address or both: a name alone below the text is known as a signature by it.
    """
    original = ln.split_lines(text)
    lines = ln.bare(original, text)
    kinds = marks.first_look(lines)
    marker = _marker(lines)
    marks.mark_unusual(lines, kinds)
    _mark_history(lines, kinds, marker)
    _mark_attributions(lines, kinds)
    marks.spare_shown(lines, kinds)
    marks.mark_leftovers(lines, kinds)
    armour.mark_pgp(lines, kinds)
    armour.mark_banner(lines, kinds)
    if not _mark_signature(lines, original, kinds, author):
        return Split(
            reply="\n".join(original).strip("\n"),
            quoted="",
            signature="",
            above_marker=None if marker is None else False,
        )
    last = kinds.rfind(ln.OWN)
    context = _interleaved(kinds, last)
    if inline.announced(lines, kinds):
        context, last = True, len(kinds)
    above = None if marker is None else last < marker and not context
    if context:
        ln.mark(kinds, 0, last, ln.OWN)
    kinds = kinds.replace(bytes((ln.LEAD,)), bytes((ln.QUOTE,)))
    return Split(
        reply=_part(original, kinds, ln.OWN),
        quoted=_part(original, kinds, ln.QUOTE),
        signature=_part(original, kinds, ln.SIGNATURE),
        above_marker=above,
    )


def new_words(reply: str) -> str:
    """A reply without the quotes that its answers stand between, for whoever reads words rather than a dialogue."""
    lines = ln.split_lines(reply)
    bare = ln.bare(lines, reply)
    kinds = marks.first_look(bare)
    marks.mark_unusual(bare, kinds)
    _mark_attributions(bare, kinds)
    own = _part(lines, kinds, ln.OWN)
    return own or reply


def _marker(lines: list[str]) -> int | None:
    """The line with our cut marker: "##- Please write above this line -##", in any language."""
    opening, closing = _MARKER
    for index, line in enumerate(lines):
        at = line.find(opening)
        if at >= 0 and (closing in line[at:] or (index + 1 < len(lines) and closing in lines[index + 1])):
            return index
    return None


def _mark_history(lines: list[str], kinds: bytearray, marker: int | None) -> None:
    """History that carries no quote marks: from a copied header, an attribution or our marker down to the end."""
    start = len(lines)
    if marker is not None and kinds[marker] == ln.OWN:
        start = _above_marker(lines, kinds, marker)
    start = _copied_header(lines, kinds, start)
    start = _lone_attribution(lines, kinds, start)
    ln.mark(kinds, start, len(lines), ln.QUOTE)


def _lone_attribution(lines: list[str], kinds: bytearray, limit: int) -> int:
    """Where the first attribution begins below which nothing carries quote marks, else `limit`."""
    tries = 0
    for index in range(limit):
        if kinds[index] != ln.OWN:
            continue
        if attributions.runs_on(lines[index]):
            begin = attributions.start_of_run_on(lines, kinds, index)
            if begin is not None:
                return begin
        if lines[index][-1] not in ":-" or _quote_follows(kinds, index + 1):
            continue
        begin = attributions.starts(lines, kinds, index, quote_follows=False)
        if begin is not None and (ln.next_solid(kinds, index + 1) < len(lines) or kinds.find(ln.OWN, 0, begin) >= 0):
            return begin
        tries += 1
        if tries == _TRIES:
            break
    return limit


def _copied_header(lines: list[str], kinds: bytearray, limit: int) -> int:
    """Where the first copied header begins whose mail carries no quote marks, else `limit`.

    Above a mail with quote marks, the header is marked as what leads to that quote.
    """
    after = 0
    while True:
        found = headers.find(lines, kinds, range(after, limit), _TRIES)
        if found is None:
            return limit
        begin, end = found
        if not _quote_follows(kinds, end):
            return begin
        ln.mark(kinds, begin, end, ln.LEAD)
        after = end


def _above_marker(lines: list[str], kinds: bytearray, marker: int) -> int:
    """The attribution right above the marker belongs to the quote."""
    above = ln.previous_solid(kinds, marker - 1)
    if above < 0 or not attributions.could_end(lines[above]):
        return marker
    begin = attributions.starts(lines, kinds, above, quote_follows=True)
    return marker if begin is None else begin


def _quote_follows(kinds: bytearray, index: int) -> bool:
    after = ln.next_solid(kinds, index)
    return after < len(kinds) and kinds[after] == ln.QUOTE and after - index <= 3


def _mark_attributions(lines: list[str], kinds: bytearray) -> None:
    """The attribution above each quoted stretch goes with it."""
    above = -1
    for index, kind in enumerate(kinds):
        if kind == ln.QUOTE and above >= 0 and kinds[above] == ln.OWN and index - above <= 4:
            begin = above if headers.is_rule(lines[above]) else None
            if attributions.could_end(lines[above]):
                begin = attributions.starts(lines, kinds, above, quote_follows=True)
            if begin is not None:
                ln.mark(kinds, begin, above + 1, ln.LEAD)
        if kind != ln.BLANK:
            above = index


def _mark_signature(lines: list[str], original: list[str], kinds: bytearray, author: str) -> bool:
    """Mark footers and signatures from the end up; whether own words remain.

    A signature alone below a quote uncovers the section above. A closing that is all the author wrote counts as words;
    a footer does not.
    """
    for _ in range(12):
        last = kinds.rfind(ln.OWN)
        if last < 0:
            return False
        begin = max(kinds.rfind(ln.QUOTE, 0, last), kinds.rfind(ln.LEAD, 0, last)) + 1
        at = signatures.footer_start(lines, kinds, begin, last + 1)
        if at is None:
            at = signatures.start(lines, original, kinds, begin, last + 1)
            if at is None:
                at = signatures.lone_name(lines, kinds, begin, last + 1)
            if at is None and author:
                at = signatures.signed(lines, kinds, begin, last + 1, author)
            if at is None or kinds.find(ln.OWN, 0, at) < 0:
                break
        ln.mark(kinds, at, last + 1, ln.SIGNATURE)
    return True


def _interleaved(kinds: bytearray, last: int) -> bool:
    """Whether answers stand between quotes, so that they need what they answer: two quotes with own words below."""
    stretches = 0
    inside = False
    for kind in kinds[:last]:
        if kind == ln.QUOTE:
            stretches += not inside
            inside = True
        elif kind == ln.OWN:
            inside = False
    return stretches >= 2


def _part(original: list[str], kinds: bytearray, kind: int) -> str:
    """The lines of one kind, with the blank lines between them."""
    first, last = kinds.find(kind), kinds.rfind(kind)
    if first < 0:
        return ""
    if kinds.count(kind, first, last) + kinds.count(ln.BLANK, first, last) == last - first:
        return "\n".join(original[first : last + 1])
    chosen: list[str] = []
    current = False
    for line, of in zip(original, kinds, strict=True):
        if of != ln.BLANK:
            current = of == kind
        if current:
            chosen.append(line)
    return "\n".join(chosen).rstrip()
