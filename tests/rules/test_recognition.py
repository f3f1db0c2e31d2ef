"""What people write about their trouble, in six languages and many forms, and what the desk reads out of it."""

import pytest

from rules.categories import Categories
from rules.loader import load
from rules.recognition import MOST_NUMBERS, category_of, details_of, numbers_in
from rules.shipped import shipped_books


def shipped() -> Categories:
    from bot.actions import actions

    return load(shipped_books(), actions()).categories


CATEGORIES = shipped()
COMPUTER = CATEGORIES["computer"].fields


@pytest.mark.covers("H2")
@pytest.mark.parametrize(
    ("subject", "text", "category"),
    [
        ("The printer is broken", "It does not print any more.", "printer"),
        ("Drucker im 3. OG", "Guten Morgen,\nbei uns druckt nichts mehr. Papierstau?", "printer"),
        ("Imprimante en panne", "Bonjour, l'imprimante n'imprime plus.", "printer"),
        ("Stampante", "Buongiorno, la stampante non stampa.", "printer"),
        ("Nie drukuje", "Dzień dobry, drukarka nie drukuje.", "printer"),
        ("Udskrift", "Hej, printeren vil ikke udskrive.", "printer"),
        ("Kein Ton im Headset", "Am Telefon hört mich niemand.", "phone"),
        ("VPN", "I cannot reach the VPN from home.", "network"),
        ("WLAN im Besprechungsraum", "geht nicht", "network"),
        ("Passwort vergessen", "Ich kann mich nicht anmelden.", "account"),
        ("Mot de passe", "Mon compte est verrouillé.", "account"),
        ("Hasło", "Moje konto jest zablokowane.", "account"),
        ("Outlook stürzt ab", "Seit heute früh.", "email"),
        ("Excel license", "My licence ran out.", "software"),
        ("Blue screen", "My laptop restarts by itself.", "computer"),
        ("Skærmen er sort", "Min bærbare computer starter ikke.", "computer"),
        ("Lunch", "Is there still soup?", None),
        ("", "", None),
    ],
)
def test_what_a_request_is_about(subject: str, text: str, category: str | None) -> None:
    assert category_of(CATEGORIES, subject, text) == category


def test_words_count_once_those_of_the_subject_double_and_of_equal_ones_the_first_counts() -> None:
    assert category_of(CATEGORIES, "VPN", "printer printer printer") == "network"
    assert category_of(CATEGORIES, "", "printer vpn") == "printer"
    assert category_of(CATEGORIES, "", "imprinters") is None, "only whole words"


@pytest.mark.covers("H2")
@pytest.mark.parametrize(
    "line",
    [
        "OS: Windows 11",
        "os : windows 11",
        "OS = Windows 11",
        "- OS: Windows 11",
        "* **OS:** Windows 11",
        "  • OS – Windows 11",
        "1) System: Windows 11",
        "Betriebssystem - Windows 11",
        "Système\u00a0: Windows 11",
        "Système d'exploitation : Windows 11",
        "Sistema operativo: Windows 11",
        "System operacyjny: Windows 11",
        "Styresystem: Windows 11",
        "| System | Windows 11 |",
        "System\tWindows 11",
        "System     Windows 11",
        "System:\nWindows 11",
        "Operating system?  Windows 11",
        "> System:\n\nWindows 11\n\n> Computer number:",
        "[x] System: Windows 11",
        "System ：Windows 11",
        "OS -> Windows 11",
        "It beeps and does not start any more. OS: Windows 11",
    ],
)
def test_a_field_is_read_where_its_name_stands(line: str) -> None:
    found = details_of(COMPUTER, f"Hello,\n\n{line}\n\nKind regards\nAda")
    assert found.named["system"].casefold() == "windows 11"


@pytest.mark.covers("H2")
def test_several_fields_on_one_line_and_in_a_table() -> None:
    line = "OS: Windows 11, RAM: 16 GB; Asset: PC-0815, the one at the window"
    assert details_of(COMPUTER, line).named == {
        "system": "Windows 11",
        "memory": "16 GB",
        "asset": "PC-0815, the one at the window",
    }
    table = "| System | Memory | Asset |\n|---|---|---|\n| macOS 15 | 8 GB | NB-12 |"
    assert details_of(COMPUTER, table).named == {"system": "macOS 15", "memory": "8 GB", "asset": "NB-12"}


