"""What programs, companies and lists add below a mail: nobody wrote it, so it counts as signature.

The patterns are long lists of word stems in many languages; they run on RE2, whose time does not
grow with their number.
"""

import re

import re2

_LINK = re.compile(r"<[^>]{0,250}>|\(https?:[^)]{0,250}\)")
_FOOTER_RULE = re.compile(r"[-_=*~]{20,}|-{1,3}|_{4,}|-{5,} next part -{5,}|-{5,} [^-]{3,40} -{5,}~-->?")
_PEEK = 3000  # characters of a paragraph that are looked at
_SHORT = 400  # characters a scanner's or a green footer has at most


class Stems:
    """Whether any of many alternatives stands in a text, in any case of letters."""

    def __init__(self, *rows: str, whole: bool = False) -> None:
        self.rows = "|".join(row.strip("|") for row in rows)
        self._pattern = re2.compile((rf"(?is)^(?:{self.rows})$" if whole else f"(?is){self.rows}").encode())

    def inside(self, text: str) -> bool:
        return self._pattern.search(text.encode("utf-8", "replace")) is not None

    def count(self, text: str) -> int:
        return sum(1 for _ in self._pattern.finditer(text.encode("utf-8", "replace")))


# "Sent from my iPhone" and its kin: a short line that names a way of sending and a product.
_PRODUCT = Stems(
    r"iphon|ipad|ipod|android|blackberry|outlook|samsung|galaxy|huawei|xiaomi|redmi|nokia|windows|yahoo|gmx",
    r"web\.de|proton|gmail|k-9|fairemail|bluemail|spark|thunderbird|handy|smartphone|mobil|telefon|phone|tablet",
    r"mail\.ru|zoho|aol|htc|sony|xperia|\blg\b|pixel|oneplus|motorola|airmail|superhuman|mailspring|aquamail",
    r"tutanota|\btuta|fastmail|\bnine\b|hotmail|mailbox\.org|treo|palm|wireless|handheld|verizon|at&t|t-mobile",
    r"orange|telekom|\bmac|apple|vodafone|myopera|libero|seznam|\bwp\b|onet|mymail|posteo|portable|móvil|movil",
    r"celular|cellulare|téléphone|айфон|смартфон|телефон|почт|пошт|κινητό",
    r"canary|\bnewton|edison mail|mimestream|\bboxer\b|polymail",
    r"cep telefonu|נייד|הטלפון|جوال|هاتف|آیفون|ไอโฟน|휴대폰|아이폰",
)
_SENT = Stems(
    r"^this (?:message|mail|e-?mail) was sent (?:using|with|via)|^provenance ?:",
    r"^sent (?:from|via|with|by|using|on)\b|^(?:this (?:e-?mail|message) was )?sent from my",
    r"^gesendet (?:von|mit|über|via)",
    r"^(?:von|mit) .{3,60} (?:gesendet|geschickt|verschickt)[.!]?$|^vanaf .{3,60} verzonden[.!]?$",
    r"^(?:diese (?:nachricht|e-mail|mail) wurde )?(?:von|mit|über).{3,60}gesendet",
    r"^(?:message )?envoyée? (?:de|depuis|à partir|avec|par|via)\b",
    r"^(?:messaggio )?inviat[oa] (?:da|dal|dall.|con|tramite)\b",
    r"^enviad[oa] (?:desde|do|da|de|via|a partir|com|con|pelo|por)\b|^enviat (?:des|amb)",
    r"^(?:verzonden|verstuurd|gestuurd) (?:vanaf|met|via|van|vanuit)",
    r"^(?:wiadomość )?(?:wysłan[eoay]|wyslan[eoay]) (?:z|za|przy|ze)\b|^sendt (?:fra|med|via)",
    r"^skickat (?:från|med|via)|^skickades från|^lähetetty|^lähettetty|^odesláno (?:z|ze|pomocí|přes)",
    r"^odoslané (?:z|zo|pomocou|cez)|^elküldve|^küldve",
    r"^(?:az? )?(?:iphone|ipad|samsung|android).{0,40}(?:küldve|küldtem|elküldve|gönderildi)",
    r"^(?:iphone|ipad|samsung|android).{0,40}(?:から送信|发送|發送|傳送|에서 보냄)",
    r"^trimis (?:de pe|din|de la|cu)|^(?:отправлено|послано) (?:с|из|от|через)",
    r"^(?:надіслано|відправлено) (?:з|із|від)|^изпратено (?:от|с|чрез)|^poslano (?:s|sa|z|iz|mojeg|mojega)",
    r"^послато (?:са|с)|^saadetud|^nosūtīts no|^išsiųsta|^στάλθηκε|^απεστάλη|^dikirim dari|^dihantar dari",
    r"^(?:đã )?gửi từ|^ส่งจาก|^发自|^從我的|^从我的|^來自|^נשלח|^مرسل|^أرسلت|^أُرسلت|^تم الإرسال|^تم إرساله|^ارسال شده",
    r"^فرستاده|^sendt frá|^sent úr|^bidalia|^enviado dende|^anfonwyd|^mobile?[.!]?$|^mobile? (?:phone|gesendet)$",
    r"(?:から送信|送信されました|보냄|보냈습니다|傳送|发送|發送|を入手)[.:!。]?$",
)
_GET = (
    r"get|hol dir|holen sie sich|laden sie|télécharge[rz]|obtene[rz]|obtenir|scarica|ottieni|pobierz|download|"
    r"hent|få|skaffa|hämta|hanki|baixar|obter|získat|získať|stáhnout|скачать|получить|загрузить|descargar|"
    r"aconsegui\w*|letöltés|obțineți|отримати|завантажити|λήψη|获取|取得|下载|下載|изтеглете|preuzmi\w*|dobite"
)
_STORE = Stems(
    rf"^(?:{_GET}) .{{0,60}}(?:outlook|yahoo|spark|bluemail|mymail|gmx|web\.de)"
    r".{0,60}(?:ios|android|iphone|ipad|\bmac\b|windows|\bapp\b|https?:).{0,160}$",
    r"^.{0,40}outlook.{0,20}(?:ios|android|mac)\b.{0,20}<.{0,200}$",
    r"^outlook (?:for|für|voor|pour|per|para) (?:ios|android).{0,40}$",
    r"^(?:yahoo|aol) mail ?[:.].{0,60}$",
)
# What makes a sentence of it: "Sent from my iPad it works", "Mit dem neuen Handy werden keine Mails gesendet".
_STATEMENT = Stems(
    r"\b(?:it|not|never|works?|fails?|arrives?|does|did|nicht|keine?|nie|wird|werden|geht|kommt|funktioniert|pas|jamais)\b",
    r"n['’]t\b|\bn['’]|\b(?:arrive|non|funziona|arriva|działa|ikke|aldrig|virker|funciona|llega|niet|werkt|inte)\b",
)
_EXCUSE = Stems(
    r"(?:excuse|forgive|pardon|sorry for).{0,60}(?:typo|brevity|errors|spelling|mistakes)",
    r"(?:tippfehler|rechtschreibfehler|kürze).{0,20}(?:entschuldig|verzeih)|typed with (?:my )?thumbs",
    r"typed on a (?:phone|small)",
)

