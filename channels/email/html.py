"""HTML of real mail as plain text that reads well, and as HTML that is safe to show.

`to_text` is a tokenizer of its own: one pass, no recursion, no tree, so broken and deeply nested HTML costs what its
length costs. What mail programs mean by their markup (quotes, hidden preheaders, layout tables) is decided here, so
that `quoting.split` finds in the text what the eye would find on the screen.
"""

import re
from html import escape, unescape

import nh3

from channels.email.htmltext import Writer, words

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:_.-]*+)((?:[^\"'>]++|\"[^\"]*+\"|'[^']*+')*+)>")
_LOOSE_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:_.-]*+)([^<>]*+)>")
_BROKEN_TAGS = 20  # tags with unclosed quotation marks, after which quotation marks are no longer trusted
_TAG_START = re.compile(r"</?[a-zA-Z]")
_RAW = {"style", "script", "title", "xml", "noframes", "textarea", "svg", "math", "object", "select"}
_RAW_END = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in _RAW}
_MAX_LINKS = 5000


def to_text(html: str) -> str:
    """Readable plain text of a mail's HTML; total, and linear in the length of `html`."""
    writer = Writer()
    scanner = _Scanner(html)
    end = len(html)
    at = 0
    while at < end:
        tag = html.find("<", at)
        if tag < 0 or tag > scanner.last_close:
            tag = end
        if tag > at:
            text = html[at:tag]
            writer.text(unescape(text) if "&" in text else text)
            if tag == end:
                break
        found = scanner.tag(tag)
        if found is None:
            at = scanner.declaration(tag)
            if at == tag:
                writer.text("<")
                at += 1
            continue
        at = found.end()
        name = found[2].lower()
        if found[1]:
            writer.close(name)
        elif name in _RAW:
            at = scanner.after_raw(name, at)
        else:
            writer.open(name, found[3])
    return writer.result()


class _Scanner:
    """Finds where tags, comments and raw elements end. Remembers what is missing, so nothing is searched for twice."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.last_close = html.rfind(">")
        self._last_comment = html.rfind("-->")
        self._unclosed: set[str] = set()
        self._broken = 0

    def tag(self, at: int) -> re.Match[str] | None:
        """The tag that begins at `at`, if one does."""
        if self._broken < _BROKEN_TAGS:
            found = _TAG.match(self.html, at)
            if found is not None or not _TAG_START.match(self.html, at):
                return found
            self._broken += 1
        return _LOOSE_TAG.match(self.html, at)

    def declaration(self, at: int) -> int:
        """Where a comment, doctype or conditional that begins at `at` ends; `at` itself if it is only a "<"."""
        html = self.html
        if html.startswith("<!--", at):
            if html.startswith(("<!-->", "<!--->"), at):
                return html.index(">", at) + 1
            return html.index("-->", at + 4) + 3 if at + 4 <= self._last_comment else at + 4
        if html.startswith(("<!", "<?"), at):
            end = html.find(">", at, at + 2000)
            return end + 1 if end >= 0 else at
        return at

    def after_raw(self, name: str, at: int) -> int:
        """Where the content of an element ends that is no text; the next "<" if it is never closed."""
        if name not in self._unclosed:
            found = _RAW_END[name].search(self.html, at)
            if found is not None:
                return found.start()
            self._unclosed.add(name)
        following = self.html.find("<", at)
        return following if following >= 0 else len(self.html)


_TAGS = words(
    "a abbr address article b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div dl dt"
    " em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section"
    " small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style", "align", "valign"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor", "summary"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap", "scope"},
    "tr": {"bgcolor"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value"},
    "blockquote": {"type"},
    "time": {"datetime"},
}
_STYLES = words(
    "color background-color font-weight font-style font-size font-family text-align text-decoration vertical-align"
    " white-space line-height direction border border-top border-right border-bottom border-left border-collapse"
    " border-color border-style border-width padding padding-top padding-right padding-bottom padding-left"
    " margin-top margin-right margin-bottom margin-left list-style-type text-indent width max-width"
    " display visibility max-height overflow opacity"
)
_DROPPED = words("script style title head noscript iframe object embed template svg math select textarea")
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,", re.IGNORECASE)
_MAX_PICTURE = 200_000  # characters of a data: URI shown in place


def _attribute(_tag: str, name: str, value: str) -> str | None:
    """The value of an attribute that is allowed, or None to leave the attribute out."""
    if name == "src":
        if value[:4].lower() == "cid:" or (_PICTURE.match(value) and len(value) <= _MAX_PICTURE):
            return value
        return None
    if name == "style" and ("url(" in value.lower() or "\\" in value or "expression" in value.lower()):
        return None
    if name == "href" and value[:5].lower() == "data:":
        return None
    return value


_LINK_START = re.compile(r"<a[\s/]", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_SELF_CLOSING = words("br hr img input meta link p li td th tr dd dt col option wbr area base")
_MAX_LENGTH = 2_000_000
_MAX_ENTITIES = 20_000
_MAX_NESTING = 1_000

_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED),
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data", "sip", "callto", "xmpp", "ftp"},
    filter_style_properties=set(_STYLES),
    link_rel="noopener nofollow noreferrer",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    strip_comments=True,
)


def sanitise(html: str) -> str:
    """HTML that is safe to show: no script, form or frame, nothing loaded from elsewhere, links that give nothing away.

    A body with 5,000 links or more is replaced by a line that says so; one that would take the cleaner too long (nested
    a thousand deep, or a flood of entities) is shown as plain text. The original stays available as a download.
    """
    if len(_LINK_START.findall(html)) >= _MAX_LINKS:
        return "<p>This message has too many links to be shown. The original can be downloaded.</p>"
    if len(html) > _MAX_LENGTH or html.count("&") > _MAX_ENTITIES or _depth(html) > _MAX_NESTING:
        return "<pre>" + escape(to_text(html[:_MAX_LENGTH])) + "</pre>"
    return _CLEANER.clean(html)


def _depth(html: str) -> int:
    """How deep elements are nested, about: as if each end tag closed one."""
    if html.count("<") <= _MAX_NESTING:
        return 0
    deepest = depth = 0
    for closing, name in _ANY_TAG.findall(html):
        if closing:
            depth -= depth > 0
        elif name.lower() not in _SELF_CLOSING:
            depth += 1
            deepest = max(deepest, depth)
    return deepest