@pytest.mark.covers("H2")
def test_a_name_inside_a_sentence_is_none_and_one_behind_a_sentence_ends_what_is_said_before() -> None:
    assert details_of(COMPUTER, "It is slow. System seems busy, and the old system: no better.").named == {}
    line = "Already tried: restarted it. Twice. Error message: It failed. Error: 0x80"
    assert details_of(COMPUTER, line).named == {"tried": "restarted it. Twice.", "error": "It failed. Error: 0x80"}


FORMS = {
    "en": "System: Windows 11\n- Computer number: PC-0815\n- Already tried: restarted it\n- Error message: 0x80070005",
    "de": "System: Windows 11\n- Rechnernummer: PC-0815\n- Schon versucht: neu gestartet\n- Fehlermeldung: 0x80070005",
    "fr": (
        "Système\u00a0: Windows 11\n- Numéro de l’ordinateur\u00a0: PC-0815\n- Déjà essayé\u00a0: redémarré\n"
        "- Message d’erreur\u00a0: 0x80070005"
    ),
    "it": (
        "Sistema: Windows 11\n- Numero del computer: PC-0815\n"
        "- Già provato: riavviato\n- Messaggio di errore: 0x80070005"
    ),
    "pl": (
        "System: Windows 11\n- Numer komputera: PC-0815\n- Co już próbowano: restart\n- Komunikat o błędzie: 0x80070005"
    ),
    "da": (
        "System: Windows 11\n- Computerens nummer: PC-0815\n- Allerede prøvet: genstart\n- Fejlmeddelelse: 0x80070005"
    ),
}


@pytest.mark.covers("H2")
@pytest.mark.parametrize("language", FORMS)
def test_a_filled_form_in_every_language(language: str) -> None:
    found = details_of(COMPUTER, f"- {FORMS[language]}\n").named
    assert (found["system"], found["asset"], found["error"]) == ("Windows 11", "PC-0815", "0x80070005")
    assert found["tried"]
    labels = [field.called(language) for field in COMPUTER if field.required]
    assert all(label in FORMS[language] for label in labels), "and these are the words of the form that we send"


@pytest.mark.covers("H2")
def test_what_is_left_empty_is_no_answer() -> None:
    form = "- System: \n- Computer number: ?\n- Already tried: ___\n- Error message: -\n\nKind regards\nAda"
    assert details_of(COMPUTER, form).named == {}
    assert details_of(COMPUTER, "Error message:\n\nThank you!").named == {}


@pytest.mark.covers("H2")
def test_an_answer_inside_the_quoted_form_is_told_from_what_is_quoted() -> None:
    quoted = "> - System: Windows 11\n> - Computer number:\nPC-0815\n> - Already tried:\n> - Error message: 42"
    found = details_of(COMPUTER, quoted)
    assert found.named == {"asset": "PC-0815"}
    assert found.quoted == {"system": "Windows 11", "error": "42"}


@pytest.mark.covers("H2")
@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("My Windows 11 laptop has 16 GB of RAM.", {"system": "Windows 11", "memory": "16 GB of RAM"}),
        ("Mein Rechner mit Ubuntu 24.04 startet nicht.", {"system": "Ubuntu 24.04"}),
        ("macOS Sonoma 14.1 sur mon portable, 8 Go de RAM", {"system": "macOS Sonoma 14.1", "memory": "8 Go de RAM"}),
        ("The windows in room 11 are broken.", {}),
    ],
)
def test_what_a_pattern_fits_is_read_out_of_a_sentence(text: str, alike: dict[str, str]) -> None:
    assert details_of(COMPUTER, text).alike == alike


@pytest.mark.covers("H2")
def test_what_looks_like_the_number_of_an_asset() -> None:
    assert numbers_in(CATEGORIES, "My laptop (PC-0815), near prn204.") == ["PC-0815", "prn204"]
    assert numbers_in(CATEGORIES, "XPC-0815X and 0815 and über0815") == []
    many = " ".join(f"PC-{number}" for number in range(1000, 1100))
    assert len(numbers_in(CATEGORIES, many)) == MOST_NUMBERS


def test_a_long_text_is_read_in_time_and_nothing_in_it_breaks_the_reading() -> None:
    for text in ("System: " * 5_000, "- " * 20_000, "\n".join(["System:"] * 5_000), "a|" * 10_000, ": \t" * 9_000):
        details_of(COMPUTER, text)
    assert len(details_of(COMPUTER, "Error: " + "x" * 9_000).named["error"]) == 500
