"""Thanks in six languages, and near misses that must reach a human."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.gratitude import Part, phrases
from rules.thanks import is_small_talk, is_thanks

THANKS = [
    # en
    "Thanks!",
    "thank you very much",
    "Thanks, works now!",
    "Thanks Anna!",
    "Thank you so much for your quick help, it works again.",
    "Hi Anna,\n\nthat did the trick, thanks a lot!\n\nBest regards,\nTom Miller",
    "Dear Mr. Weber,\nmany thanks for the fast reply.\nKind regards\nJane Doe",
    "Perfect, thank you 👍",
    "ok",
    "yes, it works again",
    unicodedata.normalize("NFD", "ça marche, merci"),
    "All good now. Thanks again and have a nice weekend :-)",
    "The issue is resolved now, thanks.",
    "great job, cheers",
    "Thanks,\nAnna",
    "👍",
    "🙏🏽",
    "No problem, thanks!",
    "thank you\nvery much",
    # de
    "Danke",
    "Vielen Dank, passt.",
    "Perfekt, danke – schönen Tag noch",
    "Super, jetzt geht alles wieder. Vielen Dank für die schnelle Hilfe!",
    "Hallo Frau Müller,\n\nherzlichen Dank, das Problem ist behoben.\n\nMit freundlichen Grüßen\nKlaus Schmidt",
    "hat geklappt, danke euch!",
    "Danke schön und schönes Wochenende",
    "Alles klar, danke. LG Anna",
    "vielen dank fuer die hilfe, viele gruesse",
    "Moin zusammen, läuft wieder, danke!",
    "Sehr geehrter Herr Dr. Weber, vielen Dank.",
    # fr
    "super, merci beaucoup",
    "Bonjour, ça marche, merci !",
    "Merci pour votre aide, tout fonctionne parfaitement.\nBonne journée\nClaire Dubois",
    "C'est bon maintenant, merci bien",
    "Parfait, merci à tous. Cordialement, Jean",
    "Le problème est résolu, je vous remercie.",
    # it
    "grazie mille, ora funziona",
    "Perfetto, grazie!",
    "Ciao Marco, tutto a posto, grazie mille per l'aiuto. Buona giornata",
    "Il problema è risolto. Cordiali saluti\nMaria Rossi",
    "va bene, grazie",
    # pl
    "dzięki, działa",
    "Dziękuję bardzo za szybką pomoc!",
    "dziekuje, wszystko dziala",
    "Super, już działa. Pozdrawiam serdecznie, Ania",
    "Dzień dobry, bardzo dziękuję, wszystko w porządku. Miłego dnia",
    # da
    "tusind tak",
    "Tak for hjælpen!",
    "Det virker nu, mange tak",
    "Hej Søren, det er løst, tusind tak for hjælpen. Venlig hilsen\nMette Jensen",
    "Perfekt, tak skal du have",
]

NO_THANKS = [
    "",
    "   \n",
    "Hello",
    "Hallo Frau Müller",
    "Best regards,\nTom",
    "tak",
    "yes",
    "yes, thanks",
    "ja danke",
    "42",
    "👎",
    # en
    "thanks, but it still doesn't work",
    "Thanks. It works, but slowly",
    "Thanks, works now?",
    "thanks for nothing",
    "no thanks",
    "Thanks in advance",
    "works now and then, thanks",
    "Thanks, it worked before",
    "great, again",
    "Great, broken again. Thanks.",
    "not ok",
    "Thanks, one more thing: the scanner is dead",
    "Thanks, can you also reset my password",
    "please, thanks",
    "Thank you :-(",
    "Thanks :/",
    "Thanks Printer Broken",
    "Thanks\nNo",
    "Thanks\nPrinter broken",
    "Thanks,\nStill VPN",
    "thanks, will try tomorrow",
    "Waiting for your reply, thanks",
    "OK, ticket 4711",
    "thanks https://example.org/login",
    "Thanks & more",
    "Hi Anna Berta Carla Dora, thanks",
    "Best regards Tom Dick Harry Bob Jim, thanks",
    "thanks " * 26,
    "thank you\n" + " " * 400,
    # de
    "danke, geht aber nicht",
    "Danke, geht leider immer noch nicht",
    "Danke, aber",
    "Danke\nNein",
    "Danke\nFehlanzeige",
    "Danke im Voraus",
    "Bitte nochmal, danke",
    "Danke, Drucker kaputt",
    "Super, wieder kaputt. Danke",
    "geht nicht",
    "Alles wieder beim Alten, danke",
    "Danke nein",
    # fr
    "merci, mais ça ne marche pas",
    "ça marche plus, merci",
    "Merci d'avance",
    "non merci",
    "merci de me rappeler",
    # it
    "grazie, ma non funziona",
    "non va bene",
    "grazie, funziona male",
    "no grazie",
    # pl
    "dzięki, ale nie działa",
    "nie działa",
    "dziękuję, proszę o telefon",
    "nie, dziękuję",
    # da
    "tak, men det virker ikke",
    "det virker ikke",
    "nej tak",
    "tak, hvornår kommer den",
]


@pytest.mark.covers("H12")
@pytest.mark.parametrize("text", THANKS)
def test_thanks_and_nothing_else(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.covers("H12")
@pytest.mark.parametrize("text", NO_THANKS)
def test_anything_else_is_for_a_human(text: str) -> None:
    assert not is_thanks(text)


@given(
    st.sampled_from(THANKS),
    st.sampled_from(["?", " not", " aber", " mais", " ma", " ale", " men", " 3", " xyzzy", " :("]),
)
def test_what_is_added_makes_it_something_else(text: str, more: str) -> None:
    assert not is_thanks(text + more)


@given(st.text(max_size=500))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_thanks(text) in (True, False)


def test_every_phrase_of_thanks_or_praise_is_one() -> None:
    for phrase, part in phrases().items():
        assert is_thanks(" ".join(phrase)) == (part in (Part.THANKS, Part.PRAISE)), phrase


def test_no_phrase_is_longer_than_is_looked_for() -> None:
    assert max(map(len, phrases())) <= 9


@pytest.mark.parametrize(
    "text",
    [
        "Hello, good morning everybody!",
        "hi",
        "Thanks!",
        "ok",
        "👍",
        "🎉🎉",
        "Guten Morgen zusammen",
        "Bonjour à tous",
        "…",
        "",
    ],
)
def test_greetings_and_thanks_are_small_talk(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    ["My screen flickers", "Hello, my screen flickers", "thanks, but it is broken again", "404", "help", "PC-0815"],
)
def test_what_somebody_could_do_something_about_is_not(text: str) -> None:
    assert not is_small_talk(text)
