"""Notices of one's own as files: what they may say, to whom, and all that is wrong with them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import actions
from bot.notice import notices, ownnotices, samples
from bot.notice.notices import LANGUAGES
from bot.notice.noticevalues import FILTERS, VALUES
from bot.notice.sendable import sendable
from rules.kinds import Notice
from rules.loader import load
from rules.problems import RuleBookError

FOR_THEM = "{# for: requesters #}\n"


def read(**files: str) -> dict[str, Notice]:
    """Notices as `vpn_reset` for vpn_reset.md, `vpn_reset__de` for vpn_reset.de.md; the desk's language is French."""
    return ownnotices.read([(f"{name.replace('__', '.')}.md", text) for name, text in files.items()], "fr")


def said(own: dict[str, Notice], name: str, language: str = "en", **values: object) -> str:
    given_ = {**samples.full(), **values}
    found = ownnotices.render(own, name, language=language, desk="fr", zone="UTC", values=given_)
    assert found is not None
    return found.body


def wrong(**files: str) -> str:
    with pytest.raises(RuleBookError) as error:
        read(**files)
    return str(error.value)


def test_a_file_says_for_whom_it_is_and_what_for() -> None:
    head = "\ufeff{# values: ticket #}\n{# For the VPN #}\n\n{# for: requesters #}\n"
    own = read(vpn_reset=head + "Subject: VPN {{ ticket.subject }}\n\nHi\n", page_us="Hello {{ recipient.name }}")
    assert (own["vpn_reset"].reader, own["vpn_reset"].about) == ("requesters", "For the VPN")
    rendered = ownnotices.render(own, "vpn_reset", language="en", desk="fr", zone="UTC", values=samples.full())
    assert rendered is not None
    assert (rendered.subject, rendered.body) == ("VPN The printer is on fire", "Hi")
    assert own["page_us"].reader == "agents", "what does not say that it is for requesters never goes to one"


def test_each_reader_has_their_language_and_the_others_the_desks() -> None:
    own = read(hi=FOR_THEM + '{% include "_greeting.md" %}\n\nSalut', hi__de='{% include "_greeting.md" %}\n\nHallo')
    assert said(own, "hi", "de-AT") == "Guten Morgen Ada,\n\nHallo"
    assert said(own, "hi", "da") == said(own, "hi", "fr") == "Bonjour Ada,\n\nSalut"


def test_in_place_of_a_shipped_notice_one_language_may_stand_alone() -> None:
    own = read(nudge__de="Bitte antworten.\n\n{{ words|quote }}")
    assert said(own, "nudge", "de").startswith("Bitte antworten.\n\n> It burns.")
    assert ownnotices.render(own, "nudge", language="en", desk="de", zone="UTC", values=samples.full()) is None


def test_agents_answer_above_a_line_whoever_wrote_the_notice() -> None:
    line = notices.cut_marker("fr")
    own = read(one="Words", two="Words\n\n{{ cut_marker }}", three=FOR_THEM + "Words")
    assert said(own, "one") == f"{line}\n\nWords"
    assert said(own, "two") == f"Words\n\n{line}"
    assert said(own, "three") == "Words"


def test_values_are_shown_as_they_are_and_what_is_not_known_is_empty() -> None:
    optional = "{{ agent.name }}|{{ answer_by|when }}|{{ assignee|sentence }}|{{ attachments|join(', ') }}"
    text = f"{optional}|{{{{ ticket.subject }}}}"
    own = read(x=text)
    hostile = {"subject": "[x](http://evil.example) {{ 1 }}", "number": 1}
    bare = {**samples.bare(), "answer_by": None, "assignee": "", "ticket": hostile}
    found = ownnotices.render(own, "x", language="en", desk="en", zone="UTC", values=bare)
    assert found is not None
    assert found.body.endswith("||||\\[x\\](http://evil.example) {{ 1 }}")


