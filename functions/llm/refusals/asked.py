"""Short texts, and texts that somebody asked for: what they are, the prompt says, and no form of words in them.

"No" answers "Is a whale a fish?" and refuses "Write a poem"; "I can't help you" is a translation where one was wanted.
These rules come before the head, and settle only what they are sure of.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from llm.model import Outcome, Reason
from llm.refusals import premise
from llm.refusals.forms import Asked

BEGIN: Final = 240
"""Characters of a completion in which it says that it won't do the task."""


class Settled(NamedTuple):
    """An outcome, the rule that gave it, and for a refusal its reason."""

    outcome: Outcome
    rule: str
    reason: Reason = ""


_SHORT_ANSWER: Final = Settled("answered", "short")
_NO_ANSWER: Final = Settled("refused", "no_answer", "no_knowledge")
_NO_EVENT: Final = Settled("refused", "no_event", "premise")
SHORT: Final = "short"
"""The rule of texts that are too short to be told without a prompt."""

SHORT_TEXT: Final = 60
"""Characters up to which a text without a prompt may be anything."""
ECHO: Final = 1.6
"""How many times as long as its source, and 60 characters more, a text may be that was only rewritten."""

_BARE = re.compile(
    r"\W*(?:no|nope|nah|none|nothing|never|no way|not at all|n/?a|unknown|other|false|neither|refus(?:ed|al|e)"
    r"|declined?|denied|blocked|negative|invalid|unsafe|error|null|nil|absolutely not|definitely not|of course not"
    r"|not (?:\w+ ){0,2}?(?:toxic|entailed|supported|spam|applicable|relevant|allowed|found|true))\W*"
)
"""Answers of a word or two that would be a refusal of another prompt."""
_AGREES = re.compile(
    r"\W*(?:yes|yep|yeah|yup|true|correct|right|sure|ok(?:ay)?|affirmative|positive|absolutely|definitely|certainly"
    r"|of course)\W*"
)
"""Their contrary: without a prompt as little is known of them, and counting one side alone would tilt the ratio."""
_WITHOUT = re.compile(
    r"\W*(?:unanswerable|not answerable|no answer|insufficient (?:information|context|data)|not enough information"
    r"|not (?:stated|mentioned|specified|given|provided|available|in (?:the )?(?:passage|context|text|document)s?)|"
    r"(?:the )?(?:information|answer) (?:is )?not (?:available|found|provided|given)|i don't know|unknown)\W*"
)
"""What takes the place of an answer where the text that was given has none."""
_DIRECT = re.compile(
    r"\W*(?:no|nope|nah|yes|yep|yeah|never|not|none|absolutely|definitely|certainly|of course|true|false|correct"
    r"|i wouldn't|i would not|i would|i'd|you (?:are|were|may|can|should|must|do|don't|aren't|cannot|can't|shouldn't)"
    r"|(?:it|he|she|they|that|this|there) (?:is|was|isn't|wasn't|does|did|do|can|can't|cannot|doesn't|didn't|has|hasn't"
    r"|are|aren't|were|don't|will|won't|may|might|depends))\b"
)
_HOLDS: Final = "(?:mention|specify|state|include|contain|cover|address|discuss|list|name)"
_PRESENCE = re.compile(rf"\b(?:do|does|did) (?:[\w'-]+ ){{1,4}}{_HOLDS}\b(?![^?]*\?[^?]*\?)")
"""A question whether something is said somewhere, and no other after it."""
_ABSENT = re.compile(rf"[^.!?\n]{{1,80}}?\b(?:do|does|did)(?:n't| not) {_HOLDS}\b|(?:there is|there's) no mention\b")
"""Its "no"."""
_OFFER = re.compile(
    r"\W*(?:(?:hello|hi|hey|greetings|good \w+)\b[^.!?\n]{0,40}[.!,] ?)?(?:(?:as|i'm|i am) an? (?:[\w-]+ ){0,4}?"
    r"(?:ai|assistant|model|helper|bot|chatbot)\b[^.!?\n]{0,80}?"
    r"(?:, i can (?!only\b)|[.!] (?:how|what) (?:can|may) i\b)"
    r"|i(?:'m| am) here to help\b)"
)
"""A text that introduces its writer and offers to begin."""
_BUT = re.compile(
    r"\b(?:no|not|never|cannot|\w+n't|only|outside|beyond|but|however|instead|rather|sorry|unfortunately|please|illegal"
    r"|harm\w*|legal|support|respect\w*|safe\w*|ethic\w*|healthier|alternatives?)\b"
)
_SELF = re.compile(
    r"\b(?:i|we)(?:'m| am| do)? (?:\w+ly |just |simply |also |still )?(?:can't|cannot|can not|couldn't|won't|will not"
    r"|unable|not (?:able|going|comfortable|willing|allowed|permitted|in a position)|must|have to decline|decline"
    r"|refuse|don't|do not|not|have no|'d rather not|rather not|would rather not)\b|\bi'd (?:rather|prefer) not\b"
    r"|\b(?:isn't|is not|not) something i\b|\b(?:isn't|is not|not) (?:for me|my place|up to me)\b"
)
"""A text that speaks of what its writer does not do."""
_TASK = re.compile(
    r"\b(?:translat\w*|rewrit\w*|paraphras\w*|summari\w*|proofread\w*|edit\w*|classif\w*|extract\w*|writ(?:e|ing)"
    r"|draft\w*|creat(?:e|ing)|generat(?:e|ing)|compos(?:e|ing)|produc(?:e|ing)|polish\w*|pretend\w*|role-?play\w*"
    r"|help with (?:this|that)|assist|fulfil\w*|comply|as an ai|language model|(?:your|this|that) request)\b"
)
"""The task itself: who speaks of it is not doing it."""
_RULE = re.compile(
    r"(?:unfortunately,? |sorry,? (?:but )?|no[,.;:] |for [^.!?\n]{2,40}?,? )?"
    r"(?:we|(?:our|the) (?:store|shop|company|hotel|airline|bank|school|office|team|restaurant|carrier|seller))"
    r"(?:'re| are)? (?:\w+ly )?(?:can't|cannot|can not|unable to|not able to|don't|do not|won't|will not|never)"
    r"(?: \w+ly)?"
    r" (?:offer|accept|refund|return|exchange|cancel|ship|deliver|change|extend|issue|take|hold|guarantee|reserve|match"
    r"|combine|process|replace|cover|hono?ur|waive|store|sell|rent|charge|allow|serve|repair|make|grant|permit|admit)\b"
    r"(?! (?:your|this|that|it)\b)(?![^.!?\n]*\b(?:advice|help|assistance|support|opinions?|guidance|instructions)\b)"
    r"[^.!?\n]*\b(?:after|once|within|before|until|unless|without|outside|beyond|over|under|than|if|when|on|for|to|of"
    r"|from|in|during|that|which|\w*\d\w*|\w{3,}s)\b"
)
"""What a house does not do, to whom it may concern."""
_NEVER = re.compile(r"\b(?:never|(?:did|has|have|had|was|were|could)(?:n't| not)|no such)\b")
_REPLACED = re.compile(r"[.!?;:] ?\w|, (?:but|it|he|she|they|that|this|which|who)\b| - |\b(?:but|instead|rather)\b")
"""More than that it never was: facts in place of those that were asked for."""
_BEFORE = re.compile(r"\A(?:no|actually|in fact|well)[,.;]? ")
_CLAIMING: Final = premise.LOADED | {"how"}
_GROUNDLESS = re.compile(
    r"(?:actually,? |in fact,? |no[,.;] |well,? )?(?:(?:there(?:'s| is) no"
    r"|(?:the |current |existing |available |scientific |medical |reliable )*"
    r"(?:research|evidence|stud(?:y|ies)|data|science|trials|records|experts|historians)"
    r" (?:(?:do|does|has|have)(?:n't| not)|never)) (?:\w+ly )?(?:support|supported|back|backed|bear|borne"
    r"|confirm|confirmed|shown?|found|evidence|proof|basis)\b"
    r"|(?:that|this|it)(?:'s| is) (?:just |only |actually )?"
    r"(?:(?:a|an) (?:\w+ )?(?:myth|misconception|legend|fallacy)|false|not true|untrue|not the case)\b)"
)
"""Of a claim: that nothing speaks for it."""
_OF_SOURCE = re.compile(r"\b(?:mention|state|specif|say|said|document|text|context|passage|source|record|report)\w*")
_EXAMPLES = re.compile(
    r"\b(?:examples?|samples?|templates?|refusals?|fallbacks?|such (?:a )?(?:messages?|replies|reply|responses?))\b"
)
_NO_IDEA = re.compile(r"\b(?:(?:don't|do not) (?:have|know|cover|handle)|beyond|outside|only (?:help|answer|assist))\b")
_DECLINES = re.compile(
    r"\b(?:can't|cannot|can not|unable|not able|won't|will not|refus\w+|declin\w+|sorry|regret|deny|reject\w*"
    r"|not (?:\w+ ){0,2}(?:possible|allowed|permitted|help\w*|going|paying|acc?ept\w*)|prefer not|against|illegal"
    r"|unethical|no longer)\b"
)


