"""The words of thanks in the desk's languages, for `rules.thanks`. Add here; the code need not change.

One phrase a line. `a|b` is a choice, a `?` behind a word (or choice) makes it optional, `_` joins words of one choice.
Case and accents do not matter. A phrase that could also complain, ask or put off does not belong here.
"""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from functools import cache
from itertools import product
from types import MappingProxyType
from unicodedata import combining, normalize

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "’": "'"})


class Part(Enum):
    """What a phrase does in a message. THANKS and PRAISE are what makes it a thanks."""

    THANKS = auto()
    PRAISE = auto()
    GREETING = auto()
    FAREWELL = auto()
    ASSENT = auto()
    FILLING = auto()


_THANKS = """
thanks|thx|thanx|cheers again|a_lot|a_million|a_bunch|a_ton|very_much|so_much?
many thanks again?
thank you|u again|very_much|so_much|both|all?
much? appreciated
i|we really|very_much? appreciate it|that|your_help|the_help
danke|dankeschön|dankeschoen|merci schön|sehr|vielmals|nochmal|nochmals|euch|ihnen|dir|auch?
danke nochmal|nochmals|euch|ihnen vielmals|sehr|allen
vielen|herzlichen|besten|lieben|tausend|schönen dank euch|ihnen|dir|nochmal|nochmals|auch?
nochmals|nochmal vielen_dank|danke|herzlichen_dank
ich danke ihnen|euch|dir sehr|vielmals|herzlich?
ich bedanke mich
merci beaucoup|bien|infiniment|encore|mille_fois|à_tous|à_vous|à_toi|beaucoup_à_vous?
mille mercis
un? grand merci à_tous|à_vous|à_toi?
je vous|te remercie beaucoup|infiniment|vivement?
grazie mille|tante|infinite|ancora|di_cuore|a_tutti|a_te|a_lei|molte?
mille|molte|tante|infinite grazie ancora?
la|ti|vi ringrazio molto|tanto|infinitamente?
dziękuję|dzięki|dziękujemy bardzo|serdecznie|wielkie|pięknie|jeszcze_raz|wam|panu|pani?
bardzo|serdecznie|pięknie|wielkie|stokrotne dziękuję|dzięki|dziękujemy
jeszcze raz bardzo? dziękuję|dzięki
mange|tusind|hjertelig tak igen?
tak skal du|i have
tak for hjælpen|det|alt|svaret|hurtig_hjælp|hurtigt_svar|din_hjælp|jeres_hjælp|den_hurtige_hjælp
jeg takker
"""

