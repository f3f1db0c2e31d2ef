"""Subjects of out-of-office replies that carry no header to tell them by (E14), in the languages mail programs speak.

Only the beginning counts, and what follows it must be the end, punctuation or a preposition: "Out of office: Re: …" and
"Out of office until Monday" are answering machines, "Out of office replies do not work" is a person.
"""

import re

_BEGINNINGS = (
    # English
    r"(?:automatic|automated|auto)[- ]?(?:reply|response|answer|responder|message)|auto",
    (
        r"(?:i am |i['’]m |currently )?out[ -]of[ -](?:the[ -]|my )?office(?: auto[- ]?reply| reply| message"
        r"| notification| notice| alert)?"
    ),
    (
        r"ooo|ooto|vacation(?: auto[- ]?)?(?: reply| response| notice| message| notification)|on vacation"
        r"|away from (?:my|the) (?:office|desk|mail)"
    ),
    r"absence notification|on leave|annual leave|i am (?:away|on (?:vacation|leave|holiday))",
    # German
    (
        r"(?:automatische?|autom\.) (?:antwort|rückantwort|abwesenheits\w+|e?-?mail-?antwort|empfangsbestätigung"
        r"|eingangsbestätigung|nachricht)"
    ),
    (
        r"abwesenheits(?:notiz|nachricht|meldung|assistent|benachrichtigung|info|mail|hinweis)|abwesenheit|abwesend"
        r"|urlaubs?(?:notiz|meldung|nachricht|benachrichtigung|abwesenheit)"
    ),
    (
        r"nicht im (?:büro|haus)|außer haus|bin (?:im urlaub|abwesend|nicht im (?:büro|haus))|ich bin (?:derzeit "
        r"|zur zeit )?(?:im urlaub|abwesend|nicht (?:im büro|im haus|erreichbar))"
    ),
    # French
    (
        r"r[ée]ponse automatique|(?:message|avis|notification) d['’]absence|absen(?:t|te|ce)(?: du bureau)?"
        r"|hors du bureau|en cong[ée]s?"
    ),
    # Italian
    (
        r"risposta automatica|(?:messaggio|notifica) di assenza|fuori (?:sede|ufficio)|assen(?:te"
        r"|za)(?: dall['’]ufficio)?"
    ),
    # Spanish, Portuguese, Catalan
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|ausente(?: de la oficina)?|ausencia",
    r"resposta autom[áaà]tica|fora do escrit[óo]rio|aus[êe]ncia(?: tempor[áa]ria)?|ausente do escrit[óo]rio",
    # Dutch
    (
        r"automatisch(?:e)? (?:antwoord|beantwoording|bericht)|afwezig(?:heid(?:s(?:bericht|melding|assistent))?)?"
        r"|niet (?:op kantoor|aanwezig)"
    ),
    # Polish, Czech, Slovak
    (
        r"automatyczna odpowied[źz]|odpowied[źz] automatyczna|autoodpowied[źz]|autoresponder|poza biurem"
        r"|nieobecno[śs][ćc]|jestem poza biurem"
    ),
    r"automatick[áa] odpov[ěe][ďd]|mimo kancel[áa][řr]|nep[řr][íi]tomnost|nejsem v kancel[áa][řr]i",
    # Danish, Norwegian, Swedish, Finnish
    (
        r"auto(?:matisk )?svar(?:melding|meddelelse)?|automatiskt svar|ikke til stede|ikke på kontoret"
        r"|frav[æe]r(?:ende|s(?:besked|melding|meddelelse))?"
    ),
    (
        r"fr[åa]nvaro(?:meddelande)?|fr[åa]nvarande|ej på kontoret|p[åa] semester|automaattinen vastaus"
        r"|poissa(?:olo(?:ilmoitus|viesti)?| toimistolta)?"
    ),
    # Hungarian, Romanian, Turkish, Greek, Baltic, South Slavic
    (
        r"automatikus v[áa]lasz|r[ăa]spuns automat|otomatik (?:yan[ıi]t|cevap)|ofis d[ıi][şs][ıi]nda"
        r"|αυτόματη απάντηση|εκτός γραφείου"
    ),
    (
        r"automatinis atsakymas|automātiskā atbilde|automaatvastus|automatski odgovor|samodejni odgovor"
        r"|autom?atsk[ai] odgovor"
    ),
    # Russian, Ukrainian, Bulgarian
    (
        r"автоматический ответ|автоответ(?:чик)?|нет на работе|вне офиса|автоматична відповідь|автовідповідь"
        r"|автоматичен отговор"
    ),
    # Japanese, Chinese, Korean
    r"(?:【|\[)?(?:自動(?:応答|返信|回答)|不在(?:通知|連絡|のお知らせ|のため|応答|案内)?|外出中|休暇中)(?:】|\])?",
    r"自动(?:答复|回复)|自動(?:答覆|回覆|回复)|外出(?:通知)?|不在办公室",
    r"자동 ?(?:회신|응답|답장)|부재 ?중(?: ?자동 ?응답)?",
    # Hebrew, Arabic, Vietnamese, Thai, Indonesian
    (
        r"(?:מענה|תשובה) אוטומטית?|رد تلقائي|الرد التلقائي|trả lời tự động|การตอบกลับอัตโนมัติ|ตอบกลับอัตโนมัติ"
        r"|balasan otomatis"
    ),
)

