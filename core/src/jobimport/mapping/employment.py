"""Kinds of employment, as schema.org names them. There is no library for this."""

from functools import lru_cache

_WORDS = {
    "FULL_TIME": (
        *("fulltime", "full", "vollzeit", "tempsplein", "tempscomplet", "tiempocompleto"),
        *("jornadacompleta", "voltijd", "fulltijd", "heltid", "tempopieno", "pelnyetat"),
    ),
    "PART_TIME": (
        *("parttime", "part", "teilzeit", "tempspartiel", "mediajornada", "jornadaparcial"),
        *("deeltijd", "parttijd", "deltid", "minijob", "tempoparziale", "niepelnyetat"),
    ),
    "CONTRACTOR": ("contractor", "contract", "freelance", "freelancer", "b2b", "selfemployed"),
    "TEMPORARY": (
        *("temporary", "temp", "fixedterm", "befristet", "seasonal", "cdd", "interim", "temporal"),
        *("tijdelijk", "tempodeterminato", "zeitarbeit", "saisonal", "limitedterm"),
    ),
    "INTERN": (
        *("intern", "internship", "praktikum", "trainee", "apprenticeship", "apprentice", "stage"),
        *("stagiaire", "ausbildung", "alternance", "becario", "practicas", "volontariat"),
    ),
    "VOLUNTEER": ("volunteer", "ehrenamt", "benevolat", "voluntario", "vrijwilliger"),
    "PER_DIEM": ("perdiem",),
    "OTHER": ("other",),
}
_EXACT = {word: name for name, words in _WORDS.items() for word in words}
_PERMANENT = ("permanent", "regular", "festanstellung", "unbefristet", "cdi", "indefinido")
"""Words that say nothing of the hours: taken as full time where nothing else is said."""
_LONGEST_FIRST = sorted((word for word in _EXACT if len(word) > 5), key=len, reverse=True)


@lru_cache(maxsize=1024)
def employment_type(text: str) -> tuple[str, ...]:
    """The types that a text such as `Full-time, temporary` names; OTHER where none is known."""
    whole = _letters(text)
    if whole in _EXACT:
        return (_EXACT[whole],)
    if whole in _PERMANENT:
        return ("FULL_TIME",)
    found: list[str] = []
    rest = whole.replace("unbefristet", "")
    for word in _LONGEST_FIRST:
        if word in rest:
            rest = rest.replace(word, " ")
            found.append(_EXACT[word])
    words = {_letters(each) for each in text.replace("/", " ").replace(",", " ").split()}
    found += [
        _EXACT[word] for word in sorted(words & _EXACT.keys()) if word not in ("full", "part")
    ]
    if not found and any(word in whole for word in _PERMANENT):
        return ("FULL_TIME",)
    known = [name for name in _WORDS if name in found]
    return tuple(known) or ("OTHER",)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