_PRAISE = """
great|perfect|super|excellent|awesome|wonderful|fantastic|brilliant
amazing|cool|lovely|ok|okay|alright|understood|noted
nice|great|good|excellent job|work|support|service|help
got it
well done
all good|fine|set|sorted|ok|done|solved now|again?
it|that|this|everything|all? works|worked now|again|fine|well|perfectly|great?
it|that|this|everything|all? works|worked like_a_charm|perfectly_now|fine_now|fine_again|again_now
working now|again|fine|perfectly|fine_now?
it's|its|that's|everything's working|fixed|solved|resolved|sorted|fine now|again|perfectly?
it_is|that_is|everything_is|all_is working|fixed|solved|resolved|sorted|fine now|again|perfectly?
it's|its|that's|everything's good|perfect|great|ok|okay|done now|again|perfectly?
it_is|that_is|everything_is|all_is good|perfect|great|ok|okay|done now|again|perfectly?
now|and_now it|everything|all? works|worked fine|perfectly|again?
fixed|solved|resolved|sorted now?
the|my? problem|issue is|has_been|was? now? solved|fixed|resolved|gone now?
that|it? did it|the_trick
that|it helped
you're|you_are the_best|great|awesome|amazing|a_star|a_lifesaver|a_legend
super|perfekt|prima|toll|klasse|spitze|wunderbar|top
genial|hervorragend|ausgezeichnet|bestens|großartig|fantastisch|cool|mega
sehr? gut
verstanden|erledigt|passt
passt so|schon|alles|perfekt|super|jetzt|jetzt_wieder
toller|super|klasse service|support
tolle|super|klasse arbeit|leistung
ihr|sie seid|sind die_besten|spitze|klasse|super|toll
es|das|alles? geht|funktioniert|klappt|läuft|passt jetzt|nun|wieder|jetzt_wieder|nun_wieder
es|das|alles? geht|funktioniert|klappt|läuft|passt wieder_alles|alles|alles_wieder
es|das|alles? geht|funktioniert|klappt|läuft|passt jetzt_alles|jetzt_alles_wieder
es|das|alles geht|funktioniert|klappt|läuft|passt
funktioniert|klappt|läuft
es|das|alles? funktioniert|klappt|läuft|passt jetzt|nun|wieder|jetzt_wieder? super|gut|prima
es|das|alles? funktioniert|klappt|läuft|passt jetzt|nun|wieder|jetzt_wieder? perfekt|einwandfrei
es|das|alles? funktioniert|klappt|läuft|passt jetzt|nun|wieder|jetzt_wieder? wunderbar|problemlos
es|das|alles? funktioniert|klappt|läuft|passt jetzt|nun|wieder|jetzt_wieder? bestens|tadellos
jetzt|nun|und_jetzt geht|funktioniert|klappt|läuft|passt es|das|alles? wieder|super|gut|prima|perfekt?
jetzt|nun|und_jetzt geht|funktioniert|klappt|läuft|passt es|das|alles? einwandfrei|wunderbar
jetzt|nun|und_jetzt geht|funktioniert|klappt|läuft|passt es|das|alles? problemlos|bestens
es|das? hat alles|wunderbar|super|gut|prima|bestens|sehr? geklappt|geholfen|funktioniert
das? problem ist? jetzt|nun|damit? gelöst|behoben|erledigt
ist|hat_sich gelöst|behoben|erledigt
alles klar|gut|super|bestens|prima|ok|okay|erledigt|perfekt|wieder_gut|wieder_ok
parfait|génial|excellent|nickel|impeccable|formidable|bravo|entendu|d'accord
très bien|gentil
bien reçu
c'est bon|parfait|réglé|résolu|super|génial|ok|réparé|nickel|très_bien|top|gentil|très_gentil maintenant?
ça|cela|tout marche|fonctionne|remarche|refonctionne maintenant|bien|très_bien|parfaitement?
maintenant_ça|maintenant_tout marche|fonctionne|remarche|refonctionne maintenant|bien|très_bien|parfaitement?
ça|cela|tout|maintenant_ça|maintenant_tout marche|fonctionne|remarche|refonctionne à_nouveau|de_nouveau
ça|cela|tout marche|fonctionne|remarche|refonctionne bien_maintenant|parfaitement_maintenant
maintenant_ça|maintenant_tout marche|fonctionne|remarche|refonctionne bien_maintenant|parfaitement_maintenant
tout est bon|ok|réglé|rentré_dans_l'ordre|parfait maintenant?
ça a marché|fonctionné
le? problème est? résolu|réglé maintenant?
perfetto|ottimo|benissimo|fantastico|eccellente|bravissimi
bravi|gentilissimo|gentilissima|gentilissimi|ricevuto|d'accordo
ora|adesso|ora_tutto|adesso_tutto va|funziona bene|benissimo|perfettamente|tutto|di_nuovo|correttamente?
tutto? funziona ora|adesso|bene|benissimo|perfettamente|di_nuovo|correttamente|tutto?
va bene|benissimo|tutto_bene ora|adesso?
ha funzionato
è? tutto ok|bene|a_posto|risolto|perfetto ora|adesso?
il? problema è? risolto
świetnie|idealnie|doskonale|okej|rewelacja|ekstra|extra|wspaniale|rozumiem|znakomicie
teraz|już|wszystko|to? działa już|teraz|dobrze|świetnie|poprawnie|prawidłowo?
teraz_już|już_wszystko|wszystko_już|teraz_wszystko działa już|teraz|dobrze|świetnie|poprawnie|prawidłowo?
teraz|już|wszystko|to? działa znowu|znów|super|ok|idealnie|bez_zarzutu
teraz_już|już_wszystko|wszystko_już|teraz_wszystko działa znowu|znów|super|ok|idealnie|bez_zarzutu
zadziałało|pomogło
udało się
problem jest|został? rozwiązany|naprawiony
wszystko jest? w_porządku|ok|gra|jasne
fint|fedt|dejligt|skønt|fantastisk|herligt|modtaget|forstået|flot
rigtig? godt
det|alt|nu|så? virker|fungerer nu|igen|fint|perfekt|nu_igen|igen_nu|fint_nu|som_det_skal?
det|alt virkede|hjalp
nu virker|fungerer det|alt igen|fint|perfekt|som_det_skal?
problemet er løst nu?
det|alt er løst|i_orden|fint|fikset|perfekt|super|godt|ok nu|igen?
"""

