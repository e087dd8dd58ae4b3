"""Postal addresses: on one line, and whether the house has a number.

The address decides, not where in it the number stands: whatever number is left when post codes, flats, floors and
numbered streets (5th Avenue, Highway 61) are taken out may be the house's, so nothing is flagged then. Nor is a house
that is told in another way: by a number in words (One Microsoft Way), a name (Rose Cottage), a PO box, or by saying
that it has none (s/n). What is left is a street or a post code without any of these.
"""

from __future__ import annotations

import re

from documents.meaning.normalise.normalised import Normalised

_LONGEST = 300
_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|post\s?office box|post\s?box|gpo box|postfach|postbus|postboks|box\s+\d|b\.?p\.?\s?\d|"
    r"bo[iî]te postale|apartado(?: de correos| postal)?|apdo\.?|casilla|casella postale|caixa postal|skrytka|"
    r"locked bag|private bag|general delivery|poste restante|postlagernd|[afd]po\s+a[aep])\b",
    re.IGNORECASE,
)
_NONE_BY_ITSELF = re.compile(
    r"(?<!\w)(?:s/n[º°o]?|s\.?/?n\.?c\.?|sin n[uú]mero|sem n[uú]mero|senza numero|sans num[ée]ro|"
    r"ohne (?:haus)?nummer|o\.\s?nr\.?|no number)(?!\w)",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    r"\b(?:One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|Eleven|Twelve|ONE|TWO|THREE|FOUR|FIVE|SIX|TEN)\s+(?=[A-Z])"
)
_NAMED_HOUSE = re.compile(
    r"\b(?:cottage|house|farm(?:house)?|lodge|manor|villa|barn|hall|vicarage|rectory|grange|mansion|chalet|towers?|"
    r"apartments?|chambers|residency|heights|bhavan|bhawan|niwas|complex|haus|hof|schloss|ch[âa]teau|finca|quinta|"
    r"palazzo|palacio|hospital|clinic|medical cent(?:er|re)|university|college|school|airport|hotel|church|museum|"
    r"stadium|embassy|krankenhaus|klinikum|klinik|universit[äa]t|schule|h[ôo]pital|clinique|universit[ée]|[ée]cole|"
    r"cl[ií]nica|universidad|universidade|escuela|ospedale|ziekenhuis|castle|palace|abbey|cent(?:er|re)|mall)$",
    re.IGNORECASE,
)
"""How a part of an address ends that names the house, or a place with an address of its own."""
_NAMED_PLACE = re.compile(
    r"\b(?:schloss|burg|kloster|gut|hof|haus|ch[âa]teau|domaine|mas|lieu[- ]dit|villa|casa|cortijo|finca|hacienda|"
    r"masseria|cascina|tenuta|agriturismo|palazzo|palacio|pal[áa]cio|quinta|fazenda|herdade|monte)\s+(?!\d)\w",
    re.IGNORECASE,
)
"""What stands in such a part where the name stands behind its kind."""
_UNIT = re.compile(
    r"(?:\b(?:apt|apartment|apto|apartamento|suite|ste|unit|floor|fl|flat|level|lvl|room|rm|bldg|building|piso|planta|"
    r"puerta|pta|esc|etage|étage|etg|whg|wohnung|stiege|top|appt|app|int|interno|sala|bloco)\b\.?)"
    r"\s*#?\s*(?:\d{1,4}[a-z]?|[a-z]\d*|\w)\b|\b\d+(?:st|nd|rd|th)\s+(?:floor|fl)\b|\b\d+\.?\s?(?:og|stock|etage|étage)\b|"
    r"\b\d+[ºª°]\s?[a-z]?\b",
    re.IGNORECASE,
)
_BUILDING = re.compile(r"\b(?:building|bldg|block)\.?\s*#?\w{1,5}$", re.IGNORECASE)
"""Of grounds without streets; beside a street it is a part of the house."""
_BRITISH = re.compile(r"\b(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[\dW]\s?(?=[A-Z]*\d)[A-Z\d]{4})$")
"""A post code of Great Britain or Ireland, where houses have names."""
_SIGN = re.compile(r"#\s?\w+")
"""A flat behind a street (Main St #5), a house before one (#5 Main St)."""
_STREET_WORD = re.compile(
    r"\b(?:street|avenue|ave|av|road|rd|boulevard|blvd|bd|lane|ln|drive|dr|court|ct|place|pl|terrace|parkway|pkwy|"
    r"circle|cir|square|sq|highway|hwy|route|rte|way|trail|trl|loop|alley|close|crescent|cres|row|gardens|mews|marg|"
    r"rue|chemin|impasse|quai|allée|cours|"
    r"calle|avenida|avda|paseo|plaza|carrera|camino|carretera|via|viale|piazza|piazzale|corso|vicolo|strada|"
    r"rua|travessa|praça|alameda|estrada|ulica|ul|aleja|plac|"
    r"allee|platz|weg|ufer|damm|ring|gasse|straße|strasse|str|straat|laan|plein|gracht|kade)\b\.?"
    r"|\bc/|(?<=[^\W_]\s)(?<!\bof\s)st\b\.?"  # St. Mary's is a saint
    r"|\b\w{2,}(?:stra(?:ß|ss)e|str|gasse|platz|weg|allee|damm|ufer|ring|straat|laan|plein|gracht|kade|gatan|vägen|"
    r"gade|vej)\b\.?",
    re.IGNORECASE,
)
_ROUTE = re.compile(
    r"\b(?:highway|hwy|route|rte|county road|cr|state road|sr|interstate|i|us|autopista|carretera)\.?[\s-]*\d+\w?\b",
    re.I,
)
_ORDINAL = re.compile(r"\b\d+(?:st|nd|rd|th|er|ème)\b|\b\d{1,2}\.\s(?=[A-ZÄÖÜ][a-zäöüß]+)", re.IGNORECASE)
_US_ZIP = re.compile(r"\b[A-Z]{2}\.?,?\s+\d{5}(?:-\d{4})?(?:,?\s+(?:USA?|United States))?(?=\W*$|,)")
_CODES = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|"
    r"[A-Z]\d[\dW]\s?(?=[A-Z]*\d)[A-Z\d]{4}|"  # GB, CA, IE
    r"\d{5}-\d{3}|\d{4}-\d{3}|\d{2}-\d{3}|\d{3}-\d{4}|"  # BR, PT, PL, JP
    r"(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+\d{4}|(?:[NSEW]|NW|SE|SW|WC|EC)\d{1,2}[A-Z]?$)(?!\w)"  # AU, London
)
_CODE_CITY = re.compile(r"(?:\b[A-Z]{1,3}-)?\b(?:\d{4}\s?[A-Z]{2}|\d{4,6}|\d{3}\s\d{2,3})\s+(?=[^\W\d_])")
_LAST_CODE = re.compile(r"(?<=[^\W\d_])[\s-]+(?:\d{3}\s\d{3}|\d{4}\s[A-Z]{2}|\d{4,6}(?:-\d{4})?)\W*$")
_CITY_LINE = re.compile(r"[^\W\d_][\w.\s'-]+,\s*[A-Z]{2}\b|\b\d{4,6}\s+[A-ZÄÖÜ]|\b[A-Z]{2}\s+\d{5}\b")


