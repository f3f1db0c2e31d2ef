import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, UndefinedError, meta
from markdown_it import MarkdownIt
from msgspec import Struct

from bot.actions import actions
from bot.notice import notices
from bot.notice.notices import LANGUAGES, Md, Rendered, cut_marker, language_of, names, notice, plain, quote, render
from rules.loader import load
from rules.shipped import shipped_books

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
FOR_REQUESTERS = {
    "acknowledgement",
    "answer",
    "closed_unanswered",
    "fields_asked",
    "logged",
    "nudge",
    "own_words",
    "question",
    "remote_asked",
    "remote_link",
    "solved",
    "solved_nudge",
    "still_on_it",
    "survey",
    "survey_nudge",
    "too_large",
    "transferred",
    "where_it_stands",
}
OUTSIDE_A_TICKET = {"alarm", "bulletin", "digest", "link_code", "vendor_question", "work_list"}
ONLY_IN_ROOMS = {
    "card",
    "card_withdrawn",
    "choice_over",
    "command_result",
    "edit_too_late",
    "home",
    "not_done",
    "not_for_you",
    "offer",
    "survey_thanks",
    "which_ticket",
}
"""What only platforms of rooms show: there nobody needs a greeting, a signature or a line to write above."""
GIVEN_TO_WHISPERS = {"desk", "recipient"}
IN_ROOMS = {path.stem for path in notices.ROOM.glob("[!_]*.md")}
"""The notices with a shorter form for such platforms."""
SAME_IN_EVERY_LANGUAGE = {"answer", "verb_result"}
SAME_IN_ROOMS = SAME_IN_EVERY_LANGUAGE | {"bulletin", "own_words", "vendor_question"}
GIVEN_BY_RENDER = {"time_of_day", "cut_marker", "gettext", "pgettext", "ngettext", "npgettext"}
HOSTILE = [
    "[x](http://evil.example)",
    "![x](http://evil.example)",
    "<script>alert(1)</script>",
    "one\nSubject: two\r\n\r\n# three",
    "`code`",
    "*a* _b_ ~~c~~",
    "# heading",
    "- item",
    "1. item",
    "> quotation",
    "a\\",
    "%(number)s {{ ticket }} {% if %}",
]


WITHOUT_WORDS = {name for name in ONLY_IN_ROOMS if {*notice(name).needs} <= GIVEN_TO_WHISPERS} | {"card_withdrawn"}
TAGS = {"p", "br", "ul", "li", "strong", "blockquote", "code", "h2"}
COMPUTER = load(shipped_books(), actions()).categories["computer"]
SYSTEM = COMPUTER.fields[0]


class Person(Struct):
    name: str
    first_name: str = ""
    address: str = ""
    department: str = ""