_GREEN = Stems(
    r"consider (?:the|our) environment|before (?:you )?print|think green|save (?:a tree|paper)",
    r"an (?:die )?umwelt|bevor sie (?:diese|dieses|den)|pens(?:ez|er) (?:à|a) l.environnement|avant d.imprimer",
    r"antes de imprimir|medio ambiente|meio ambiente|prima di stampare|rispetta l.ambiente|denk aan het milieu",
    r"przed wydrukowaniem|o środowisku|tænk på miljøet|før du printer|tänk på miljön|ajattele ympäristöä",
    r"životní prostředí|środowisk",
)
_SCANNER = Stems(
    r"avast|\bavg\b|avira|norton|mcafee|kaspersky|\beset\b|nod32|bitdefender|sophos|mailscanner|f-secure|clamav",
    r"symantec|messagelabs|mimecast|spamassassin|barracuda|trend ?micro|\bpanda\b|scanned by|virus.?free",
    r"virenfrei|sans virus|libre de virus|privo di virus|wolny od wirusów|без вирусов|livre de vírus|virusfri",
)
_SCANNED = Stems(
    r"virus|vírus|wirus|вирус|scan|geprüft|überprüft|analys|análisis|controllat|spam|malware|protect|checked",
    r"believed|antivir|kontroll|przeskanowan|sprawdzon|gecontroleerd",
)
# Legal text speaks of secrecy, of the message itself and of whom it was meant for: all three, in any language.
_SECRET = Stems(
    r"confiden|privileg|vertraulich|rechtlich geschützt|riservat|vertrouwelijk|poufn|fortrolig|konfiden|důvěrn",
    r"dôvern|luottamuksel|bizalmas|конфиденц|конфіденц|поверител|εμπιστευτ|gizli|保密|机密|機密|秘密|기밀|비밀|sekretess",
    r"trúnaðar|zaupn|povjerljiv|poverljiv|proprietary|legally protected|strictly personal|salassapid|taushet",
    r"bảo mật|rahasia|סודי|سري",
)
_MESSAGE = Stems(
    r"mail|message|messaggi|mensaje|mensagem|nachricht|bericht|wiadomość|wiadomos|przesył|korespondenc|meddel",
    r"melding|besked|zpráv|správ|viesti|üzenet|mesaj|сообщен|письм|повідомл|лист|съобщен|μήνυμα|ileti|posta|邮件",
    r"郵件|メール|메일|transmission|information|courriel|correo|poruk|sporočil|komunikat",
)
_MEANT_FOR = Stems(
    r"intended|recipient|addressee|adressat|empfänger|destinat|geadresseerd|ontvanger|bestemd|adresat|odbiorc",
    r"przeznaczon|modtager|mottaker|mottagare|příjemc|adresát|určen|vastaanottaj|címzett|получател|адресат",
    r"предназнач|одержувач|παραλήπτ|alıcı|收件人|受信者|宛先|수신|delete|löschen|supprimer|eliminar|disclos",
    r"unauthori[sz]ed|unbefug|viðtakand|primatelj|prejemnik|named above|incorrectly|in error|irrtümlich",
    r"par erreur|por error|per errore",
)
_NOTICES = (
    r"(?:legal |e-?mail )?disclaimer|confidentiality(?: notice| note)?|legal notice|privacy notice|"
    r"important notice|haftungsausschluss|vertraulichkeitshinweis|rechtlicher hinweis|avis de confidentialité|"
    r"aviso legal|aviso de confidencialid\w+|note légale|avvertenz\w+|clausola|klauzula|informativa privacy"
)
_NOTICE = Stems(rf"^[^a-z]{{0,4}}(?:{_NOTICES})\b")
_COMPANY = Stems(
    r"registered (?:office|in|number|company)|company (?:no|number|reg)|\bvat (?:no|reg|id)|geschäftsführ",
    r"vorstand|aufsichtsrat|handelsregister|amtsgericht|\bhr[ab] ?\d|ust-?id|steuernummer|steuer-nr",
    r"sitz der gesellschaft|siège social|\brcs\b|\bsiret\b|\bp\. ?iva|partita iva|\bc\.f\.|sede legale|\bnip\b",
    r"\bregon\b|\bkrs\b|kapitał zakładowy|\bcvr\b|\borg\.? ?nr|domicilio social|registro mercantil|\bcif\b",
    r"\bnif\b|capital social|\bkvk\b|\bbtw\b|\bičo?\b|\bdič\b|\binn\b|огрн",
)
# Words of a person: no company says "I", and none says in its footer that something is wrong.
_MYSELF = Stems(
    r"(?:^|[\s(,])(?-i:I(?:['’](?:m|ve|d|ll)| [a-z]{2,12}))\b",
    r"(?:^|[\s(,])(?:my|ich|mich|mir|meine?[nrms]?|j['’]ai|je|moi|io|mio|mia|yo|eu|jeg|mig|jag|ik|mijn)(?:[\s,.;!?]|$)",
    r"(?:^|[\s(,])(?:mój|moja|moje|moim|otrzymał[ae]m|dostał[ae]m)(?:[\s,.;!?]|$)",
)
_COMPLAINT = Stems(
    r"\b(?:please|wrong|missing|incorrect|invoice|must|should be|bitte|falsch|fehlt|rechnung|muss|stimmt|merci de)\b",
    r"\b(?:erroné|manque|facture|doit|sbagliat|manca|fattura|deve|prosz[ęe]|błędn|brakuje|faktur|venligst|forkert)",
    r"\b(?:mangler|por favor|falta|factura|fatura|factuur|ontbreekt|saknas|felaktig)",
)
_LEAVE = Stems(
    r"^to (?:unsubscribe|leave|be removed)|^you (?:received|are receiving|were sent) this",
    r"^for (?:additional commands|list info)",
    r"^more majordomo info|^um sich (?:von|aus|abzu)|^pour (?:se|vous) (?:désabonner|désinscrire)",
    r"^aby (?:się )?wypisać",
    r"^per (?:disiscriversi|cancellarsi)|^para (?:cancelar|darse de baja|sair)|^for at (?:afmelde|framelde)",
    r"^your use of yahoo",
)
# What a gateway puts above a mail from outside: how it begins, what it says, and what it advises.
_BANNER_BEGINS = Stems(
    r"^(?:caution|warning|attention|alert|notice|external|externe?[rs]?|achtung|vorsicht|warnung|hinweis|attenzione)\b",
    r"^(?:avviso|uwaga|ostrzeżenie|advarsel|forsigtig|bemærk|obs|atención|precaución|advertencia|aviso|atenção)\b",
    r"^zjqcmqryfpfptbanner|^(?:cuidado|let op|waarschuwing|varning|esterno|externo|ekstern|zewnętrzn)",
    r"^(?:this|the) (?:e-?mail|message|mail|sender)\b|^(?:you|some people who received this message) don.t often",
    r"^dies(?:e|er|es) (?:e-?mail|nachricht|mail|absender)\b|^sie erhalten nicht",
    r"^ce (?:message|courriel|mail|e-?mail)\b|^(?:vous|certaines personnes).{0,40}ne recevez pas|^vous ne recevez pas",
    r"^(?:expéditeur|courriel|message|mittente|e-?mail|remitente|correo|afzender|afsender|avsändare) e[xs]tern",
    r"^(?:quest[ao]|est[ea]|deze|dit|denne|detta|det här) (?:e-?)?(?:mail|messaggio|correo|mensaje|mensagem|bericht)\b",
    r"^(?:denne|detta|det här) (?:besked|meddelande|mejl)\b|^ta wiadomość",
)
_BANNER = Stems(
    r"originated (?:from )?outside|external (?:e-?mail|sender|message|mail|source)|from (?:an external|outside)",
    r"outside (?:of )?(?:the|our|your) |don.t often get e-?mail from|^external\W{0,6}(?:\n|$)",
    r"externe[rnms]? (?:e-?mail|absender|nachricht|mail)|von (?:außerhalb|extern)",
    r"erhalten nicht (?:oft|häufig) e-mails|außerhalb (?:der|ihrer|unserer) (?:organisation|firma)",
    r"expéditeur externe|extérieur (?:à|de) (?:l|votre|notre)",
    r"courriel externe|message externe|provient de l.extérieur|ne recevez pas souvent|mittente esterno|e-?mail esterna",
    r"remitente externo|correo externo|zewnętrz[a-zęą]+ (?:nadawc|e-?mail|wiadomo)|spoza organizacji",
    r"ekstern (?:afsender|mail|e-mail|avsender)|uden for (?:organisationen|virksomheden)|esterno all.organizzazione",
    r"extern (?:avsändare|afzender)|externe afzender|buiten (?:de|uw|onze) organisatie|utanför organisationen",
)
_BANNER_ADVICE = Stems(
    r"click|\blinks?\b|attachment|recogni[sz]e|learnaboutsender|klick|anh[äa]ng|pièces? jointe|\bliens?\b|allegat",
    r"collegament|załącznik|vedhæft|adjunto|enlace|bijlage|\bbilag|klik|cliquez|anexo|originat|stammt|provient|provien",
    r"pochodzi|kommer fra|comes from|zjqcmqry|outside|außerhalb|extérieur|spoza|uden for|utanför|buiten",
)
_ORNAMENTS = "*[(<=-_!>#~| \u26a0\ufe0f\xa0"
_FINISHED = (".", "!", ">", "]", "*", ")", "BannerEnd")
_LABEL = re.compile(r"[^\W_]+(?:[^\w\n]{1,4}[^\W_]+){0,2}[.!\]*)>\s]{0,6}")  # a warning of one to three words
_ABOVE_LINE = Stems(
    r"above this line|(?:oberhalb|über) dieser (?:zeile|linie)|au-dessus de cette ligne",
    r"(?:sopra|al di sopra di) questa (?:riga|linea)",
    r"encima de esta línea|acima desta linha|powyżej tej linii|over denne linje|ovenfor denne linje",
    r"ovanför (?:den|denna) (?:här )?(?:rad|linje)",
    r"boven deze (?:regel|lijn)|nad (?:tímto řádkem|tento řádek|touto čarou)|выше этой (?:строки|линии)",
    r"tämän rivin yläpuolelle",
)
_LIST = Stems(
    r"attachment was scrubbed|sponsored by|sf\.net|sourceforge",
    r"mailing ?list|mailman|unsubscribe|abbestellen|abmelden|désabonner|désinscri|desuscrib",
    r"cancelar? (?:la )?suscri|disiscri|cancellar|afmelden|uitschrijven|wypisa|odhlásit|odjav|отписаться",
    r"leave this group|google group|yahoo! groups|groups\.google|groups\.io|listinfo|listserv|majordomo",
    r"to post to this group|list-|groups/|lists\.|archives?:|you (?:are|were) receiv|you received this",
    r"sie erhalten diese|vous recevez ce|ricevi questa|otrzymujesz|subscri",
)