def settled(text: str, asked: Asked, prompted: bool) -> Settled | None:
    """What a plain ``text`` is by its prompt alone; None where the prompt does not settle it. ``prompted``: whether
    there is a prompt at all."""
    if len(text) <= SHORT_TEXT and (short := _short(text, asked.forms, prompted)):
        return short
    if _offers(text):
        return Settled("answered", "offer")
    if _never_was(text, asked) or _no_ground(text, asked):
        return _NO_EVENT
    rule = _rule(text, asked) if asked.forms else ""
    return Settled("answered", rule) if rule else None


def _rule(text: str, asked: Asked) -> str:
    """The rule by which a text is what a prompt asked for, or ""."""
    if "yesno" in asked.forms and _DIRECT.match(text) and not _SELF.search(text[:BEGIN]):
        return "yes_or_no"
    if _PRESENCE.search(asked.sentence.text) and _ABSENT.match(text) and not _SELF.search(text[:BEGIN]):
        return "not_there"
    if "asks_rule" in asked.forms and _RULE.match(text):
        return "rule_told"
    if "wants_refusal" in asked.forms and _refusing(text):
        return "" if _EXAMPLES.search(text[:BEGIN]) else "example"
    if "greet" in asked.forms and not _refuses_task(text[:BEGIN]):
        return "greeting"
    return "asked_for" if _wanted(text, asked) else ""


