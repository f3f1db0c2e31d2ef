"""Categories in rule books: what loads, and every way in which one does not."""

import pytest

from bot.actions import actions
from rules.categories import Categories, FieldKind
from rules.loader import load
from rules.problems import RuleBookError

BOOK = """
[[field]]
name = "tried"
label = { en = "Already tried", de = "Schon versucht" }
required = true

[[category]]
name = "printer"
title = { en = "Printer", de = "Drucker" }
team = "printing"
words = ["Printer", "toner"]

[[category.fields]]
name = "asset"
label = "Number"
labels = ["Inv. no."]
kind = "asset"
pattern = 'PRN-\\d+'
required = true

[[category]]
name = "phone"

[[category]]
name = "off"
enabled = false
"""


def categories(text: str) -> Categories:
    return load([("b.toml", text)], {}).categories


def problem(table: str) -> str:
    with pytest.raises(RuleBookError) as refused:
        load([("b.toml", table)], {})
    assert len(refused.value.problems) == 1
    return str(refused.value.problems[0])


@pytest.mark.covers("H2")
def test_a_category_has_its_own_fields_and_those_that_all_ask_for() -> None:
    found = categories(BOOK)
    assert list(found) == ["printer", "phone"]
    printer = found["printer"]
    assert (printer.called("de"), printer.called("fr"), printer.team) == ("Drucker", "Printer", "printing")
    assert printer.words == {"printer", "toner"}
    assert [field.name for field in printer.fields] == ["asset", "tried"]
    number = printer.fields[0]
    assert (number.kind, number.called("pl")) == (FieldKind.ASSET, "Number")
    assert number.names == {"asset", "number", "inv. no"}
    assert number.find is not None
    assert number.find("see PRN-12, not XPRN-13") == ["PRN-12"]
    assert found["phone"].called("de") == "phone"


@pytest.mark.covers("H2")
def test_what_is_missing() -> None:
    found = categories(BOOK)
    assert found.missing("printer", {}) == ("asset", "tried")
    assert found.missing("printer", {"asset": "PRN-1", "tried": ""}) == ("tried",)
    assert found.missing("phone", {"tried": "yes"}) == ()
    assert found.missing(None, {}) is None
    assert found.missing("gone", {}) is None


def test_an_own_field_stands_in_place_of_one_that_all_ask_for() -> None:
    own = BOOK + '[[category]]\nname = "vpn"\n[[category.fields]]\nname = "tried"\nlabel = "Which server"\n'
    fields = categories(own)["vpn"].fields
    assert [(field.name, field.called("en"), field.required) for field in fields] == [("tried", "Which server", False)]


@pytest.mark.covers("bad:category")
@pytest.mark.parametrize(
    ("table", "why"),
    [
        ('[[category]]\ntitle = "Printer"', "b.toml:1:1: the category has no 'name'"),
        ('[[category]]\nname = "My Printer"', "the name of a category is of small letters"),
        ('[[category]]\nname = "a"\n[[category]]\nname = "a"', "there is a category 'a' already, in b.toml"),
        ('[[category]]\nname = "a"\nword = ["x"]', "'word' is not part of a category; did you mean 'words'?"),
        ('[[category]]\nname = "a"\nwords = ["two words"]', "'two words' is not one word"),
        ('[[category]]\nname = "a"\nwords = "x"', "'words' is a list of texts"),
        ('[[category]]\nname = "a"\ntitle = { german = "Drucker" }', "'german' is not a language"),
        ('[[category]]\nname = "a"\ntitle = 3', "'title' is a text, or a table of texts by language"),
        ('[[category]]\nname = "a"\ntitle = ""', "one line of 1 to 60 characters"),
        ('[[category]]\nname = "a"\nfields = ["system"]', "begins with [[category.fields]]"),
        ('[[category]]\nname = "a"\n[[category.fields]]\nlabel = "x"', "the field has no 'name'"),
        ('[[category]]\nname = "a"\n[[category.fields]]\nname = "X"', "the name of a field is of small letters"),
        ('[[category]]\nname = "a"\n[[category.fields]]\nname = "x"\nkind = "aset"', "did you mean 'asset'?"),
        ('[[category]]\nname = "a"\n[[category.fields]]\nname = "x"\npattern = "("', "the pattern cannot be read"),
        ('[[category]]\nname = "a"\n[[category.fields]]\nname = "x"\npattern = 3', "'pattern' is a text"),
        ('[[category]]\nname = "a"\n[[category.fields]]\nname = "x"\nrequired = 1', "'required' is true or false"),
        ('[[category]]\nname = "a"\n[[category.fields]]\nname = "x"\nlabels = "y"', "'labels' is a list of texts"),
        (
            '[[category]]\nname = "a"\n[[category.fields]]\nname = "x"\n[[category.fields]]\nname = "x"',
            "there are two fields with the name 'x'",
        ),
        ('[[field]]\nname = "x"\n[[field]]\nname = "x"', "there is a field 'x' already"),
        ('[[field]]\nname = "x"\nteam = "y"', "'team' is not part of a field"),
    ],
)
def test_a_mistake_is_one_clear_line(table: str, why: str) -> None:
    found = problem(table)
    assert found.startswith("b.toml:")
    assert why in found


@pytest.mark.covers("bad:category")
def test_a_team_or_category_that_does_not_exist_is_named() -> None:
    book = '[[category]]\nname = "plotter"\nteam = "printnig"\n'
    book += '[[trigger]]\nname = "x"\non = ["ticket.opened"]\nthen = [{ do = "set_category", to = "ploter" }]\n'
    with pytest.raises(RuleBookError) as refused:
        load([("b.toml", book)], actions(), {"team": ["printing"], "category": []})
    assert [str(one) for one in refused.value.problems] == [
        "b.toml:3:8: there is no team 'printnig'; did you mean 'printing'?",
        "b.toml:7:32: set_category: there is no category 'ploter'; did you mean 'plotter'?",
    ]