def normalise(text: str, *, numbered: bool = False) -> Normalised | None:
    """``text``, known to be an address; None where it holds none (``n/a``, ``same as above``).

    ``numbered``: the house number stands in a field of its own, or this one is not for it.
    """
    parts = _parts(text)
    if len(text) > _LONGEST or not parts or not _meant(parts):
        return None
    value = ", ".join(parts)
    if numbered or _told_otherwise(parts, value) or not _has_a_street(parts, value) or _has_a_number(parts):
        return Normalised(value)
    return Normalised(value, "ADDRESS_NO_STREET_NUMBER", "it has no street number")


def looks_like(text: str) -> bool:
    """Whether ``text`` is an address by itself: a street and a place."""
    if not 10 <= len(text) <= _LONGEST:
        return False
    parts = _parts(text)
    return len(parts) > 1 and any(_STREET_WORD.search(part) for part in parts[:2]) and bool(_CITY_LINE.search(text))


def _parts(text: str) -> list[str]:
    parts = re.split(r"[,;\n|]+", text)
    return [cleaned for part in parts if (cleaned := " ".join(part.split()).strip())]


def _meant(parts: list[str]) -> bool:
    said = " ".join(parts).casefold().strip(" .-/")
    if re.search(r"@|https?:|www\.", said) or not re.search(r"[^\W\d_]{3}", said):
        return False
    return not re.match(
        r"(?:same (?:as|address)|see |siehe|unknown|none|n/?a$|not (?:given|applicable|known)|homeless)", said
    )


