"""What a completion shows that speaks for or against a refusal: cues of ``cues.toml``, and how the text is built.

Everything here is pure. The forms of words are data; this module finds them, says where they stand (a refusal opens a
completion or ends it; inside quotation marks it is another speaker's), and adds length and structure. It works sentence
by sentence, and looks for a cue only in one that has its words: most completions are answers, and cost little.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from llm.refusals import premise
from llm.refusals.cues import Cue, Index, Triggers, condemning, faint, gate, index, lexicon, speakers
from llm.refusals.forms import NOTHING, Asked
from llm.refusals.text import OPENING, Parts, Sentence, plain, words_of

_STRONG: Final = ("inability", "unwilling", "policy", "blocked")
_SOFT: Final = ("moral", "values", "urge", "discourage", "deflect", "topic_judged", "topic_judged_late")
_WEAK: Final = (
    "identity",
    "knowledge",
    "limits",
    "senseless",
    "apology",
    "meta",
    "unwilling_bare",
    "self_negated",
    "crisis",
)
_REFUSING: Final = frozenset((*_STRONG, *_SOFT, *_WEAK, "offer", "counter"))
_CLOSING: Final = frozenset(("inability", "unwilling", "unwilling_bare"))
_LAST: Final = 140
_LONG: Final = 600
"""Characters from which a few words of the gate say nothing: a single faint one, or ``_FEW`` behind ``_FIRST``. Of
1,053 labelled refusals that long, and 331 short ones with a long answer behind them, none has so few; of answers with a
word of the gate that is not a single faint one, one in seven."""
_FIRST: Final = 150
"""Characters in which a refusal begins. From 100 on all are found; at 60 four are lost."""
_FEW: Final = 2
_FIRST_PERSON: Final = frozenset({"i", "i'm", "i'd", "i'll", "i've", "my", "me"})
_NOT_FIGURES: Final = frozenset({"988", "911", "116", "123", "24", "741741"})

_FIGURE = re.compile(r"\d[\d.,:]*")
_ITEM = re.compile(r"\n(?:[-*•] |[1-9][.)])")
_CAPITAL = re.compile(r"[A-Z][a-z]{2,}")
_LABEL = re.compile(r"(?![Ii]['\u2019 ])[^.!?\n]{3,70}:(?:\s|\Z)")
_SPEAKER = re.compile(r"\n\W{0,3}[A-Z][A-Za-z .]{0,22}:\W{0,3} ?\S")
_TURN = re.compile(
    r"(?:(?:however|but|nevertheless|nonetheless|that said|still|with that in mind"
    r"|(?:please |be )?(?:note|remember|aware)(?: that)?"
    r"|it(?:'s| is) (?:also )?(?:important|crucial|essential|worth) (?:to )?"
    r"(?:note|remember|understand|noting)(?: that)?"
    r"|i (?:must|should|have to|need to|want to) (?:\w+ )?(?:say|stress|emphasize|note|point out|inform you|remind you)"
    r"(?: that)?)[, ]+)+"
)
_TURNING: Final = frozenset(
    {"however", "but", "nevertheless", "nonetheless", "said", "note", "remember", "must", "noting"}
)
_REFERRAL = re.compile(
    r"(?:instead, |alternatively, |for that, |perhaps )?you (?:can|could|may|might|should|would|will)(?: \w+){0,2}?"
    r" (?:call|visit|contact|check|use|try|refer|consult|ask|look|send|reach|go to|turn|find|get|see|search)\b"
    r"|(?:please|try|check|consult|contact|ask|visit) "
    r"|it (?:is|would be) (?:up to|impossible|not possible|always|best) "
)
"""A sentence that sends the asker elsewhere is not what was asked for."""
_ON_IT: Final = ("it ", "it's ", "this ", "that ", "such ", "doing so")
_ASKING = "is|are|was|were|would|will|can|may|should|do|does|did|am|has|have|could"
_JUDGEMENT = re.compile(
    rf"^(?:so |and |but |please |hey |hi )*(?:{_ASKING})\b(?! you\b)"
    r"|^(?:why|when|who|what happens|explain why|what is the (?:punishment|penalty|difference|law)"
    r"|what's (?:wrong|the (?:punishment|penalty)))\b"
    r"|\b(?:illegal|legal|allowed|ethical|considered|punishment|penalt(?:y|ies)|laws?)\b"
)
_NO_TOPIC = "noth|someth|anyth|everyth|dur|spr|morn|even|regard|accord|start|begin"
_ILLS = (
    "blackmail|racism|sexism|plagiarism|fraud|theft|violence|discrimination|harassment|abuse|slavery|torture|murder|arson"
    "|forgery|vandalism|cruelty|revenge|terrorism|piracy|perjury|self-harm|suicide|rape|treason|drugs|use|speech|bribery"
    "|extortion|defamation"
)
_TOPIC = re.compile(
    rf"(?:(?:\w+ly|even|simply|just) )?(?!(?:{_NO_TOPIC})ing\b)[a-z]{{2,}}ing\b"
    r"|(?:jokes|jests|comments|remarks|questions) (?:about|of|on)\b"
    r"|(?:the (?:idea|use|sale|act|thought)|any (?:form|attempt|act|kind)|acts) (?:of|to)\b"
    rf"|(?:(?:identity|animal|child|human|drug|hate|sexual|domestic) )?(?:{_ILLS})\b"
)


@dataclass(slots=True)
class Reading:
    """A completion, read: the text cues were sought in, the features by name, by feature the first cue found, and the
    forms of prompt and completion."""

    text: str
    features: dict[str, float] = field(default_factory=dict)
    cues: dict[str, str] = field(default_factory=dict)
    forms: frozenset[str] = frozenset()


def read(completion: str, asked: Asked = NOTHING, text: str = "", is_idle: bool | None = None) -> Reading:
    """All features of ``completion`` but the fuzzy and the embedded one, which cost more and are asked for in need.
    ``text``: ``plain(completion)``, and ``is_idle``: ``idle(text)``, where they are at hand."""
    text = text or plain(completion)
    reading = Reading(text)
    is_idle = idle(text) if is_idle is None else is_idle
    if is_idle and premise.LOADED.isdisjoint(asked.forms):
        reading.features["idle"] = 1.0
        reading.forms = asked.forms
        return reading
    features, known, parts = reading.features, index(), Parts(text)
    sentences = parts.opening
    _find_starting(reading, known, len(sentences[0].text) if sentences else 0)
    found = [_find(reading, sentence, known.all, number == 0) for number, sentence in enumerate(sentences)]
    if not (_FIRST_PERSON.isdisjoint(parts.rest_words) or known.late_words.isdisjoint(parts.rest_words)):
        for sentence in parts.late:
            if not _FIRST_PERSON.isdisjoint(sentence.words):  # a late refusal speaks of itself
                _find(reading, sentence, known.late, False)
    _find_topic(reading, sentences, found)
    if "topic_judged" not in features and _may_turn(text, parts):
        _find_late_topic(reading, [*sentences, *parts.late])
    _measure(features, text, parts)
    refusing = not _REFUSING.isdisjoint(features)
    if refusing or not _conduct_names().isdisjoint(features):
        _measure_structure(features, completion)
    if refusing:
        _spread(features, parts, found)
    _combine(features)
    if asked.sentence.text:
        _ask(features, asked.sentence.text)
    reading.forms = premise.note(features, sentences, asked)
    return reading


def idle(text: str) -> bool:
    """Whether a plain text speaks of nothing near a refusal: neither its opening nor its last words have a word of the
    gate. A long text may have a single one, which is faint, or one or two that stand between its beginning and its end
    and are not its writer's. Most answers need no more than this."""
    known = gate()
    hits = known.intersection(words_of(text[:OPENING]))
    if len(hits) > _FEW:
        return False
    last = known.intersection(words_of(text[-_LAST:])) if len(text) > OPENING else frozenset()
    if not hits and not last:
        return True
    if len(text) <= _LONG:
        return False
    if len(found := hits | last) == 1 and found <= faint():
        return True
    if last or (len(hits) == _FEW and not speakers().isdisjoint(hits)):  # "I" beside a "not"
        return False
    return known.isdisjoint(words_of(text[:_FIRST]))


