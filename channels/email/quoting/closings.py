"""How people open and close a mail, and thank for it, by language: what `signatures` looks for.

In lower case, without punctuation; phrases are separated by "|".
"""

# Formulas that close a mail. A line may go on with a name ("Best regards, Ada") but not become a sentence.
SIGN_OFFS = {
    "en": """best regards|kind regards|kindest regards|warm regards|warmest regards|regards|many regards
        |with regards|with best regards|with kind regards|best wishes|with best wishes|all the best|best|sincerely
        |sincerely yours|yours sincerely|yours faithfully|yours truly|very truly yours|yours|cheers|respectfully
        |cordially|with appreciation|take care|rgds|kr|br|thanks and regards|thanks and best regards
        |thanks and kind regards|thanks regards|thanks best regards|many thanks and regards
        |many thanks and best regards|thank you and best regards|thank you and kind regards|thank you and regards
        |thanking you|with thanks and regards|warmly|kind regards thanks|love|xoxo""",
    "de": """mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichen gruessen|mit freundlichem gruß
        |mit freundlichem gruss|freundliche grüße|freundliche grüsse|freundliche gruesse|freundlicher gruß
        |freundlichen gruß|freundlichen gruss|viele grüße|viele grüsse|viele gruesse|vielen gruß|beste grüße
        |beste grüsse|beste gruesse|besten gruß|besten gruss|liebe grüße|liebe grüsse|liebe gruesse|lieben gruß
        |lieben gruss|herzliche grüße|herzliche grüsse|herzlichen gruß|schöne grüße|schönen gruß|sonnige grüße|grüße
        |grüsse|gruesse|gruß|gruss|mfg|mit besten grüßen|mit besten grüssen|mit vielen grüßen|mit herzlichen grüßen
        |mit lieben grüßen|mit kollegialen grüßen|hochachtungsvoll|mit vorzüglicher hochachtung|lg|vg|bg|fg|hg|glg
        |vlg|gruß und dank|danke und gruß|danke und viele grüße|danke und beste grüße|danke und liebe grüße
        |danke und schöne grüße|vielen dank und viele grüße|vielen dank und freundliche grüße
        |vielen dank und beste grüße|vielen dank und liebe grüße|vielen dank und gruß
        |vielen dank und mit freundlichen grüßen|danke und mit freundlichen grüßen|dank und gruß|danke gruß|danke lg
        |danke vg|schönes wochenende|mit freundlichen grüßen aus|mit sonnigen grüßen|servus|i a""",
    "fr": """cordialement|bien cordialement|très cordialement|cordialement vôtre|bien à vous|bien à toi|sincèrement
        |sincères salutations|salutations|meilleures salutations|salutations distinguées
        |sincères salutations distinguées|amicalement|bien amicalement|cdt|cdlt|cldt|avec mes salutations
        |avec mes meilleures salutations|respectueusement|salutations cordiales|très sincèrement|à bientôt
        |bonne journée|bonne réception|merci cordialement|bises|bisous|amitiés|je vous prie d agréer|veuillez agréer
        |veuillez recevoir""",
    "es": """saludos|un saludo|saludos cordiales|un cordial saludo|cordiales saludos|atentamente|cordialmente
        |un abrazo|abrazos|muchos saludos|saludos atentos|atte|reciba un cordial saludo|muy atentamente
        |gracias y saludos|gracias un saludo|gracias saludos|quedo atento""",
    "pt": """atenciosamente|cumprimentos|melhores cumprimentos|com os melhores cumprimentos
        |os melhores cumprimentos|cordiais cumprimentos|com os meus cumprimentos|saudações|abraços|um abraço|abraço
        |abs|att|respeitosamente|grato|obrigado e cumprimentos""",
    "it": """cordiali saluti|distinti saluti|cordialmente|saluti|un saluto|un cordiale saluto|tanti saluti
        |cari saluti|i migliori saluti|migliori saluti|a presto|in fede|porgo distinti saluti|grazie e saluti
        |grazie e cordiali saluti|saluti cordiali|grazie saluti|un caro saluto|buona giornata|buon lavoro
        |grazie e buona giornata|grazie mille e buona giornata|buona serata""",
    "nl": """met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten
        |met hartelijke groet|hartelijke groet|hartelijke groeten|groeten|groet|mvg|gr|groetjes|hoogachtend
        |met beste groet|met beste groeten|beste groeten|alvast bedankt en groet""",
    "pl": """pozdrawiam|pozdrawiam serdecznie|serdecznie pozdrawiam|z poważaniem|z wyrazami szacunku|pozdrowienia
        |serdeczne pozdrowienia|z pozdrowieniami|pozdr|łączę pozdrowienia|z powazaniem|pozdrawiamy
        |łączę wyrazy szacunku|dziękuję i pozdrawiam|z góry dziękuję i pozdrawiam|miłego dnia|dzieki i pozdrawiam
        |życzę miłego dnia""",
    "da": """med venlig hilsen|venlig hilsen|med venlige hilsner|venlige hilsner|mvh|vh|hilsen|mange hilsner
        |de bedste hilsner|bedste hilsner|bedste hilsener|kh|kærlig hilsen|med hilsen|dbh
        |på forhånd tak og venlig hilsen|på forhånd tak|hilsner|hav en god dag|god weekend""",
    "no": """med vennlig hilsen|vennlig hilsen|med vennlige hilsener|vennlige hilsener|beste hilsen|hilsen
        |med hilsen|de beste hilsener|mange hilsener|på forhånd takk|ha en fin dag""",
    "sv": """med vänlig hälsning|med vänliga hälsningar|vänliga hälsningar|vänlig hälsning|hälsningar|hälsning
        |bästa hälsningar|med bästa hälsningar|vänligen|mvh|hälsn|varma hälsningar|ha det bra|tack och hälsningar
        |trevlig helg|många hälsningar""",
    "fi": """ystävällisin terveisin|terveisin|parhain terveisin|yt|t|terv|kunnioittaen|terveiset|ystävällisesti
        |lämpimin terveisin|hyvää päivänjatkoa""",
    "cs": """s pozdravem|s přátelským pozdravem|pozdravem|s úctou|zdravím|s pozdravem a přáním hezkého dne
        |hezký den|přeji hezký den|děkuji a zdravím|děkuji s pozdravem|děkuji a přeji hezký den|s přáním hezkého dne
        |s pozdravom|s úctou a pozdravom|s priateľským pozdravom|pekný deň|ďakujem s pozdravom""",
    "hu": """üdvözlettel|tisztelettel|szívélyes üdvözlettel|üdv|köszönettel|üdvözlettel és köszönettel
        |baráti üdvözlettel""",
    "ro": """cu stimă|cu stima|cu respect|o zi bună|o zi frumoasă|numai bine|toate cele bune|cu drag|salutări
        |o zi buna""",
    "ru": """с уважением|с наилучшими пожеланиями|с благодарностью|всего доброго|с приветом|искренне ваш
        |с наилучшими|с почтением|всего хорошего|хорошего дня""",
    "uk": "з повагою|з найкращими побажаннями|з вдячністю|всього найкращого|щиро|на все добре|гарного дня",
    "bg": "с уважение|поздрави|с поздрав|с най добри пожелания|приятен ден",
    "sr": """s poštovanjem|pozdrav|lijep pozdrav|srdačan pozdrav|lp|lep pozdrav|s spoštovanjem|s pozdravi|srdačno
        |unaprijed hvala|с поштовањем|поздрав|срдачан поздрав|lep dan|puno pozdrava""",
    "el": "με εκτίμηση|φιλικά|με φιλικούς χαιρετισμούς|χαιρετισμούς|με τιμή|ευχαριστώ και χαιρετώ|καλή συνέχεια",
    "tr": """saygılarımla|saygılarımızla|iyi çalışmalar|sevgiler|selamlar|iyi günler|kolay gelsin
        |iyi günler dilerim|iyi çalışmalar dilerim|en iyi dileklerimle|sevgilerimle|teşekkürler ve saygılar|saygılar""",
    "et": "lugupidamisega|parimate soovidega|tervitades|tervitustega|parimat|heade soovidega",
    "lt": "pagarbiai|su pagarba|geriausi linkėjimai|gražios dienos",
    "lv": "ar cieņu|ar sveicieniem|visu labu|jauku dienu|ar laba vēlējumiem",
    "ca": """salutacions|atentament|cordialment|una salutació|salutacions cordials|una abraçada
        |rebeu una cordial salutació""",
    "is": "með kveðju|kveðja|kær kveðja|bestu kveðjur|virðingarfyllst|kv",
    "id": "hormat saya|salam|terima kasih dan salam|salam hormat|hormat kami|yang benar",
    "vi": "trân trọng|thân mến|kính thư|trân trọng kính chào|thân ái|kính chào",
    "he": "בברכה|בכבוד רב|תודה ובברכה|בברכה ובתודה",
    "ar": """مع التحية|تحياتي|مع خالص التحية|مع أطيب التحيات|مع فائق الاحترام|وتفضلوا بقبول فائق الاحترام
        |والسلام عليكم""",
    "fa": "با احترام|با تشکر|با سپاس",
    "zh": "此致|此致敬礼|敬礼|顺颂商祺|祝好|谨启|敬上|祝工作顺利|此致 敬禮|順頌商祺|敬祝|顺祝商祺|祝商祺",
    "ja": "敬具|以上|草々",
    "ko": "드림|올림|감사합니다 드림",
    "af": "vriendelike groete|groete|met vriendelike groete",
    "eu": "agur bero bat|adeitasunez|agur",
    "gl": "un saúdo|saúdos|atentamente",
    "eo": "amike|kore salutas",
}

