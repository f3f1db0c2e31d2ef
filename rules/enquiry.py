"""Whether somebody asks nothing but how their request stands: `status?`, `Wie ist der Stand?`, `Any news? Thanks, Ada`.

Asked in one line, in the usual short forms of the six languages. Beside that line only thanks, greetings, farewells and
names may stand: whatever else is written may be news, and is a message like any other.
"""

from typing import Final

from rules.thanks import is_thanks
from rules.words import folded

_AROUND: Final = " \t\u00a0?!.,:;…¿"
_LONGEST: Final = 400
_ASKED: Final = frozenset(
    {
        # en
        *(
            "status",
            "#status",
            "status update",
            "any update",
            "any updates",
            "any news",
            "update",
            "what is the status",
        ),
        *("what's the status", "what’s the status", "how does it stand", "how is it going"),
        # de
        *("stand", "wie ist der stand", "wie ist der aktuelle stand", "aktueller stand", "stand der dinge"),
        *("wie steht es", "wie weit sind sie", "gibt es etwas neues", "gibt es neues", "gibt es neuigkeiten"),
        *("neuigkeiten", "status bitte", "wie ist der status"),
        # fr
        *("statut", "état", "etat", "où en est-on", "où en êtes-vous", "où en est ma demande", "des nouvelles"),
        *("du nouveau", "quoi de neuf", "y a-t-il du nouveau", "avez-vous des nouvelles", "quel est le statut"),
        # it
        *("stato", "a che punto siamo", "a che punto siete", "ci sono novità", "novità", "aggiornamenti"),
        *("ci sono aggiornamenti", "qual è lo stato", "com'è la situazione"),
        # pl
        *("stan", "jaki jest status", "jaki status", "jaki jest stan", "czy coś wiadomo", "coś nowego"),
        *("czy jest coś nowego", "jak sprawy", "na jakim etapie"),
        # da
        *("hvad er status", "hvordan går det", "hvor langt er i", "noget nyt", "er der nyt", "er der noget nyt"),
    }
)


def asks_how_it_stands(text: str) -> bool:
    """Whether these new words of a message ask that, and say nothing else."""
    if len(text) > _LONGEST:
        return False
    lines = text.strip().splitlines()
    for number, line in enumerate(lines):
        if folded(line).strip(_AROUND) in _ASKED:
            return len(lines) == 1 or is_thanks("\n".join([*lines[:number], "Thanks.", *lines[number + 1 :]]))
    return False