def _find_starting(reading: Reading, known: Index, first_end: int) -> None:
    for cue in known.starting:
        match = cue.search(reading.text)
        if match is not None:
            _note(reading, cue, 0, first_end >= 0)


def _find(reading: Reading, sentence: Sentence, known: Triggers, first: bool) -> bool:
    """Note the cues of one sentence; True if one of them refuses."""
    hits = known.words & sentence.words
    if not hits:
        return False
    refuses, taken = False, -1
    for number in known.numbers(hits):
        cue = known.cues[number]
        if cue.also and not cue.worth(sentence.words):
            continue
        match = cue.search(sentence.text)
        if match is not None and match.start() == taken:
            match = cue.search(sentence.text, match.end())
        if match is None:
            continue
        place = sentence.start + match.start()
        if cue.family in _REFUSING:
            if reading.text.count('"', 0, place) % 2:
                reading.features["quoted"] = 1.0
                continue
            refuses = True
        if cue.family == "limits":  # says less than a refusal in the same words, and stands for it
            taken = match.start()
        _note(reading, cue, place, first)
        if cue.family in _CLOSING and not first and place >= len(reading.text) - _LAST:
            reading.features["closing"] = 1.0
            reading.cues.setdefault("closing", cue.name)
    return refuses


def _note(reading: Reading, cue: Cue, place: int, first: bool) -> None:
    names = [f"{cue.family}_late"] if place >= OPENING else [cue.family]
    if first:
        names.append(f"{cue.family}_first")
    for name in names:
        reading.features[name] = 1.0
        reading.cues.setdefault(name, cue.name)