_BOILERPLATE = (_SECRET, _MEANT_FOR, _NOTICE, _GREEN, _SCANNER, _COMPANY)
_ANY_BOILERPLATE = Stems(*(stems.rows for stems in _BOILERPLATE))
"""One look that answers for nearly all paragraphs."""


def is_mobile(line: str) -> bool:
    """Whether a line is what a mail program adds to say what it is."""
    if len(line) > 300:
        return False
    line = line.strip(" -_*.|>~\u2013\u2014[]()")
    visible = _LINK.sub("", line).strip(" -_*.") if "<" in line or "(" in line else line
    if not visible or len(visible) > 110:
        return False
    if _PRODUCT.inside(visible):
        return (_SENT.inside(visible) or _STORE.inside(line)) and not _STATEMENT.inside(visible)
    return _EXCUSE.inside(visible)


def is_boilerplate(paragraph: str) -> bool:
    """Whether a whole paragraph is a legal notice, a company's registration, a virus scanner's or a green footer."""
    head = paragraph[:_PEEK]
    if not _ANY_BOILERPLATE.inside(head):
        return False
    if len(head) < _SHORT and (_GREEN.inside(head) or (_SCANNER.inside(head) and _SCANNED.inside(head))):
        return True
    if len(head) > 80 and _SECRET.inside(head) and _MESSAGE.inside(head) and _MEANT_FOR.inside(head):
        return head[-1] != "?" and not _MYSELF.inside(head)
    if len(head) > 60 and _NOTICE.inside(head):
        return True
    registered = _COMPANY.count(head) >= 2 and any(letter.isdigit() for letter in head)
    return registered and not _MYSELF.inside(head) and not _COMPLAINT.inside(head)