@pytest.mark.parametrize("name", notices.OF_RULES)
def test_a_shipped_notice_for_requesters_may_be_taken_as_it_is(name: str) -> None:
    text = (notices.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    own = read(**{name: text})
    assert own[name].reader == "requesters"
    for values in (samples.full(), samples.bare() | {"via": "phone", "words": ""}):
        theirs = notices.render(name, language="fr", zone="UTC", values=values)
        ours = ownnotices.render(own, name, language="fr", desk="fr", zone="UTC", values=values)
        assert ours is not None
        assert (ours.subject, ours.body) == (theirs.subject, theirs.body)


@pytest.mark.covers("bad:rule-book", "H18")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ history }}", "2:4: 'history' is internal: a notice for requesters may not use it"),
        ("{% for one in history %}{{ one.words }}{% endfor %}", "'history' is internal"),
        ("{{ words }}", "'words' is internal"),
        ("{{ reason }}", "'reason' is internal"),
        ("{{ ticket.tags|join(', ') }}", "'ticket.tags' is internal"),
        ("{{ ticket.priority|priority_name }}", "'ticket.priority' is internal"),
        ("{% if vip %}Sir{% endif %}", "'vip' is internal"),
        ("{% trans words=words %}So: {{ words }}{% endtrans %}", "'words' is internal"),
        ("{% trans num=words %}a{% pluralize %}{{ num }}{% endtrans %}", "'words' is internal"),
        ("{% trans count=words %}a{% pluralize %}{{ count }}{% endtrans %}", "'words' is internal"),
        ("{% trans %}{{ words }}{% endtrans %}", "'words' is internal"),
        ("{{ gettext('%(a)s', a=words) }}", "'words' is internal"),
        ("{% for name in form %}{{ name|label }}{% else %}{{ words }}{% endfor %}", "'words' is internal"),
        ("{{ requester.department }}", "'requester.department' is internal"),
        ("{{ words|quote|truncate(9) }}", "'words' is internal"),
        ("{{ (recipient.name or words)|quote }}", "only names of values can stand here"),
        ("{{ recipient.name or words }}", "'words' is internal"),
        ("{% if words == 'a' %}b{% endif %}", "'words' is internal"),
        ("{{ 'a' if assignee else 'b' }}", "'assignee' is internal"),
        ("{% include '_history.md' %}", "'_history.md' is for agents only; for requesters there are _form.md"),
        ("{% include '_help.md' %}", "'_help.md' is for agents only"),
    ],
)
def test_a_notice_for_requesters_can_say_nothing_internal(text: str, message: str) -> None:
    assert message in wrong(x=FOR_THEM + text)


def test_a_notice_for_agents_can() -> None:
    text = "{% for one in history %}{{ loop.index }} {{ one.words|plain }}{% endfor %} {{ reason|quote }}"
    own = read(x=text + "{{ ticket.tags|join(', ') }}{% include '_details.md' %}{% include '_help.md' %}")
    assert own["x"].uses >= {"history", "ticket", "reason", "category", "missing", "asset", "requester"}
    assert "1 It burns." in said(own, "x")


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ tickt.number }}", "x.md:1:4: there is no 'tickt' to put into a notice; did you mean 'ticket'?"),
        (
            "a\n\n{{ ticket.nmber }}",
            "x.md:3:11: there is no 'ticket.nmber' to put into a notice; did you mean 'ticket.num",
        ),
        ("Subject: {{ tckt.number }}\n\nb", "x.md:1:13: there is no 'tckt'"),
        ("{{ answer_by|wen }}", "there is no filter 'wen'; did you mean 'when'?"),
        ("{{ answer_by }}", "'answer_by' cannot be written as it is; put one of |when or |day or |clock behind it"),
        ("{{ ticket.subject|when }}", "'when' does not fit 'ticket.subject', which is a text"),
        ("{{ history|join(', ') }}", "'join' does not fit 'history', which is a list to go through with 'for'"),
        ("{{ desk }}", "'desk' has parts; write one of desk.name, desk.address, desk.emergency_phone"),
        ("{{ vip }}", "'vip' cannot be written; ask for it with 'if'"),
        ("{{ missing }}", "'missing' cannot be written; go through it with 'for'"),
        ("{{ words|truncate('x') }}", "'truncate' takes a number in its brackets"),
        ("{{ words|quote(3) }}", "'quote' takes nothing in its brackets"),
        ("{{ words }}", "'words' cannot be written as it is; put one of |quote or |plain or |truncate behind it"),
        ("{{ in_copy }}", "there is no 'in_copy'"),
        ("{% for x in ticket %}{% endfor %}", "'ticket' is no list; 'for' goes through lists"),
        ("{% if answer_by < 3 %}a{% endif %}", "'if' knows 'and', 'or', 'not', ==, != and 'in' of a list"),
        ("{% if 'a' in words %}a{% endif %}", "'if' knows"),
        ("{% include '_gretting.md' %}", "there is no part '_gretting.md'"),
        ("{% include '../README.md' %}", "there is no part '../README.md'"),
        ("{% if %}", "this is not a notice: Expected an expression"),
        ("a\n{% endfi %}", "x.md:2:1: this is not a notice: "),
        ("{# for: requester #}\nHi", "not 'requester'; did you mean 'requesters'?"),
        ("", "there are no words in it"),
        ("{# for: agents #}\n", "there are no words in it"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_the_nearest_word(text: str, message: str) -> None:
    assert message in wrong(x=text)


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize(
    "code",
    [
        "''.__class__",
        "ticket.__class__",
        "ticket['__class__']",
        "ticket|attr('__class__')",
        "[].append(1)",
        "range(1000000000)",
        "'a' * 1000000000",
        "lipsum(1000)",
        "cycler.__init__.__globals__",
        "self._TemplateReference__context",
        "ticket.subject.format(ticket)",
        "gettext.__globals__",
        "gettext(ticket)",
        "gettext(*ticket.tags)",
        "gettext('a', **ticket)",
        "ngettext('a', 'b', ticket.subject)",
        "words|safe",
        "words|map('upper')",
        "loop",
        "{'a': 1}",
        "a if b",
    ],
)
def test_code_cannot_be_smuggled_into_a_notice(code: str) -> None:
    assert wrong(x="{{ " + code + " }}")


@pytest.mark.parametrize(
    "statement",
    [
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% import 'x.md' as x %}",
        "{% extends 'layout.html' %}",
        "{% block b %}{% endblock %}",
        "{% filter upper %}a{% endfilter %}",
        "{% with %}{% endwith %}",
        "{% for a in history recursive %}{% endfor %}",
        "{% for a, b in history %}{% endfor %}",
        "{% include ticket.subject %}",
    ],
)
def test_a_notice_has_no_other_statements(statement: str) -> None:
    assert "a notice has no '" in wrong(x=statement)


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"answer": "x"}, "'answer' is the desk's own; in place of these you can have others: acknowledgement, "),
        ({"note_added": "x"}, "'note_added' is the desk's own"),
        ({"x__de": "a"}, "there is no x.md beside it, for readers of all other languages"),
        ({"x": "a", "x__dee": "b"}, "x.dee.md:1:1: there is no language 'dee'; did you mean 'de'?"),
        ({"VPN": "a"}, "a notice's name is up to 40 small letters"),
        ({"_part": "a"}, "a notice's name is up to 40 small letters"),
        ({"a" * 41: "a"}, "a notice's name is up to 40 small letters"),
        ({"x": "a", "x__de": FOR_THEM + "b"}, "x.md does not say that it is for requesters"),
        ({"nudge": "{# for: agents #}\na"}, "the notice 'nudge' goes to requesters: it cannot be for agents"),
        ({"solved": "Done."}, "'solved' carries what the agent wrote: it must have {{ words|quote }} in it"),
        ({"nudge": "{{ team }}"}, "'team' is internal"),
    ],
)
def test_files_that_do_not_fit_together_are_refused(files: dict[str, str], message: str) -> None:
    assert message in wrong(**files)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert len(wrong(x="{{ a }}{{ b }}", y="{{ c }}", answer="x").splitlines()) == 4