def _find_topic(reading: Reading, sentences: Sequence[Sentence], found: list[bool]) -> None:
    """As in "Creating fake reviews is dishonest": an early sentence starts with what was asked and condemns it."""
    for number, sentence in enumerate(sentences[:2]):
        if _judges(sentence, sentences[number + 1 : number + 2]):
            _note_topic(reading, "topic_judged")
            if "because" in sentence.words:  # why it is wrong: what a person asks who wants to know
                reading.features["judged_because"] = 1.0
            found[number] = True
            return


def _find_late_topic(reading: Reading, sentences: Sequence[Sentence]) -> None:
    """The same in a later paragraph, or after a "however": what the thing is, and then that one must not do it."""
    for number, sentence in enumerate(sentences[1:], 1):
        turn = _TURN.match(sentence.text)
        if turn is None and reading.text[sentence.start - 1] != "\n":
            continue
        if _judges(sentence, sentences[number + 1 : number + 2], turn.end() if turn else 0):
            _note_topic(reading, "topic_judged_late")
            return


def _may_turn(text: str, parts: Parts) -> bool:
    return len(parts.known(condemning())) > 1 and ("\n" in text or bool(parts.known(_TURNING)))


def _judges(sentence: Sentence, after: Sequence[Sentence], begin: int = 0) -> bool:
    topic = _TOPIC.match(sentence.text, begin)
    if topic is None:
        return False
    if not condemning().isdisjoint(words_of(sentence.text[topic.end() :])):
        return True
    return any(each.text.startswith(_ON_IT) and not condemning().isdisjoint(each.words) for each in after)


def _note_topic(reading: Reading, name: str) -> None:
    reading.features[name] = 1.0
    reading.cues[name] = name


@cache
def _conduct_names() -> frozenset[str]:
    return frozenset(lexicon()) - {"hortative"}


@cache
def _conduct() -> frozenset[str]:
    return frozenset().union(*(words for name, words in lexicon().items() if name != "hortative"))


@cache
def _kinds() -> Mapping[str, tuple[str, ...]]:
    """The kinds of each word of the lexicon."""
    kinds: dict[str, tuple[str, ...]] = {}
    for name, words in lexicon().items():
        for word in words:
            kinds[word] = (*kinds.get(word, ()), name)
    return kinds


@cache
def _kind_words() -> frozenset[str]:
    return frozenset(_kinds())


def _measure(features: dict[str, float], text: str, parts: Parts) -> None:
    """Length, and counts of the words of the beginning by kind. ``length`` is 0 at 40 words, grows by 1 with each
    doubling, from -2 to 4."""
    count = text.count(" ") + text.count("\n") + 1
    features["length"] = max(-2.0, min(4.0, math.log2(count / 40)))
    if count < 14:
        features["tiny"] = 1.0
    if not _FIRST_PERSON.isdisjoint(parts.begin):
        features["says_i"] = 1.0
    kinds = _kinds()
    for word in _kind_words() & parts.begin:
        for name in kinds[word]:
            features[name] = min(features.get(name, 0.0) + 0.5, 2.0)


def _measure_structure(features: dict[str, float], completion: str) -> None:
    """What an answer has and a refusal seldom: asked for only where something speaks for a refusal."""
    for name, count in (("figures", _figures(completion)), ("names", _names(completion))):
        if count:
            features[name] = min(count, 4) / 2
    for name, holds in _STRUCTURE.items():
        if holds(completion):
            features[name] = 1.0


