"""Which language a few lines are in: short and plain, as people report faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import language

LINES = """
de Mein Drucker geht nicht
de Es geht nicht mehr
de Danke, jetzt geht es
de Bitte Passwort zurücksetzen
de Bildschirm bleibt schwarz
de Outlook stürzt ab
en My printer does not work
en VPN not working
en Thanks, it works now
en Please reset my password
en Screen stays black
en Laptop won't boot since this morning
fr L'imprimante ne marche pas
fr L’imprimante ne marche pas
fr Merci, ça marche
fr Je n'arrive plus à me connecter
fr Outlook plante au démarrage
it La stampante non funziona
it Non riesco ad accedere
it Grazie, ora funziona
it Outlook si blocca all'avvio
pl Drukarka nie działa
pl Dziękuję, już działa
pl Proszę o reset hasła
pl Nie mogę się zalogować do systemu
da Min printer virker ikke
da Tak, det virker nu
da Jeg kan ikke logge ind
da Skærmen er sort
no Skriveren min fungerer ikke
sv Min skrivare fungerar inte
nl Mijn printer werkt niet
es La impresora no funciona
pt A impressora não funciona
cs Tiskárna nefunguje
sk Tlačiareň nefunguje, prosím o pomoc
fi Tulostin ei toimi
hu A nyomtató nem működik
ro Imprimanta nu funcționează
tr Yazıcım çalışmıyor
ru Принтер не работает
uk Принтер не працює, допоможіть
bg Принтерът не работи
el Ο εκτυπωτής δεν λειτουργεί
ja プリンターが動きません
zh 打印机坏了
ko 프린터가 작동하지 않습니다
ar الطابعة لا تعمل
he המדפסת לא עובדת
th เครื่องพิมพ์ไม่ทำงาน
vi Máy in không hoạt động
sl Tiskalnik ne deluje
hr Pisač ne radi
et Printer ei tööta
lv Printeris nedarbojas
lt Neveikia spausdintuvas
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES)
def test_short_reports(line: str) -> None:
    code, _, text = line.partition(" ")
    assert language.detect(text) == code


@pytest.mark.parametrize(
    "text", ["", "ok", "12345", "https://example.org/der/die/das", "SN: CN-0X1234", "ada@example.org"]
)
def test_too_little_to_tell(text: str) -> None:
    assert language.detect(text) is None


def test_quoted_lines_do_not_count() -> None:
    assert (
        language.detect("Danke, jetzt geht es wieder\n> Please restart the printer and try it again, thank you") == "de"
    )


@given(st.text(max_size=600))
def test_any_text_is_taken(text: str) -> None:
    code = language.detect(text)
    assert code is None or len(code) == 2