@pytest.mark.covers("bad:rule-book")
@pytest.mark.parametrize(
    ("then", "message"),
    [
        (
            '{ do = "reply", notice = "vpn_rset" }',
            "there is no notice 'vpn_rset' for requesters; did you mean 'vpn_reset'?",
        ),
        (
            '{ do = "reply", notice = "our_page" }',
            "the notice 'our_page' is for agents only; its file would have to begin",
        ),
        ('{ do = "notify", who = "tier", notice = "vpn_reset" }', "the notice 'vpn_reset' is for requesters only"),
        ('{ do = "notify", who = "tier", notice = "answer" }', "there is no notice 'answer' for agents"),
        ('{ do = "notify", who = "requester", notice = "note_added" }', "the notice 'note_added' is for agents only"),
    ],
)
def test_a_rule_names_a_notice_that_is_there_and_for_its_reader(then: str, message: str) -> None:
    own = read(vpn_reset=FOR_THEM + "a", our_page="b")
    with pytest.raises(RuleBookError) as error:
        load([("own.toml", f'[[macro]]\nname = "x"\nthen = [{then}]\n')], actions(), sendable(own))
    assert message in str(error.value)
    assert str(error.value).startswith("own.toml:3:")


WRITTEN = st.sampled_from(
    [
        *VALUES,
        *(name.replace("[]", "") for name in VALUES),
        *FILTERS,
        "'a'",
        "3",
        "none",
        "loop.index",
        "x.y",
        "__class__",
    ]
)
EXPRESSION = st.builds(
    " ".join, st.lists(st.one_of(WRITTEN, st.sampled_from(["|", "==", "in", "or", "(", ")", ".", "~"])))
)
PIECE = st.one_of(
    st.builds("{{{{ {} }}}}".format, EXPRESSION),
    st.builds("{{{{ {}|{} }}}}".format, WRITTEN, WRITTEN),
    st.builds("{{% if {} %}}a{{% else %}}b{{% endif %}}".format, EXPRESSION),
    st.builds(
        "{{% for h in {} %}}{{{{ h.{} }}}}{{{{ h }}}}{{% endfor %}}".format,
        WRITTEN,
        st.sampled_from(["at|when", "words"]),
    ),
    st.sampled_from(['{% include "_details.md" %}', '{% include "_history.md" %}', "{# c #}", "text", "\n"]),
)


@settings(deadline=None, max_examples=60)  # a template is compiled each time
@given(text=st.builds("".join, st.lists(PIECE, max_size=4)), language=st.sampled_from(LANGUAGES))
def test_what_is_taken_can_be_said_and_the_rest_is_refused(text: str, language: str) -> None:
    """A notice must never be the reason that a mail cannot be taken in."""
    try:
        own = read(x="a " + text)
    except RuleBookError:
        return
    for values in (samples.full(), samples.bare(), dict.fromkeys(samples.full(), None) | {"now": samples.NOW}):
        assert ownnotices.render(own, "x", language=language, desk=language, zone="UTC", values=values) is not None
