from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.notice.markup import Md, as_words, escape, listed, one_line, plain, quote

# What a reader can see: everything but control characters and lone surrogates, and with line breaks.
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\r\n\t"))
MARKUP = st.text(st.sampled_from("#>-+=*_`~|:.)(]![<&\\/ \t\n1a\u00a0"))
HOSTILE = [
    "[x](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "<script>alert(1)</script>",
    "<http://evil.example>",
    "[x]: http://evil.example\n\n[x]",
    "# Heading",
    "Heading\n===",
    "Heading\n---",
    "- item",
    "+ item",
    "1. item",
    "1) item",
    "> quotation",
    "    code",
    "\tcode",
    "```\ncode\n```",
    "~~~\ncode\n~~~",
    "`code`",
    "*a* **b** _c_ __d__ ~~e~~",
    "a|b\n:-|-:\nc|d",
    "a\n:-:\nb",
    "&lt;b&gt; &amp;amp;",
    "back\\slash\\",
    "***\n___\n---",
]
PARSERS = [MarkdownIt("commonmark"), MarkdownIt("js-default", {"html": True, "linkify": False})]


class Read(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("parser", PARSERS, ids=["commonmark", "with tables"])
@given(text=WORDS | MARKUP | st.sampled_from(HOSTILE))
def test_plain_words_are_shown_as_they_are(parser: MarkdownIt, text: str) -> None:
    page = Read(parser.render(plain(text)))
    assert squeezed(page.words) == squeezed(text)
    assert set(page.tags) <= {"p", "br"}


@pytest.mark.parametrize("parser", PARSERS, ids=["commonmark", "with tables"])
@given(text=WORDS | MARKUP | st.sampled_from(HOSTILE))
def test_quoted_words_are_shown_as_they_are_in_one_quotation(parser: MarkdownIt, text: str) -> None:
    page = Read(parser.render(quote(text)))
    assert squeezed(page.words) == squeezed(text)
    assert page.tags.count("blockquote") == bool(squeezed(text))
    assert set(page.tags) <= {"blockquote", "p", "br"}


@pytest.mark.parametrize("frame", ["{}", "- {}", "**x** {}, y", "x: {}", "1. {}"])
@pytest.mark.parametrize("parser", PARSERS, ids=["commonmark", "with tables"])
@given(text=WORDS | MARKUP | st.sampled_from(HOSTILE))
def test_a_value_is_shown_as_it_is_wherever_it_stands(parser: MarkdownIt, frame: str, text: str) -> None:
    page, harmless = Read(parser.render(frame.format(escape(text)))), Read(parser.render(frame.format("v")))
    if squeezed(one_line(text)):
        assert squeezed(page.words) == squeezed(harmless.words.replace("v", one_line(text)))
        assert page.tags == harmless.tags


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("parser", PARSERS, ids=["commonmark", "with tables"])
def test_nothing_hostile_becomes_markup(parser: MarkdownIt, text: str) -> None:
    for markdown in (plain(text), Md(escape(text)), listed([text])):
        page = Read(parser.render(markdown))
        assert squeezed(page.words) == squeezed(text)
        assert set(page.tags) <= {"p", "br", "ul", "li"}


@given(text=st.text())
def test_one_line_is_one_line_of_characters_that_can_be_shown(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert not {"\x00", "\x1b", "\u202e", "\u2028", "\ud800"} & set(line)
    assert one_line(line) == line
    line.encode()


@given(text=WORDS | MARKUP)
@example(text="> quoted by hand")
def test_quoting_what_is_quoted_changes_nothing(text: str) -> None:
    assert quote(quote(text)) == quote(text)
    assert quote(plain(text)) == quote(text)
    assert plain(plain(text)) == plain(text)


def test_lines_paragraphs_and_indentation_stay() -> None:
    assert plain("one\n  two\n\n\n\tthree\r\n") == "one\\\n\u00a0\u00a0two\n\n\u00a0\u00a0\u00a0\u00a0three"
    assert quote("one\n\ntwo") == "> one\n>\n> two"


def test_nothing_stays_nothing() -> None:
    assert plain(" \n ") == quote("") == escape("\n") == listed([]) == ""


def test_a_list_shows_each_line() -> None:
    assert listed(["# one", "two\nthree"]) == "- \\# one\n- two three"


def test_markdown_stays_and_what_is_made_of_it_does_not() -> None:
    assert escape(Md("**bold**")) == "**bold**"
    assert escape(Md("**bold**") + "!") == "\\*\\*bold\\*\\*!"
    assert listed(Md("- a")) == "- a"


def test_numbers_are_words_too() -> None:
    assert escape(42) == "42"


@given(WORDS | MARKUP)
def test_without_its_marks_a_line_is_what_it_was(text: str) -> None:
    assert as_words(Md(escape(text))) == one_line(text)


def test_without_its_marks_a_notice_reads_as_its_mail_does() -> None:
    notice = Md("It is **\\#42**.\n\nKind regards,\\\nIT \\*Help\\*")
    assert as_words(notice) == "It is #42.\n\nKind regards,\nIT *Help*"