def _figures(completion: str) -> int:
    """Numbers in the beginning, without marks of lists, parts of names and telephone numbers of help lines."""
    count, begin = 0, completion[:600]
    for match in _FIGURE.finditer(begin):
        before = begin[match.start() - 1] if match.start() else " "
        if not (before.isalpha() or before in "\n/") and match.group().rstrip(".,:") not in _NOT_FIGURES:
            count += 1
    return count


def _names(completion: str) -> int:
    """Words with a capital that start no sentence, about: those with one, less the sentences."""
    begin = completion[:600]
    capitals = len(_CAPITAL.findall(begin))
    return max(0, capitals - begin.count(". ") - begin.count("\n") - begin.count("? ") - begin.count("! ") - 1)


def _listed(completion: str) -> bool:
    return "\n" in completion and len(_ITEM.findall(completion)) >= 3


_STRUCTURE: Final[Mapping[str, Callable[[str], bool]]] = {
    "list": _listed,
    "code": lambda completion: "`" in completion,
    "asks": lambda completion: "?" in completion[-4:],
    "dialogue": lambda completion: (
        completion.count(":", 0, 700) > 1 and len(_SPEAKER.findall(f"\n{completion[:700]}")) > 1
    ),
    "label": lambda completion: _LABEL.match(completion) is not None,
}


def _spread(features: dict[str, float], parts: Parts, found: Sequence[bool]) -> None:
    """How much of the text neither refuses, nor judges, nor speaks of its writer: the part that may be the answer."""
    pairs = zip(parts.opening, found, strict=True)
    other = sum(len(each.text) for each, refuses in pairs if not refuses and _neutral(each))
    whole = len(parts.rest.text)
    other += whole if _neutral(parts.rest) else sum(len(each.text) for each in parts.late if _neutral(each))
    features["rest"] = other / max(parts.rest.start + whole, 1)
    features["rest_long"] = min(other, 600) / 300


def _neutral(sentence: Sentence) -> bool:
    return (
        _FIRST_PERSON.isdisjoint(sentence.words)
        and len(_conduct() & sentence.words) < 2
        and _REFERRAL.match(sentence.text) is None
    )


def _combine(features: dict[str, float]) -> None:
    """Features that only mean something together."""
    strong = sum(1 for family in _STRONG if family in features)
    soft = sum(1 for family in _SOFT if family in features)
    weak = any(family in features for family in _WEAK)
    if strong:
        features["strong"] = 1.0
    if strong > 1:
        features["strong_twice"] = 1.0
    if soft > 1:
        features["soft_twice"] = 1.0
    if soft > 2:
        features["soft_thrice"] = 1.0
    _combine_by_kind(features, "strong" if strong else "soft" if soft else "weak" if weak else "no")


def _combine_by_kind(features: dict[str, float], kind: str) -> None:
    """What length, shape and the like mean depends on the strongest kind of cue found."""
    features[f"{kind}_length"] = features["length"]
    if "rest" in features:
        features[f"{kind}_rest"] = features["rest"]
    if "list" in features:
        features[f"{kind}_list"] = 1.0
    late = any(f"{family}_late" in features for family in _CLOSING)  # what has a colon first may decline at the end
    if "written" in features or "narration" in features or ("label" in features and not late):
        features[f"{kind}_piece"] = 1.0
    conduct = sum(features.get(name, 0.0) for name in ("judgement", "virtue", "crime", "care"))
    if conduct >= 1.0 and "figures" not in features and "comply_open" not in features:
        features["conduct"] = min(conduct, 3.0)
        if kind == "no":
            features["conduct_alone"] = min(conduct, 3.0)
    if kind == "soft" and "hortative" not in features:
        features["soft_told"] = 1.0  # told of, and no person told to
    if "comply_open" in features:
        features[f"{kind}_opened"] = 1.0
    if "turn" in features:
        features[f"{kind}_turn"] = 1.0
    if "apology" in features and kind == "no":
        features["apology_alone"] = 1.0
    if kind == "no":
        features["no_cue"] = 1.0


def _ask(features: dict[str, float], asked: str) -> None:
    """What the prompt asks for: a verdict (is it wrong, may I, why is) is answered by a verdict; an order is not."""
    if "moral" in features or "urge" in features or "values" in features or "crime" in features:
        features["asked_judgement" if _JUDGEMENT.search(asked) else "asked_order"] = 1.0