def full(**changed: Any) -> dict[str, Any]:
    """Every value that any notice can use."""
    ticket = {
        "number": 42,
        "subject": "The printer is on fire",
        "status": "waiting_requester",
        "priority": "high",
        "opened_at": NOW,
        "tier": 1,
        "tags": ["printing", "floor_2"],
        "requester": "Ada Lovelace",
        "age": timedelta(days=3),
        "due_at": LATER,
        "overdue": False,
    }
    ada = Person("Ada Lovelace", "Ada", "ada@example.org", "Engines")
    values = {
        "desk": {"name": "Help Desk", "address": "help@example.org", "emergency_phone": "555 0100"},
        "ticket": ticket,
        "requester": ada,
        "recipient": ada,
        "agent": {"name": "Bo Berg", "first_name": "Bo"},
        "now": NOW,
        "words": "It burns.\n\nReally.",
        "answer_by": LATER,
        "opens_at": LATER,
        "via": "phone",
        "solved": True,
        "attachments": ["fire.png", "log_1.txt"],
        "refused": ["setup_1.exe"],
        "uncopied": ["disk_1.img (it is larger than 25 MB)"],
        "team": "network",
        "other": "support",
        "limit": 25_000_000,
        "author": {"name": "Eve", "address": "eve@example.org"},
        "actor": {"name": "Cy Clone"},
        "colleague": "Dee Day",
        "at": NOW,
        "flags": ["unverified_address"],
        "history": [
            {"author": "Ada Lovelace", "at": NOW, "words": "It burns.", "kind": "message", "internal": False},
            {"author": "Bo Berg", "at": NOW, "words": quote("Bring water."), "kind": "note", "internal": True},
            {"author": "rule Fire", "at": NOW, "words": "tagged: fire", "kind": "change", "internal": True},
        ],
        "mark": 2,
        "comment": "It took a week.",
        "address": "ada@example.org",
        "reason": "no_marker",
        "status": "5.1.1",
        "title": "Done",
        "titles": ["Done"],
        "lines": ["one", "two"],
        "asked": "#sovle",
        "help": ["#solve"],
        "owner": "Bo Berg",
        "assignee": Person("Bo Berg"),
        "worker": {"name": "Bo Berg", "first_name": "Bo"},
        "go_on_at": LATER,
        "people": [{"name": "", "address": "fay@example.org"}],
        "tickets": [ticket],
        "sections": [{"title": "Overdue", "tickets": [ticket], "more": 3}],
        "period": "1 Oct 2026 – 31 Oct 2026",
        "of": "network",
        "figures": [{"label": "Opened", "value": "412", "beside": "before: 368"}],
        "needing": [ticket | {"link": Md("**#42**"), "since": NOW, "overdue": True}],
        "parts": [
            {
                "title": "Open tickets",
                "lines": ["Open at the end: 57"],
                "short": ["printer: tickets 3"],
                "table": Md(""),
                "picture": Md(""),
            }
        ],
        "empty": False,
        "mine": [ticket],
        "bulletins": [{"title": "The network is down", "words": quote("Until noon.")}],
        "queue": [ticket],
        "name": "inbox.stuck",
        "detail": "no mail for two hours",
        "since": NOW,
        "remedy": "look at the mail server",
        "until": LATER,
        "files": [{"name": "manual_1.pdf", "size": 1_234_567}],
        "commands": ["#priority high"],
        "promises": [
            {"target": "first_response", "due_at": NOW, "overdue": True},
            {"target": "next_reply", "due_at": LATER, "overdue": False},
            {"target": "resolution", "due_at": None, "overdue": False},
        ],
        "sla": {"target": "first_response", "due_at": LATER, "policy": "Standard", "share": 0.8},
        "form": [SYSTEM],
        "category": COMPUTER,
        "fields": [{"field": SYSTEM, "value": "Windows 11"}, {"field": "once_known", "value": "1"}],
        "missing": [SYSTEM],
        "vip": True,
        "person": {"name": "Bo Berg"},
        "link": "https://remote.example.org/join/42",
        "similar": [{"number": 7, "subject": "It burns", "resolution": "Water."}],
        "asset": {"number": "PC-0815", "kind": "laptop", "critical": True},
        "promise": {"target": "first_response", "due_at": LATER, "overdue": False},
        "speaks": True,
        "notes_first": False,
        "goes_on_in": None,
        "code": "abcd2345",
        "platform": "Discord",
    }
    return values | changed


def bare(name: str) -> dict[str, Any]:
    """Only what the notice needs, with everything empty in it that can be."""
    ticket = {"number": 1, "subject": "", "status": "new", "priority": "low", "opened_at": NOW, "tier": 1, "tags": []}
    values = full(
        desk={"name": "Help Desk", "address": "", "emergency_phone": ""},
        ticket=ticket,
        requester=Person("", address="ada@example.org"),
        recipient=Person(""),
        words="",
    )
    return {key: values[key] for key in (*notice(name).needs, "now")}


def say(name: str, language: str = "en", *, in_room: bool = False, **changed: Any) -> Rendered:
    return render(name, language=language, zone="Europe/Berlin", values=full(**changed), in_room=in_room)