_PREPOSITIONS = (
    "re|aw|sv|fw|fwd|antw|odp|auf|until|till|til|from|since|on|this|today|between|bis|vom|von|ab|seit|am|im|du|le|jusqu|depuis"
    "|dal|fino|hasta|del|até|tot|van|fra|från|i|od|do|с|до|по|à|for"
)
_FOLLOWED_BY = rf"\s*(?:$|[:：\-–—,.;!(\[/|\"„“”»>*]|【|\s(?:{_PREPOSITIONS})\b)"

_SUBJECT = re.compile(
    rf"\s*[\[(*<]?\s*(?:{'|'.join(f'(?:{beginning})' for beginning in _BEGINNINGS)})[\])>]?{_FOLLOWED_BY}",
    re.IGNORECASE,
)
# What people write in subjects too counts where that of an earlier mail follows: "Urlaub: Re: …", "Ferie: [#12] …".
_ABOUT_EARLIER = re.compile(
    r"(?:urlaub|ferier?|urlop|cong[ée]s|vacances|vacaciones|férias|vakantie|semester|elternzeit|mutterschutz|nieobecn[ay]"
    r"|(?:on )?(?:holidays?|vacation|leave|annual leave|maternity leave|parental leave|sick leave))"
    r"\s?[:\-–]?\s(?:(?:re|aw|sv|antw|odp|r)\s?:|\[#\d)",
    re.IGNORECASE,
)
# Lotus Notes names who is away first: "Ada Byron is out of the office." or "… (returning 05/03/2026)".
_NAMED = re.compile(
    r"(?:auto: ?)?\S[^:\n]{0,60} (?:is (?:currently )?out of (?:the )?office"
    r"|ist (?:außer haus|abwesend|nicht im (?:büro|haus))"
    r"|est (?:absente?(?: du bureau)?|hors du bureau)|è (?:assente|fuori (?:ufficio|sede)|fuori dall['’]ufficio)"
    r"|jest (?:poza biurem|nieobecn[ay])|er ikke (?:på kontoret|til stede)|está (?:ausente|fuera de la oficina)"
    r"|is niet (?:op kantoor|aanwezig)|är inte på kontoret)\s*(?:\.|\([^()]{1,60}\))\s*$",
    re.IGNORECASE,
)
_BARE_WORDS = re.compile(
    r"\s*(?:auto|abwesenheit|abwesend|absen(?:t|te|ce)|ausente|ausencia|assente|assenza|外出|on leave|annual leave)\b",
    re.IGNORECASE,
)
_LONGEST = 200
_COLON = re.compile(r"[^:：]{0,25}[:：]|[^:：]{0,25}$")


def is_vacation_subject(subject: str) -> bool:
    """Whether `subject` begins as an answering machine's does."""
    if not _SUBJECT.match(subject):
        shown = subject[:_LONGEST].strip()
        return _NAMED.match(shown) is not None or _ABOUT_EARLIER.match(shown) is not None
    return not _BARE_WORDS.match(subject) or bool(_COLON.match(subject))