_GREETING = """
hi|hello|hey|dear there|all|team|everyone|everybody|folks|support|support_team|colleagues?
good morning|afternoon|evening|day there|all|team|everyone|everybody|folks|colleagues?
hallo|moin|servus zusammen|team|liebes_team|ihr_lieben|in_die_runde|liebe_kollegen?
guten morgen|tag|abend zusammen|allerseits|team|in_die_runde?
liebe|lieber|liebes|sehr_geehrte|sehr_geehrter kollegen|team|damen_und_herren?
grüß gott
grüezi
bonjour|bonsoir|salut|coucou|cher|chère à_tous|tous|l'équipe?
ciao|salve|buongiorno|buonasera|buon_giorno|gentile|caro|cara a_tutti|tutti?
cześć|witam|hej|dzień_dobry|dobry_wieczór wszystkim?
szanowni państwo
szanowna|szanowny
hejsa|goddag|kære|godmorgen|god_morgen alle|med_jer?
"""

_FAREWELL = """
with? best|kind|warm|kindest|warmest? regards
best wishes?
all the best
yours? sincerely
yours truly
mit freundlichen|besten|herzlichen|lieben|vielen|schönen grüßen|gruessen
mit freundlichem|bestem|herzlichem|liebem gruß|gruss
freundliche|beste|herzliche|liebe|viele|schöne grüße|gruesse
lieber|viele|schönen|schöner? gruß|gruss
grüße|gruesse
lg|vg|mfg|br|mvh|vh|kh|cdt
bien? cordialement|amicalement
bien à vous|toi
sincères? salutations
cordiali|distinti|cari? saluti
un saluto
serdecznie|gorąco? pozdrawiam serdecznie|gorąco?
z poważaniem|pozdrowieniami|wyrazami_szacunku
pozdrowienia
med? venlig|venlige|bedste|mange|kærlig? hilsen|hilsner
"""

_ASSENT = """
yes|yep|yeah|ja|oui|sì|tak
"""