class Page(HTMLParser):
    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(MarkdownIt("commonmark").render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


# ------------------------------------------------------------------------------------------ all of them


@pytest.mark.covers("H11", "H17")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_every_notice_is_said_in_every_language(name: str, language: str) -> None:
    said = say(name, language)
    assert said.body == said.body.strip()
    assert "\n\n\n" not in said.body
    assert set(Page(said.body).tags) <= TAGS
    if name not in SAME_IN_EVERY_LANGUAGE and language != "en":
        assert said.body != say(name).body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_every_notice_does_without_what_it_may_leave_out(name: str, language: str) -> None:
    said = render(name, language=language, zone="UTC", values=bare(name))
    assert "None" not in said.body
    assert "()" not in said.body
    assert "****" not in said.body


def used(source: str) -> set[str]:
    """The values that a template and its parts use."""
    environment = Environment(loader=FileSystemLoader(notices.FOLDER), extensions=["jinja2.ext.i18n"])  # noqa: S701
    environment.filters |= notices._environment("en", str).filters
    tree = environment.parse(source)
    parts = [part for part in meta.find_referenced_templates(tree) if part]
    whole = meta.find_undeclared_variables(tree).union(*(used((notices.FOLDER / part).read_text()) for part in parts))
    return whole - GIVEN_BY_RENDER


@pytest.mark.parametrize("name", names())
def test_a_template_declares_exactly_the_values_it_uses(name: str) -> None:
    about = notice(name)
    declared = {*about.needs, *about.may_use} - (GIVEN_TO_WHISPERS if name in ONLY_IN_ROOMS else set())
    assert used(about.subject) | used(about.body) == declared


def test_every_form_for_rooms_is_that_of_a_notice() -> None:
    assert set(names()) - ONLY_IN_ROOMS > IN_ROOMS


@pytest.mark.parametrize("name", sorted(IN_ROOMS))
def test_the_form_for_rooms_uses_values_of_its_notice_only(name: str) -> None:
    about = notice(name)
    assert used((notices.ROOM / f"{name}.md").read_text()) <= {*about.needs, *about.may_use}


@pytest.mark.covers("H11", "H17")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_in_rooms_every_notice_is_said_in_every_language(name: str, language: str) -> None:
    said = say(name, language, in_room=True)
    assert said.subject == say(name, language).subject
    assert "\n\n\n" not in said.body
    assert "##-" not in said.body
    assert set(Page(said.body).tags) <= TAGS
    if name not in SAME_IN_ROOMS and language != "en":
        assert said.body != say(name, in_room=True).body


@pytest.mark.parametrize("name", names())
def test_in_rooms_nobody_is_greeted_or_told_to_write_above_a_line(name: str) -> None:
    body = say(name, in_room=True).body
    assert not body.startswith("Good morning")
    assert "Kind regards" not in body
    assert "above the line" not in body


@pytest.mark.parametrize("name", sorted(IN_ROOMS))
def test_the_form_for_rooms_does_without_what_it_may_leave_out(name: str) -> None:
    said = render(name, language="en", zone="UTC", values=bare(name), in_room=True)
    assert "None" not in said.body
    assert "()" not in said.body
    assert "****" not in said.body


@pytest.mark.parametrize("poison", HOSTILE)
@pytest.mark.parametrize("name", sorted(IN_ROOMS))
def test_no_value_becomes_markup_in_a_room(name: str, poison: str) -> None:
    values = {key: spoilt(value, poison) for key, value in full().items()}
    said = render(name, language="en", zone="UTC", values=values, in_room=True)
    assert set(Page(said.body).tags) <= TAGS


def test_names_lists_every_notice_with_what_it_is_for() -> None:
    assert set(names()) == {path.stem for path in notices.FOLDER.glob("*.md") if path.stem[0] != "_"}
    assert all(about.endswith(".") for about in names().values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(set(names()) - FOR_REQUESTERS - OUTSIDE_A_TICKET - ONLY_IN_ROOMS))
def test_what_an_agent_can_answer_begins_with_the_cut_marker(name: str, language: str) -> None:
    first = say(name, language).body.split("\n")[0]
    assert first == cut_marker(language)
    assert first.startswith("##- ")
    assert first.endswith(" -##")
    assert Page(say(name, language).body).words.startswith(first)


@pytest.mark.parametrize("name", sorted(FOR_REQUESTERS))
def test_a_requester_reads_who_speaks_and_for_which_desk(name: str) -> None:
    body = say(name).body
    assert body.endswith("Kind regards,\\\nBo Berg\\\nHelp Desk")
    assert say(name, agent=None).body.endswith("Kind regards,\\\nHelp Desk")
    assert "##-" not in body


@pytest.mark.parametrize("name", sorted(FOR_REQUESTERS))
def test_what_a_requester_reads_keeps_the_tickets_subject(name: str) -> None:
    assert say(name).subject == ""


# ------------------------------------------------------------------------------------------ hostile values


def spoilt(value: object, poison: str) -> object:
    """`value` with every text in it replaced, except the names that templates choose by."""
    if isinstance(value, dict):
        return {key: spoilt(item, poison) for key, item in value.items()}
    if isinstance(value, list):
        return [spoilt(item, poison) for item in value]
    if isinstance(value, Person):
        return Person(poison, poison, poison, poison)
    return poison if isinstance(value, str) else value


@pytest.mark.parametrize("poison", HOSTILE)
@pytest.mark.parametrize("name", sorted(set(names()) - WITHOUT_WORDS))
def test_no_value_becomes_markup_or_a_header(name: str, poison: str) -> None:
    values = {key: spoilt(value, poison) for key, value in full().items()}
    said = render(name, language="en", zone="UTC", values=values)
    page = Page(said.body)
    assert set(page.tags) <= TAGS
    assert page.tags.count("code") <= 7
    assert len(said.subject.splitlines()) <= 1
    assert "".join(poison.split()) in "".join(page.words.split())


def test_a_subject_is_plain_text() -> None:
    ticket = full()["ticket"] | {"subject": "*Fire*\r\nBcc: all@example.org\x00\u202e"}
    assert say("ticket_show", ticket=ticket).subject == "#42: *Fire* Bcc: all@example.org"


def test_markdown_values_stay_markdown() -> None:
    assert "**now**" in say("answer", words=Md("Do it **now**")).body
    assert "\\*\\*now\\*\\*" in say("answer", words=plain("Do it **now**")).body


def test_words_are_quoted_once_however_they_come() -> None:
    bodies = {say("ticket_opened", words=words).body for words in ("a\nb", plain("a\nb"), quote("a\nb"))}
    assert len(bodies) == 1
    assert "> a\\\n> b" in bodies.pop()


# ------------------------------------------------------------------------------------------ what they say


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, "goes to the requester after a moment"),
        ({"notes_first": True}, "stays among yourselves; begin with >>"),
        ({"speaks": False}, "worked on elsewhere now"),
        ({"goes_on_in": 7}, "It goes on in #7."),
    ],
)
def test_a_card_says_what_becomes_of_words_below_it(changed: dict[str, Any], sentence: str) -> None:
    last = Page(say("card", **changed).body).words.strip().splitlines()[-1]
    assert sentence in last


