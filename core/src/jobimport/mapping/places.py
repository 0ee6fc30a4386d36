"""Countries and languages by the names that people write, from Unicode's CLDR (babel)."""

import unicodedata
from functools import cache, lru_cache
from typing import Any, cast

from babel import Locale, UnknownLocaleError
from babel.core import get_global

_LANGUAGES = (
    *("en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "nb", "fi", "cs", "sk", "hu"),
    *("ro", "bg", "hr", "sl", "et", "lv", "lt", "el", "tr", "uk", "ru", "ja", "zh", "ko", "ar"),
)
_ALSO = {
    "AE": ("uae", "emirates"),
    "BA": ("bosnia",),
    "CD": ("dr congo", "drc"),
    "CN": ("prc",),
    "CZ": ("czech republic", "ceska republika"),
    "GB": ("great britain", "britain", "england", "scotland", "wales", "northern ireland"),
    "HK": ("hong kong",),
    "IE": ("republic of ireland",),
    "KR": ("korea", "republic of korea"),
    "MK": ("macedonia",),
    "MM": ("burma",),
    "MO": ("macau", "macao"),
    "NL": ("holland",),
    "PS": ("palestine",),
    "RU": ("russian federation",),
    "SK": ("slovak republic",),
    "TR": ("turkey", "turkiye"),
    "US": ("united states of america", "america", "usa", "us"),
    "VN": ("viet nam",),
}
"""Names in use that CLDR lists under another form."""
_STATES_TOO = frozenset({"georgia", "jersey", "lebanon", "peru", "cuba", "mexico", "panama"})
"""Names that stand at the end of a place in the United States as well."""
_PREFIXES = ("the ", "republic of ", "kingdom of ")


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """ISO 3166 alpha-2 code of a country's name in some thirty languages, or of its alpha-2,
    alpha-3 or numeric code; None where it is not known.
    """
    return _country(_folded(text))


@lru_cache(maxsize=4096)
def country_at_end(text: str) -> str | None:
    """The country that a place is written with (`Lyon, France`); None where none is certain.

    Codes are not read here: the GA of `Atlanta, GA` is no Gabon.
    """
    last = _folded(text.rsplit(",", 1)[-1].rsplit("(", 1)[-1])
    if len(last) < 4 and last not in ("usa", "uae"):
        return None
    if last in _STATES_TOO and "," in text:
        return None
    return _country(last)


@lru_cache(maxsize=1024)
def language_tag(text: str) -> str | None:
    """BCP 47 tag of a language's tag or name (`en_US`, `German`, `français`); None if unknown."""
    code = _languages().get(_folded(text))
    if code:
        return code
    try:
        locale = Locale.parse(text.replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    return str(locale).replace("_", "-")


def _country(folded: str) -> str | None:
    names = _countries()
    found = names.get(folded)
    for prefix in _PREFIXES:
        if found is None and folded.startswith(prefix):
            found = names.get(folded.removeprefix(prefix))
    return found


def _folded(text: str) -> str:
    """Without case, accents, dots and brackets, blanks made single."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        each for each in plain if not unicodedata.combining(each) and each not in ".()’'"
    )
    return " ".join(kept.replace("&", " and ").split())


@cache
def _countries() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in _LANGUAGES:
        territories: dict[str, str] = dict(cast("Any", Locale(language).territories))
        for code, name in territories.items():
            if len(code) == 2 and code.isalpha():
                names.setdefault(_folded(name), code)
                names[code.casefold()] = code
    aliases: dict[str, list[str]] = dict(cast("Any", get_global("territory_aliases")))
    for alias, codes in aliases.items():
        if len(codes) == 1 and len(codes[0]) == 2:
            names.setdefault(alias.casefold(), codes[0])
    names.update({name: code for code, also in _ALSO.items() for name in also})
    return names


@cache
def _languages() -> dict[str, str]:
    """Names of languages, in English and in themselves."""
    names: dict[str, str] = {}
    english: dict[str, str] = dict(cast("Any", Locale("en").languages))
    for code, name in english.items():
        names.setdefault(_folded(name), code.replace("_", "-"))
    for code in _LANGUAGES:
        own = Locale(code).get_language_name(code)
        if own:
            names.setdefault(_folded(own), code)
    return names
