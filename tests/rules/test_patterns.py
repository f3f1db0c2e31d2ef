import time

import pytest

from rules.patterns import PatternError, compile_pattern, unicode_classes


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^\w+$", "Größe"),
        (r"^\w+$", "हिन्दी"),
        (r"^\W$", "…"),
        (r"^\d+$", "٣٤"),
        (r"^\D$", "x"),
        (r"^a\sb$", "a\u00a0b"),
        (r"^\S$", "ä"),
        (r"^[\w-]+$", "Größe-3"),
        (r"^[^\w]+$", "…!"),
        (r"^[\d\s]+$", "1 \u00a02"),
        (r"^[]\w]+$", "a]"),
        (r"^[^]a]$", "b"),
        (r"^[a[]\d$", "[1"),
        (r"^[[:alpha:]\]]+$", "ab]"),
        (r"^\[\w\]$", "[ä]"),
        (r"^\Q\w[\E\w$", r"\w[ä"),
        (r"^\\w$", r"\w"),
        (r"^\p{Greek}$", "λ"),
        (r"ÉCRAN", "écran"),
        ("e\u0301cran", "écran"),
        ("écran", "e\u0301cran"),
        ("^.$", "🙂"),
    ],
)
def test_classes_are_unicode_and_case_does_not_matter(pattern: str, text: str) -> None:
    assert compile_pattern(pattern)(text)


@pytest.mark.parametrize(
    ("pattern", "text"), [("(?-i)PC", "pc"), (r"^\D$", "٣"), (r"^\W$", "ä"), (r"^\S$", "\u00a0"), ("[^]a]", "]")]
)
def test_does_not_match(pattern: str, text: str) -> None:
    assert not compile_pattern(pattern)(text)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\bx", "any_word"),
        (r"x\B", "any_word"),
        (r"[\b]", "any_word"),
        (r"[\W]", r"write \[\^...\] with \\w"),
        (r"[\D]", "cannot stand inside"),
        (r"\C", "half a character"),
        ("(", "cannot be read"),
        ("((x{100}){100}){100}", "cannot be read"),
        ("\ud800", "half a character"),
    ],
)
def test_refused(pattern: str, words: str) -> None:
    with pytest.raises(PatternError, match=words):
        compile_pattern(pattern)


def test_what_is_not_a_class_stays() -> None:
    assert unicode_classes(r"a\.b[x\-y]\x41\\d") == r"a\.b[x\-y]\x41\\d"


@pytest.mark.covers("bad:catastrophic-pattern")
def test_no_pattern_is_catastrophic() -> None:
    search = compile_pattern(r"(\w+\s?)*(\w*)*x$")
    started = time.perf_counter()
    assert not search("a" * 20_000 + "!")
    assert time.perf_counter() - started < 5