def test_a_card_of_a_solved_ticket_does_not_say_how_to_answer() -> None:
    assert "below" not in say("card", ticket=full()["ticket"] | {"status": "solved"}).body


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "You will hear from us by Monday 23 November, 09:00 CET."),
        ("de", "Sie hören spätestens am Montag, 23. November, 09:00 Uhr (MEZ), von uns."),
        ("fr", "Vous aurez de nos nouvelles au plus tard le lundi 23 novembre à 09:00 (CET)."),
        ("it", "Riceverà una nostra risposta entro lunedì 23 novembre, ore 09:00 (CET)."),
        ("pl", "Odezwiemy się najpóźniej w tym terminie: poniedziałek, 23 listopada, godz. 09:00 (CET)."),
        ("da", "Du hører fra os senest mandag den 23. november kl. 09.00 (CET)."),
    ],
)
def test_the_acknowledgement_says_by_when_on_the_readers_clock(language: str, sentence: str) -> None:
    assert sentence in say("acknowledgement", language).body


def test_the_acknowledgement_says_what_is_so_and_nothing_else() -> None:
    body = say("acknowledgement", opens_at=None, desk=full()["desk"] | {"emergency_phone": ""}).body
    assert "**#42**" in body
    assert "closed" not in body
    assert "call" not in body
    assert "open again on Monday 23 November, 09:00 CET" in say("acknowledgement").body
    assert "please call 555 0100" in say("acknowledgement").body