_FILLING = """
and|und|et|e|i|og
for your|the|all_the|all_your? quick|fast|great|kind? help|support|reply|response
for your|the|all_the|all_your? swift|prompt|super|very_quick help|support|reply|response
for your|the|all_the|all_your? quick|fast|great|kind|swift|prompt|super|very_quick? answer|assistance|fix|work
for your|the|all_the|all_your? quick|fast|great|kind? effort|efforts|info|information
for your|the|all_the|all_your? swift|prompt|super|very_quick effort|efforts|info|information
for your|the|all_the|all_your? quick|fast|great|kind|swift|prompt|super|very_quick? update|explanation|service
for everything
für|fuer die|eure|ihre|deine|den|euren|ihren schnelle|schnellen|super? hilfe|unterstützung|antwort
für|fuer die|eure|ihre|deine|den|euren|ihren tolle|tollen hilfe|unterstützung|antwort
für|fuer die|eure|ihre|deine|den|euren|ihren schnelle|schnellen|super|tolle|tollen? rückmeldung|info|support
für|fuer die|eure|ihre|deine|den|euren|ihren prompte|nette|gute|rasche hilfe|unterstützung|antwort
für|fuer die|eure|ihre|deine|den|euren|ihren prompte|nette|gute|rasche rückmeldung|info|support
für|fuer die|eure|ihre|deine|den|euren|ihren schnelle|schnellen|super|tolle|tollen? mühe|einsatz|bearbeitung
für|fuer die|eure|ihre|deine|den|euren|ihren schnelle|schnellen|super? erledigung|lösung|erklärung
für|fuer die|eure|ihre|deine|den|euren|ihren tolle|tollen erledigung|lösung|erklärung
für|fuer die|eure|ihre|deine|den|euren|ihren prompte|nette|gute|rasche mühe|einsatz|bearbeitung
für|fuer die|eure|ihre|deine|den|euren|ihren prompte|nette|gute|rasche erledigung|lösung|erklärung
für alles
for hjælpen|svaret|det_hele
pour votre|ton|ta|la|le|l' rapide|précieuse? aide|réponse|support|retour|intervention rapide?
pour votre|ton|ta|la|le|l' rapide|précieuse? réactivité|rapidité|efficacité|assistance|travail rapide?
pour tout|l'aide|l'intervention|l'assistance
de votre|ton aide|réponse|retour
per il|la vostro|vostra|tuo|tua|suo|sua|rapido|rapida? aiuto|supporto|risposta|assistenza
per il|la vostro|vostra|tuo|tua|suo|sua|rapido|rapida? disponibilità|collaborazione|celerità
per tutto|l'aiuto|l'assistenza
dell'aiuto
za szybką|błyskawiczną|całą? pomoc|odpowiedź|informację|reakcję
za wszystko|wsparcie|szybkie_wsparcie
have|and_have a nice|great|good|lovely|wonderful day|weekend|evening|week|one
a? nice|great|good|lovely day|weekend|evening to_you|to_you_all|everyone?
enjoy your|the day|weekend|evening
you too
no problem|worries
kein problem
bye|tschüss|tschüß|tschau
bis bald|dann
euch|ihnen|dir? noch? ein|einen|eine? schönen|schönes|schöne tag|abend|wochenende noch|euch|ihnen?
euch|ihnen|dir? noch? ein|einen|eine? angenehmen|guten|gutes tag|abend|wochenende noch|euch|ihnen?
euch|ihnen|dir? noch? ein|einen|eine? schönen|schönes|schöne feierabend|woche|nachmittag noch|euch|ihnen?
euch|ihnen|dir? noch? ein|einen|eine? angenehmen|guten|gutes feierabend|woche|nachmittag noch|euch|ihnen?
bonne journée|soirée|semaine|fin_de_journée|après_midi à_vous|à_tous|à_toi?
bon weekend|week_end|après_midi à_vous|à_tous|à_toi?
à bientôt
buona giornata|serata|settimana a_tutti|a_lei|a_te?
buon weekend|lavoro|fine_settimana|pomeriggio a_tutti?
a presto
miłego|dobrego dnia|weekendu|popołudnia|wieczoru
do zobaczenia|widzenia|usłyszenia
hav|og_hav en? god|fortsat_god|dejlig dag|weekend|aften
fortsat? god dag|weekend|aften
vi ses
"""

_NO_NAMES = """
no not none never nothing but however still again wrong broken error problem issue help please urgent wait failed down
nein nicht nie nichts kein keine aber leider trotzdem fehler störung problem hilfe bitte dringend kaputt defekt falsch
fehlanzeige ausfall drucker rechner bildschirm kennwort passwort anlage
non pas rien mais toujours encore erreur panne problème aide urgent faux imprimante
niente ma però purtroppo ancora sempre errore problema aiuto urgente guasto sbagliato stampante
nie nic ale niestety jednak nadal ciągle błąd awaria problem pomocy pilne proszę źle drukarka
nej ikke intet men desværre stadig fejl problem hjælp haster forkert printeren
printer screen password account login network email mail outlook windows laptop computer server phone wifi wlan teams
ticket invoice order question
"""


def folded(text: str) -> str:
    """The text in small letters without accents, as phrases are compared."""
    plain = normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(character for character in plain if not combining(character))


@cache
def phrases() -> Mapping[tuple[str, ...], Part]:
    """Every phrase as its folded words, and what it does."""
    written = {
        Part.FILLING: _FILLING,
        Part.ASSENT: _ASSENT,
        Part.FAREWELL: _FAREWELL,
        Part.GREETING: _GREETING,
        Part.PRAISE: _PRAISE,
        Part.THANKS: _THANKS,
    }
    lines = ((part, line) for part, text in written.items() for line in folded(text).strip().splitlines())
    return MappingProxyType({phrase: part for part, line in lines for phrase in _spelled_out(line)})


@cache
def no_names() -> frozenset[str]:
    """Folded words that are not taken for somebody's name, wherever they stand."""
    return frozenset(folded(_NO_NAMES).split())


def _spelled_out(line: str) -> Iterator[tuple[str, ...]]:
    places = [word.removesuffix("?").split("|") + [""] * word.endswith("?") for word in line.split()]
    for choice in product(*places):
        yield tuple(" ".join(choice).replace("_", " ").split())