def is_leave_note(paragraph: str) -> bool:
    """Whether a paragraph says how to leave the list that the mail came by."""
    head = paragraph[:_PEEK]
    return (
        ("@" in head or "http" in head or "majordomo" in head.lower())
        and _LEAVE.inside(head)
        and not _MYSELF.inside(head)
    )


def banner_lines(paragraph: list[str]) -> int:
    """How many lines at the top of a mail's first paragraph a gateway wrote: "CAUTION: external sender". 0 if none.

    What stands right below such a warning, without a blank line between, is the author's.
    """
    begin = paragraph[0].lstrip(_ORNAMENTS)
    if not _BANNER_BEGINS.inside(begin) or not _BANNER.inside("\n".join([begin, *paragraph[1:]])[: _SHORT * 2]):
        return 0
    count, label = 0, _is_label(paragraph[0], begin)
    advised = label
    for line in paragraph:
        advises = _BANNER_ADVICE.inside(line)
        finished = (label and count == 1) or (count > 0 and paragraph[count - 1].endswith(_FINISHED))
        if (finished and not (advises or _BANNER.inside(line))) or _MYSELF.inside(line):
            break
        advised = advised or advises
        count += 1
    return count if advised else 0


def _is_label(line: str, begin: str) -> bool:
    """Whether a warning is a mere label: "[EXTERNAL EMAIL]", "Externe E-Mail!", but not "External mail fails"."""
    marked = line is not begin or begin.isupper() or begin.endswith(("!", ":"))
    return marked and _LABEL.fullmatch(begin[:80]) is not None


def is_reply_line(line: str) -> bool:
    """Whether some help desk asks to write above this line."""
    return len(line) < 160 and line[0] in "#-=*_~[(<" and _ABOVE_LINE.inside(line)


def begins_boilerplate(line: str) -> bool:
    """Whether a line inside such a paragraph belongs to it already, as opposed to words or a name right above."""
    return _ANY_BOILERPLATE.inside(line)


def is_rule(line: str) -> bool:
    """Whether a line is a rule as lists, scanners and web mailers draw above their footer."""
    return line[:1] in ("-", "_", "=", "*", "~") and _FOOTER_RULE.fullmatch(line) is not None


def is_list_footer(paragraph: list[str]) -> bool:
    """Whether lines are a rule and below it how to leave the mailing list, or a web mailer's advertisement."""
    body = "\n".join(paragraph[1:])[:_PEEK]
    linked = "http" in body or "@" in body or "www." in body
    return linked and (_LIST.inside(body) or (paragraph[0].startswith("_" * 20) and len(paragraph) <= 8))