def test_the_acknowledgement_repeats_nothing_that_the_sender_wrote() -> None:
    """Else anybody could have the desk mail their words to anybody."""
    assert "printer" not in say("acknowledgement").body


@pytest.mark.parametrize(
    ("language", "greetings"),
    [
        ("en", ["Good morning Ada,", "Good afternoon Ada,", "Good evening Ada,", "Hello Ada,", "Hello,"]),
        ("de", ["Guten Morgen Ada,", "Guten Tag Ada,", "Guten Abend Ada,", "Hallo Ada,", "Guten Tag,"]),
        ("fr", ["Bonjour Ada,", "Bonjour Ada,", "Bonsoir Ada,", "Bonsoir Ada,", "Bonjour,"]),
        ("it", ["Buongiorno Ada,", "Buon pomeriggio Ada,", "Buonasera Ada,", "Salve Ada,", "Salve,"]),
        ("pl", ["Dzień dobry,", "Dzień dobry,", "Dobry wieczór,", "Witamy,", "Dzień dobry,"]),
        ("da", ["Godmorgen Ada,", "Hej Ada,", "Godaften Ada,", "Hej Ada,", "Hej,"]),
    ],
)
def test_a_greeting_fits_the_hour_and_the_person(language: str, greetings: list[str]) -> None:
    hours = [NOW.replace(hour=hour) for hour in (8, 13, 18, 23)]
    said = [say("acknowledgement", language, now=now).body for now in hours]
    said.append(say("acknowledgement", language, recipient=Person("frontdesk7")).body)
    assert [body.split("\n")[0] for body in said] == greetings


def test_a_call_and_a_visit_are_confirmed_as_what_they_were() -> None:
    assert "Thank you for your call" in say("logged").body
    assert "Thank you for dropping in" in say("logged", via="walk_in").body
    assert "at once" in say("logged").body
    assert "looking after it" in say("logged", solved=False).body


@pytest.mark.parametrize(
    ("reason", "changed", "sentence"),
    [
        ("no_marker", {}, "The line that divides"),
        ("requester_thread", {}, "You answered a mail of the requester's own"),
        ("interleaved", {}, "between or below"),
        ("answered_by_other", {}, "Dee Day answered before you, on Sunday 22 November, 09:00 CET."),
        ("answered_by_other", {"colleague": None}, "A colleague answered before you."),
        ("buried_verb", {}, "Commands come first, each on a line of its own"),
    ],
)
def test_a_held_answer_says_why(reason: str, changed: dict[str, Any], sentence: str) -> None:
    said = say("draft_held", reason=reason, **changed)
    assert said.subject == "Not sent: your answer on #42"
    assert sentence in said.body
    assert "`#send`" in said.body
    assert "`#cancel`" in said.body


