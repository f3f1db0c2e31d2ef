"""Answers that stand inside history without quote marks, as Outlook writes it: "Please see my answers below in red".

Nothing in the text tells such an answer from the history around it, so where somebody says that they answer below,
all of it is kept.
"""

import re

from channels.email.quoting import lines as ln

_ANSWERS = (
    r"answers?|answered|comment(?:s|ed)?|repl(?:y|ies|ied)|responses?|responded|remarks|antwort(?:en)?|beantwortet"
    r"|kommentare?|anmerkung(?:en)?|réponses?|répondu|commentaires?|rispost[aeo]|comment[io]|odpowiedzi|komentarze"
    r"|uwagi|svar|kommentarer|respuestas?|comentarios?|antwoord(?:en)?|opmerkingen|respostas?|comentários?"
)
_PLACES = (
    r"below|underneath|in-?line|in (?:red|blue|green|bold|caps|colou?r|the text|your (?:mail|text))|unten|unterhalb"
    r"|im text|in (?:rot|blau|grün)|rot|blau|ci-dessous|plus bas|en (?:rouge|bleu|vert)|dans le (?:texte|corps)|sotto"
    r"|di seguito|in (?:rosso|blu|verde)|nel testo|poniżej|na (?:czerwono|niebiesko|zielono)|w (?:treści|tekście)"
    r"|nedenfor|herunder|med (?:rødt|blåt|rött)|i teksten|nedan|i rött|abajo|a continuación|en (?:rojo|azul|verde)"
    r"|hieronder|in (?:rood|blauw|groen)|abaixo|em (?:vermelho|azul|verde)"
)
_BELOW = re.compile(
    rf"\b(?:{_ANSWERS})\b[^.!?\n]{{0,40}}?\b(?:{_PLACES})\b|\b(?:{_PLACES})\b[^.!?\n]{{0,40}}?\b(?:{_ANSWERS})\b"
    r"|\bin-?line (?:answers|comments|replies|responses)\b|\bsee in-?line\b",
    re.IGNORECASE,
)
_LONGEST = 300
_MOST = 40  # lines above the history that are looked at


def announced(lines: list[str], kinds: bytearray) -> bool:
    """Whether the author says above history without quote marks that the answers stand in it."""
    first = min((at for at in (kinds.find(ln.QUOTE), kinds.find(ln.LEAD)) if at >= 0), default=-1)
    if first < 1 or any(kinds[index] == ln.QUOTE and lines[index][0] == ">" for index in range(first, len(lines))):
        return False
    return any(
        kinds[index] == ln.OWN and _BELOW.search(lines[index][:_LONGEST])
        for index in range(max(first - _MOST, 0), first)
    )