def _short(text: str, forms: frozenset[str], prompted: bool) -> Settled | None:
    """A word or two: a class, a verdict, nothing to extract, or no answer; and what may be all of these."""
    bare = _BARE.fullmatch(text) is not None
    if not prompted:
        return Settled("undetermined", SHORT) if bare or _AGREES.fullmatch(text) else None
    if bare and not forms.isdisjoint(("yesno", "rewrite")):
        return _SHORT_ANSWER
    if _WITHOUT.fullmatch(text):
        return _SHORT_ANSWER if "rewrite" in forms else _NO_ANSWER
    if "rewrite" in forms and text.count(" ") < 12 and not _SELF.search(text):
        return _SHORT_ANSWER
    return None


def _wanted(text: str, asked: Asked) -> bool:
    """Whether a text that declines, or is rude, was asked for: rewritten from such a source, or to be written so."""
    forms, source, begin = asked.forms, asked.sentence.text, text[:BEGIN]
    if forms.isdisjoint(("rewrite", "make", "wants_decline")):
        return False
    if "rewrite" in forms and len(text) <= ECHO * len(source) + SHORT_TEXT and declines(source):
        return not _refuses_task(begin) or _shares(begin, source)
    return "wants_decline" in forms and not forms.isdisjoint(("make", "rewrite")) and not _refuses_task(begin)


def _offers(text: str) -> bool:
    """Whether a text only says who its writer is and what it can do: nothing is denied or put in place of it."""
    return _OFFER.match(text) is not None and _BUT.search(text[:BEGIN]) is None


def _refusing(text: str) -> bool:
    return declines(text) or _NO_IDEA.search(text) is not None


def _never_was(text: str, asked: Asked) -> bool:
    """Whether a text says of what was asked about, in the same words, that it never was, and no more. "How many times
    did they win?" is answered by it, and is no such question; nor is it a mistake that facts put right."""
    return (
        "event" in asked.forms
        and len(text) <= BEGIN
        and _NEVER.search(text) is not None
        and _NEVER.search(asked.sentence.text) is None
        and _SELF.search(text) is None
        and _OF_SOURCE.search(text) is None
        and _alone(text)
        and premise.echoes(asked.sentence, text) >= 0.5
    )


def _no_ground(text: str, asked: Asked) -> bool:
    """Whether a text says of a claim that something was to be made of that it has no ground, and no more."""
    return not _CLAIMING.isdisjoint(asked.forms) and _GROUNDLESS.match(text) is not None and _alone(text)


def _alone(text: str) -> bool:
    """Whether a text is one statement, with no facts in place of what it denies."""
    return len(text) <= BEGIN and _REPLACED.search(_BEFORE.sub("", text)) is None


def _refuses_task(begin: str) -> bool:
    """Whether a text says of its own task that it won't be done: both in one sentence, in this order or the other."""
    return any(_SELF.search(part) and _TASK.search(part) for part in re.split(r"[.!?\n]", begin))


def declines(source: str) -> bool:
    """Whether a text that is to be rewritten itself declines something, in any language that is known."""
    return _DECLINES.search(source) is not None or _declines_abroad(source)


def _declines_abroad(source: str) -> bool:
    from llm.refusals import languages  # late: most prompts are no texts to rewrite

    return languages.refuses(source) is True


def _shares(begin: str, source: str) -> bool:
    """Whether what a text says of a task stands in its source: in the same words, or in another language's, from which
    it is translated unless it speaks of translating."""
    spoken = {match.group() for match in _TASK.finditer(begin)}
    return all(word in source for word in spoken) or ("translat" not in begin and _declines_abroad(source))