def _told_otherwise(parts: list[str], value: str) -> bool:
    """Whether the house is told by something else than a number in digits."""
    if _BOX.search(value) or _NONE_BY_ITSELF.search(value) or any(_NAMED_HOUSE.search(part) for part in parts):
        return True
    if any(_NAMED_PLACE.search(part) and not _STREET_WORD.search(part) for part in parts):
        return True
    streets = [_STREET_WORD.search(part) is not None for part in parts]
    if any(_BRITISH.search(part) for part in parts) and any(streets) and streets.index(True) > 0:
        return True  # Brookside, Station Road, Hook RG27 9HT; a person's name looks the same
    if not any(streets) and any(map(_BUILDING.search, parts)):
        return True
    if any(_IN_WORDS.search(part) for part in parts):
        return True
    # Flat 3, Rose Court, Church Lane: a building with a name, told from Apt 4B, Main Street by the second of two.
    ends = (number for number, part in enumerate(parts, 1) if (unit := _UNIT.search(part)) and unit.end() == len(part))
    return sum(_STREET_WORD.search(part) is not None for part in parts[next(ends, len(parts)) :]) > 1


def _has_a_street(parts: list[str], value: str) -> bool:
    """Whether there is a street, or a town with its code or state: a name alone needs no number."""
    return (
        any(_STREET_WORD.search(part) for part in parts)
        or _CITY_LINE.search(value) is not None
        or any(_CODES.search(part) for part in parts)
    )


def _has_a_number(parts: list[str]) -> bool:
    # Calle Mayor, 5 and 12, rue de la Paix: a part of its own beside the street, too short for a post code.
    for index, part in enumerate(parts):
        beside = parts[max(0, index - 1) : index] + parts[index + 1 : index + 2]
        if re.fullmatch(r"(?:n[º°o]?\.?\s?)?\d{1,4}\s?[a-z]?", part, re.I) and any(map(_STREET_WORD.search, beside)):
            return True
    cleaned = [_ORDINAL.sub(" ", _ROUTE.sub(" route ", _UNIT.sub(" ", _without(_SIGN, part)))) for part in parts]
    coded = [_US_ZIP.sub(" ", _without(_CODES, part)) for part in cleaned]
    if coded == cleaned and not _US_ZIP.search(", ".join(cleaned)):
        coded = [_without(_CODE_CITY, part) for part in cleaned]
    # Behind a town, or a part of its own: Reno, NV, 89501.
    # But not Avenida Sur 1602 before its quarter or town.
    coded[:-1] = [part if _STREET_WORD.search(part) else _LAST_CODE.sub(" ", part) for part in coded[:-1]]
    coded[-1] = _LAST_CODE.sub(" ", coded[-1])
    coded[1:] = [re.sub(r"^\W*\d{5,6}(?:-\d{4})?\W*$", " ", part) for part in coded[1:]]
    return any(re.search(r"\d", part) for part in coded)


def _without(code: re.Pattern[str], part: str) -> str:
    """The part without its post code; what stands before a street is the house's number, however it is written."""
    return code.sub(lambda found: found[0] if _STREET_WORD.search(part, found.end()) else " ", part)
