"""Answers that stand inside history without quote marks, as Outlook writes it: "Please see my answers below in red".

Nothing in the text tells such an answer from the history around it, so where somebody says that they answer below,
all of it is kept.
"""

import re

from channels.email.quoting import lines as ln
from channels.email.quoting.footers import Stems

_ANSWERS = Stems(
    r"\b(?:answers?|answered|comment(?:s|ed)?|repl(?:y|ies|ied)|responses?|responded|remarks|antwort(?:en)?)\b",
    r"\b(?:beantwortet|kommentare?|anmerkung(?:en)?|réponses?|répondu|commentaires?|rispost[aeo]|comment[io]|odpowiedzi)\b",
    r"\b(?:komentarze|uwagi|svar|kommentarer|respuestas?|comentarios?|antwoord(?:en)?|opmerkingen|respostas?|comentários?)\b",
)
_PLACES = Stems(
    r"\b(?:below|underneath|in-?line|in (?:red|blue|green|bold|caps|colou?r|the text|your (?:mail|text))|unten)\b",
    r"\b(?:unterhalb|im text|in (?:rot|blau|grün)|rot|blau|ci-dessous|plus bas|en (?:rouge|bleu|vert)|dans le texte)\b",
    r"\b(?:sotto|di seguito|in (?:rosso|blu|verde)|nel testo|poniżej|na (?:czerwono|niebiesko|zielono)|w treści)\b",
    r"\b(?:nedenfor|herunder|med (?:rødt|blåt|rött)|i teksten|nedan|i rött|abajo|a continuación|en rojo)\b",
    r"\b(?:en (?:azul|verde)|hieronder|in (?:rood|blauw|groen)|abaixo|em (?:vermelho|azul|verde))\b",
)
_SENTENCE = re.compile(r"[^.!?]+")
_LONGEST = 120  # characters of a sentence that says where the answers are
_MOST = 40  # lines above the history that are looked at


def announced(lines: list[str], kinds: bytearray) -> bool:
    """Whether the author says above history without quote marks that the answers stand in it."""
    first = min((at for at in (kinds.find(ln.QUOTE), kinds.find(ln.LEAD)) if at >= 0), default=-1)
    if first < 1 or any(kinds[index] == ln.QUOTE and lines[index][0] == ">" for index in range(first, len(lines))):
        return False
    own = [lines[index] for index in range(max(first - _MOST, 0), first) if kinds[index] == ln.OWN]
    return _ANSWERS.inside("\n".join(own)) and any(map(_says_where, own))


def _says_where(line: str) -> bool:
    sentences = (sentence for sentence in _SENTENCE.findall(line[: _LONGEST * 3]) if len(sentence) <= _LONGEST)
    return any(_ANSWERS.inside(sentence) and _PLACES.inside(sentence) for sentence in sentences)