# Thanks that close a mail are words; only the name below them is signature.
THANKS = """thanks|thank you|many thanks|thanks a lot|thank you very much|thanks so much|thx|ty|tia|thanks again
    |thank you again|thanks in advance|thank you in advance|danke|vielen dank|danke schön|dankeschön|herzlichen dank
    |besten dank|danke im voraus|vielen dank im voraus|vielen dank vorab|danke vorab|dank im voraus|danke sehr|merci
    |merci beaucoup|merci d avance|merci par avance|merci bien|grazie|grazie mille|mille grazie|grazie in anticipo
    |tante grazie|gracias|muchas gracias|gracias de antemano|mil gracias|obrigado|obrigada|muito obrigado
    |muito obrigada|bedankt|dank je|dank u|dank je wel|dank u wel|alvast bedankt|hartelijk dank|dziękuję|dzięki
    |dziękuję bardzo|z góry dziękuję|dziękujemy|tak|mange tak|tusind tak|tak på forhånd|takk|tusen takk|mange takk
    |takk på forhånd|tack|tack så mycket|tack på förhand|stort tack|kiitos|paljon kiitoksia|kiitos etukäteen|děkuji
    |díky|děkuju|předem děkuji|děkuji předem|ďakujem|vďaka|köszönöm|köszi|előre is köszönöm|köszönöm szépen|mulțumesc
    |multumesc|спасибо|большое спасибо|заранее спасибо|дякую|наперед дякую|благодаря|hvala|hvala lepa|unaprijed hvala
    |хвала|ευχαριστώ|σας ευχαριστώ|teşekkürler|teşekkür ederim|şimdiden teşekkürler|aitäh|tänan|ačiū|paldies|gràcies
    |eskerrik asko|takk fyrir|terima kasih|cảm ơn|תודה|תודה רבה|شكرا|谢谢|謝謝|ありがとうございます|감사합니다"""

# First words of a greeting; the name that follows is whom a quoted mail was written to.
GREETINGS = """hi|hello|hey|dear|good morning|good afternoon|hallo|guten tag|guten morgen|liebe|lieber
    |sehr geehrte frau|sehr geehrter herr|moin|servus|grüß gott|bonjour|bonsoir|salut|cher|chère|buongiorno|buonasera
    |ciao|salve|gentile|caro|cara|hola|estimado|estimada|buenos días|olá|bom dia|boa tarde|prezado|prezada|beste|dag
    |goedemorgen|geachte heer|geachte mevrouw|dzień dobry|cześć|witam|witaj|szanowna pani|szanowny panie|hej|kære
    |goddag|hei|kjære|hejsan|bästa|moi|hyvä|dobrý den|ahoj|vážená paní|vážený pane|dobrý deň|kedves|tisztelt|szia
    |bună|bună ziua|stimate|stimată|merhaba|sayın|здравствуйте|привет|добрый день|уважаемая|уважаемый|вітаю
    |добрий день|здравейте|καλημέρα|αγαπητέ|tere|sveiki|laba diena|labdien|kaixo|halo"""
