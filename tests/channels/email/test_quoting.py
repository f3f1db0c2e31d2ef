"""What is cut from a mail's text, on mails as the clients write them.

The mails are in `replies/`: each line says in front whose it is (r = reply, q = quoted, s = signature). `bench.reading`
measures the two files `clients` with other libraries beside ours. Their mails are all Ada Byron's.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import html, quoting

REPLIES = Path(__file__).parent / "replies"
TABLES = ("attributions", "attributions_with_marks", "headers", "mobile", "kept")
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"
AUTHOR = "Ada Byron"
OWN = "Own words here.\n\nAnd a second line."


def labelled() -> Iterator[object]:
    for file in sorted(REPLIES.glob("*.txt")):
        if file.stem not in TABLES:
            for mail in file.read_text(encoding="utf-8").split("### ")[1:]:
                title, _, body = mail.partition("\n")
                yield pytest.param(body.rstrip("\n").split("\n"), id=f"{file.stem}: {title}")


def rows(name: str) -> list[str]:
    return (REPLIES / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def solid(text: str) -> list[str]:
    """The lines that show something, without their outer blanks."""
    return [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip().strip(INVISIBLE)]


@pytest.mark.covers("E80")
@pytest.mark.parametrize("lines", list(labelled()))
def test_mails_of_the_clients(lines: list[str]) -> None:
    found = quoting.split("\n".join(line[2:] for line in lines), author=AUTHOR)
    expected = {
        letter: [line[2:].strip() for line in lines if line[:1] == letter and line[2:].strip()] for letter in "rqs"
    }
    assert {"r": solid(found.reply), "q": solid(found.quoted), "s": solid(found.signature)} == expected
    assert quoting.split(found.reply).reply == found.reply


def labelled_html() -> Iterator[object]:
    for mail in (REPLIES / "clients.html").read_text(encoding="utf-8").split("### ")[1:]:
        title, _, body = mail.partition("\n")
        source, _, reply = body.partition("\n=== reply\n")
        yield pytest.param(source, reply, id=title)


@pytest.mark.covers("E80")
@pytest.mark.parametrize(("source", "reply"), list(labelled_html()))
def test_mails_of_the_clients_that_are_html_only(source: str, reply: str) -> None:
    assert solid(quoting.split(html.to_text(source), author=AUTHOR).reply) == solid(reply)


def test_a_marked_signature_is_no_end_if_words_stand_below_it() -> None:
    source = '<div>One.</div><div id="Signature"><p>Ada</p><p>Engines</p></div><div>And two more words</div>'
    assert quoting.split(html.to_text(source)).reply == "One.\n\nAda\n\nEngines\nAnd two more words"


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("It fails\n\nAda", "It fails"),
        ("It fails.\nAda Byron\nHead of Engines\nRoom 3", "It fails."),
        ("Who has it:\n\nAda", "Who has it:\n\nAda"),
        ("Ask\nAda", "Ask\nAda"),
        ("It fails\n\nBob", "It fails\n\nBob"),
        ("Ada", "Ada"),
        ("Hi\n\nAda\nhas the key and is away until Monday.", "Hi\n\nAda\nhas the key and is away until Monday."),
    ],
)
def test_the_authors_name_below_the_text_is_a_signature(text: str, reply: str) -> None:
    assert quoting.split(text, author="Ada Byron ada.byron").reply == reply


@pytest.mark.parametrize("attribution", rows("attributions"))
@pytest.mark.parametrize("mark", ["> ", ""])
@pytest.mark.parametrize("wrapped", [False, True])
def test_attribution_above_a_quote(attribution: str, mark: str, *, wrapped: bool) -> None:
    if wrapped:
        words = attribution.split(" ")
        at = len(words) * 2 // 3
        attribution = " ".join(words[:at]) + "\n" + " ".join(words[at:])
    found = quoting.split(f"{OWN}\n\n{attribution}\n\n{mark}quoted words\n{mark}and more\n")
    assert found.reply == OWN
    assert solid(found.quoted)[0] == attribution.split("\n")[0].strip()


@pytest.mark.parametrize("attribution", rows("attributions_with_marks"))
def test_attribution_that_needs_quote_marks(attribution: str) -> None:
    assert quoting.split(f"{OWN}\n\n{attribution}\n> quoted words\n> and more\n").reply == OWN
    assert quoting.split(f"{attribution}\n> quoted words\n> and more\n\n{OWN}\n").reply == OWN


@pytest.mark.parametrize("header", rows("headers"))
def test_copied_header(header: str) -> None:
    header = header.replace("|", "\n")
    rule = "_" * 32
    for block in (header, f"{rule}\n{header}", header.replace("\n", "\n\n")):
        assert quoting.split(f"{OWN}\n\n{block}\n\nquoted words\nand more\n").reply == OWN
    marked = "\n".join(f"> {line}" for line in header.split("\n"))
    assert quoting.split(f"{OWN}\n\n{marked}\n>\n> quoted words\n").reply == OWN


@pytest.mark.covers("E80")
@pytest.mark.parametrize("header", rows("headers"))
def test_a_forward_without_own_words_is_kept_whole(header: str) -> None:
    text = header.replace("|", "\n") + "\n\nforwarded words"
    found = quoting.split(text)
    assert solid(found.reply) == solid(text)
    assert not found.quoted
    assert not found.signature


@pytest.mark.parametrize("footer", rows("mobile"))
def test_footer_of_a_program(footer: str) -> None:
    assert quoting.split(f"{OWN}\n\n{footer}\n").signature == footer
    assert quoting.split(f"{OWN}\n{footer}\n\n> quoted").reply == OWN


@pytest.mark.parametrize("text", rows("kept"))
def test_words_that_only_look_like_something_else(text: str) -> None:
    text = text.replace("|", "\n")
    assert quoting.split(text).reply == text


@pytest.mark.covers("E80")
@pytest.mark.parametrize(
    "said",
    [
        "Please see my answers below in red.",
        "Siehe meine Antworten unten.",
        "Mes réponses en rouge ci-dessous",
        "Le mie risposte sotto",
        "Moje odpowiedzi poniżej",
        "Mine svar nedenfor",
    ],
)
def test_answers_announced_in_history_without_marks_keep_it(said: str) -> None:
    header = "From: Bob <bob@example.com>\nSent: Monday, March 2, 2026 9:00 AM\nTo: Ada\nSubject: x\n\nWhich room?\n7\n"
    assert quoting.split(f"{said}\n\n{header}").reply.endswith("Which room?\n7")
    assert quoting.split(f"I answered him.\n\n{header}").reply == "I answered him."


BANNERS = """[EXTERNAL]||Hi there
CAUTION: EXTERNAL SENDER|Hi there
You don't often get email from ada@example.com. Learn why this is important<https://aka.ms/LearnAboutSender>|Hi there
ACHTUNG: Diese E-Mail stammt von einem externen Absender. Klicken Sie nicht auf Links!||Hi there
Externe E-Mail: Öffnen Sie keine Anhänge von Unbekannten.|Hi there
ATTENTION : Ce courriel provient de l'extérieur de l'organisation. Ne cliquez pas sur les liens.||Hi there
ATTENZIONE: questa e-mail proviene dall'esterno. Non aprire allegati da un mittente esterno.||Hi there
UWAGA: Wiadomość od zewnętrznego nadawcy. Nie klikaj w linki.||Hi there
ADVARSEL: Denne e-mail kommer fra en ekstern afsender. Klik ikke på links.||Hi there
This message was sent from outside the company. Do not click links unless you|recognize the source.||Hi there
ZjQcmQRYFpfptBannerStart|This Message Is From an External Sender|ZjQcmQRYFpfptBannerEnd|Hi there"""


@pytest.mark.parametrize("text", BANNERS.split("\n"))
def test_a_gateways_warning_on_top_is_cut_and_nothing_below_it(text: str) -> None:
    assert quoting.split(text.replace("|", "\n")).reply == "Hi there"


@pytest.mark.covers("E80")
def test_delimiter_counts_in_the_last_section_only() -> None:
    text = "First.\n-- \nnot a signature, for it is answered below\n> quote\nLast.\n-- \nAda"
    found = quoting.split(text)
    assert found.signature == "-- \nAda"
    assert "not a signature" in found.reply


def test_above_marker_is_none_without_a_marker() -> None:
    assert quoting.split("Hello").above_marker is None


MARKED = "On 14 Mar 2023, at 09:12, Desk <help@example.org> wrote:\n> ##- Please write above this line -##\n> One?\n"


@pytest.mark.parametrize(
    ("text", "above"),
    [
        pytest.param("Yes.\n\n" + MARKED, True, id="above"),
        pytest.param("Yes.\n\n" + MARKED.replace("> ", ""), True, id="above, without quote marks"),
        pytest.param(MARKED + "\nYes.", False, id="below"),
        pytest.param("Hi,\n\n" + MARKED + "Yes.\n> Two?\nNo.", False, id="between"),
        pytest.param("Hi,\n\n" + MARKED + "\nYes.", False, id="above and below"),
        pytest.param("> other quote\nYes.\n> second\nNo.\n\n" + MARKED, False, id="above, but with quotes in it"),
        pytest.param(MARKED, False, id="nothing written"),
        pytest.param("Ja.\n\n##- Bitte über\ndieser Zeile antworten -##\nalt", True, id="wrapped marker"),
        pytest.param("Ok\n\n-- \nAda\n\n" + MARKED, True, id="signature above"),
    ],
)
def test_above_marker(text: str, *, above: bool) -> None:
    assert quoting.split(text).above_marker is above


def test_new_words_leave_the_context_out() -> None:
    text = "Bob wrote:\n> One?\nYes.\n\n> Two?\nNo."
    found = quoting.split(text)
    assert found.reply == text
    assert quoting.new_words(found.reply) == "Yes.\n\nNo."


LINES = st.sampled_from(
    [
        *["", " ", "own words", "More own words, with a comma.", "> quoted", ">", ">> deeper", "| bar", "BS> named"],
        *[
            "On 5 May 2023 at 10:02, Ada <ada@example.org> wrote:",
            "wrote:",
            "Am 05.05.2023 schrieb Ada:",
            "-- ",
            "--",
            "—",
        ],
        *[
            "From: Ada <ada@example.org>",
            "Sent: 5 May 2023 10:02",
            "To: Bob",
            "Subject: x",
            "-----Original Message-----",
        ],
        *[
            "________________________________",
            "Best regards",
            "Ada Byron",
            "Tel. +49 123 456789",
            "Thanks",
            "Gruß, Ada",
        ],
        *[
            "Sent from my iPhone",
            "This mail is confidential and only for the intended recipient of it, please delete it.",
        ],
        *[
            "##- Please write above this line -##",
            ">>> Ada 05/05/13 10:02 AM >>>",
            "Begin forwarded message:",
            "\u200b",
            "- Ada",
        ],
        *[
            "https://lists.example.org/mailman/listinfo/help",
            "_______________________________________________",
            "PS: no",
        ],
    ]
)
TEXTS = st.one_of(st.lists(LINES, max_size=30).map("\n".join), st.text(max_size=300))


@given(TEXTS)
def test_no_line_is_lost(text: str) -> None:
    found = quoting.split(text)
    parts = Counter(solid(found.reply)) + Counter(solid(found.quoted)) + Counter(solid(found.signature))
    assert parts == Counter(solid(text))


@given(TEXTS)
def test_a_reply_is_its_own_reply(text: str) -> None:
    """Unless a quote was cut out between own words: what then stands together may read as a signature."""
    found = quoting.split(text)
    reply = found.reply
    quoted, signature = solid(found.quoted), solid(found.signature)
    below = solid(text.lstrip().removeprefix(reply))
    if not quoted or below in (quoted + signature, signature + quoted):
        assert quoting.split(reply).reply == reply
    assert solid(text) == [] or solid(reply) != []


@given(TEXTS)
def test_new_words_are_part_of_the_reply(text: str) -> None:
    reply = quoting.split(text).reply
    assert Counter(solid(quoting.new_words(reply))) <= Counter(solid(reply))


@pytest.mark.parametrize(
    "seed",
    [
        "a:\n",
        ">\n",
        "> a\nb\n",
        "From: a@b\n",
        "To: @;\n",
        "---\n",
        "-- \n",
        "wrote ",
        "On 5 Jan 2023 10:00 ",
        "_",
        "a@",
        "\u200b",
        "Thanks\nAda\n",
    ],
)
def test_time_grows_with_length_only(seed: str) -> None:
    text = seed * (200_000 // len(seed))
    assert solid(quoting.split(text).reply) or not solid(text)