def test_a_held_answer_says_what_would_go_to_whom() -> None:
    words = Page(say("draft_held").body).words
    assert "what would be sent to Ada Lovelace (ada@example.org):" in words
    assert "With these files:\n\nmanual_1.pdf (1.2 MB)\n" in words
    assert "carried out with it: #priority high" in words
    bare_words = Page(say("draft_held", files=[], commands=[]).body).words
    assert "files" not in bare_words
    assert "carried out" not in bare_words


def test_names_are_put_into_words() -> None:
    shown = say("ticket_show", "de").body
    assert "- Status: wartet auf Rückmeldung" in shown
    assert "- Priorität: hoch" in shown
    assert "could not verify" in say("ticket_message", flags=sorted(notices.FLAGS)).body
    assert "- Reason: the receiving side refused it" in say("not_delivered", reason="failed").body
    assert "- Reason: 550 no such user" in say("not_delivered", reason="550 no such user").body


def test_a_person_without_a_name_is_known_by_the_address() -> None:
    nameless = Person("", address="ada@example.org")
    said = say("ticket_opened", requester=nameless, vip=False).body
    assert "- Requester: ada@example.org\n" in said
    assert "goes to ada@example.org;" in said


def test_a_list_of_tickets_can_be_empty() -> None:
    assert say("ticket_list", ticket=None).body == (
        "**Done**\n\n- **#42** The printer is on fire (Ada Lovelace; priority high; waiting for the requester; 3 days)"
        ": due Monday 23 November, 09:00 CET"
    )
    assert say("ticket_list", tickets=[], ticket=None).body == "**Done**\n\nThere are no tickets."


def test_outside_a_ticket_nothing_is_said_of_a_requester() -> None:
    body = say("verb_refused", ticket=None).body
    assert cut_marker("en") not in body
    assert "requester" not in body


# ------------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de-AT", "de"), ("pl_PL", "pl"), ("DA", "da"), ("en-US", "en"), ("sv", "en"), ("", "en"), ("../de", "en")],
)
def test_a_reader_whose_language_we_lack_gets_english(tag: str, language: str) -> None:
    assert language_of(tag) == language
    assert say("acknowledgement", tag) == say("acknowledgement", language)


@pytest.mark.parametrize("name", ["no_such", "_greeting", "../README", ""])
def test_an_unknown_notice_is_an_error(name: str) -> None:
    with pytest.raises(KeyError):
        say(name)


def test_a_template_without_its_head_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "headless.md").write_text("Subject:\n\nHello\n")
    monkeypatch.setattr(notices, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"headless\.md does not begin with"):
        notice("headless")


def without(values: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}


@pytest.mark.parametrize("name", names())
def test_a_value_that_is_needed_and_missing_is_an_error(name: str) -> None:
    unused = GIVEN_TO_WHISPERS if name in ONLY_IN_ROOMS else {"recipient"}
    needed = [key for key in notice(name).needs if key not in unused]
    for key in needed:
        with pytest.raises(UndefinedError):
            render(name, language="en", zone="UTC", values=without(full(), [key]))


def test_a_misspelt_field_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        say("acknowledgement", ticket={"nmber": 42})


def test_the_same_values_give_the_same_words() -> None:
    assert say("ticket_show", "fr") == say("ticket_show", "fr")


def test_an_acknowledgement_is_quick() -> None:
    """The aim is 0.15 ms; this only notices when a cache has stopped working."""
    say("acknowledgement", "de")
    began = time.process_time()
    for _ in range(200):
        say("acknowledgement", "de")
    assert (time.process_time() - began) / 200 < 0.002


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("noted on #3", "Noted on #3"),
        ("öffnet #3", "Öffnet #3"),
        ("carol@example.org is in copy", "carol@example.org is in copy"),
        ("m.weber@example.org is in copy", "m.weber@example.org is in copy"),
        ("#3 is solved", "#3 is solved"),
    ],
)
def test_a_result_begins_as_a_sentence_does(words: str, said: str) -> None:
    assert say("verb_result", titles=[words]).subject == said
