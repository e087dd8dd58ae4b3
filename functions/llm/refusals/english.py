"""Whether a text is written in English, the one language the cues know. A few microseconds; no model, no names."""

from __future__ import annotations

from typing import Final

_LOOK_AT: Final = 420
_FEW: Final = 5
"""Words under which only the script is looked at: a name, a number or one word of code has no language."""

_GLANCE: Final = 200
_ENOUGH: Final = 5
"""Different small words of English in the beginning after which no other language is thought of."""
_SURE: Final = 9
"""The same where some letters are not English: a name, a dash, a word that is explained."""
_MARKS: Final = ".,;:!?\"'()¡¿*"

_ENGLISH_WORDS: Final = """
the a an of to and in is are was were be been that this it you your i i'm can't don't it's for with on at by from as
or if not but have has had will would can could should what which who how why when there their they he she we my me
do does did no yes so than then out up about into over after before more most some any each sorry please here
"""
_OTHER_WORDS: Final = """
el la los las de del que y en un una es por con para se su lo al como pero está puedo siento eso esta der die das
und ist nicht ein eine zu mit auf für von dem den sich auch wie wir sie ich wenn oder wird kann leid le les des et
est une du dans pour qui ne pas sur avec ce il elle je vous nous au aux plus sont cette désolé che di non è gli per
sono della nel mi ma puoi questo questa o os um uma não em da na mais foi desculpe isso pode você het een van niet
ik dat zijn voor met er maar wij kan spijt att och det som jag på är av inte för har med nie się jest że w z jak
przykro ve bir bu için ile değil üzgünüm tidak yang dan ini itu saya dengan untuk dapat și nu este pentru că pot în
ale vám nemohu bylo mohlo není jsem jako že s ja ei hän että ni kwa ya wa siwezi hili là và không của
"""
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
_OTHERS: Final = frozenset(_OTHER_WORDS.split()) - _ENGLISH


def is_english(text: str) -> bool:
    """``text`` in lower case. True also where nothing tells: figures, code, a name."""
    begin = text[:_LOOK_AT]
    seen = len(_ENGLISH.intersection(begin[:_GLANCE].split()))
    if seen >= _SURE or (seen >= _ENOUGH and begin.isascii()):
        return True
    pieces = begin.split()
    if not begin.isascii():
        letters = sum(1 for character in begin if character.isalpha())
        strange = sum(1 for character in begin if character > "\u024f" and character.isalpha())
        if letters and strange * 5 > letters * 2:
            return False
    words = [word for piece in pieces if (word := piece.strip(_MARKS)) and word.replace("'", "").isalpha()]
    if len(words) < _FEW:
        return True
    english = sum(1 for word in words if word in _ENGLISH)
    others = sum(1 for word in words if word in _OTHERS)
    if others > english and others >= 2:
        return False
    # A language whose small words are not listed has none of English's; neither has a list of names or a line of code.
    accents = sum(1 for character in begin if character > "\x7f" and character.isalpha())
    return not (english == 0 and len(words) >= 8 and accents >= 2)
