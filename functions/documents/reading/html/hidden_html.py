"""Text of an HTML page that a browser does not show: by style, by a class of its style sheets, by attribute.

A small part of CSS is enough: who hides text sets ``display``, ``visibility``, ``opacity``, a size, a place, a clip or
the colour of the ground. Rules count by weight (CSS Cascade: importance, specificity, order), so that what
one rule hides and a stronger one shows is read. A selector that waits for a hand (``:hover``) hides nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from documents.reading.html import css_colours, css_values, sheets

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MOST_RULES: Final = 2_000
RULES: Final = "rules of a style sheet"
SHEETS: Final = "style sheets that lie elsewhere"
MOST_MATCHING: Final = 5_000_000
"""Rules times elements: a second or so. The rules behind are not looked at, and that is told."""
MOST_DEPTH: Final = 600
CONTRAST: Final = 16
"""Of 255 in the channel that differs most, as for PDFs."""
MOST_OPACITY: Final = 0.05
EDGE: Final = 1.5
"""Degrees next to a right angle."""
MOST_PRESSED: Final = 0.9
"""Of a letter's size: put back by more, each letter lies on or before the one before it."""
FAR: Final = 1_500
"""Pixels beyond which a page's text stands on no screen."""

_PROPERTIES = frozenset({
    "display", "visibility", "opacity", "font-size", "left", "right", "top", "text-indent", "margin-left", "margin-top",
    "position", "clip", "clip-path", "color", "background", "background-color", "background-image", "height", "width",
    "max-height", "max-width", "overflow", "transform", "font", "content-visibility", "-webkit-text-fill-color",
    "filter", "zoom", "scale", "translate", "inset", "rotate", "letter-spacing", "word-spacing",
})  # fmt: skip
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"(--[\w-]+|-?[a-zA-Z][a-zA-Z-]*)\s*:\s*((?:[^;\"']|\"[^\"]*\"|'[^']*')*)")
_WAITING = re.compile(
    r"(?<!\\):(?!(?:root|first-child|last-child|first-of-type|last-of-type|nth-|not\(|is\(|where\(|only-))"
)
_FOR_SCREEN = re.compile(r"@(?:media|supports|layer|container)\b(?!\s+(?:only\s+)?print)")
_NO_TEXT = frozenset({"script", "style", "template", "noscript", "head", "title", "meta", "link", "svg", "math"})
_TELLING = frozenset({"hidden", "bgcolor", "background", "color"})
"""Attributes that say by themselves how an element shows."""
_BODY = frozenset({"html", "body"})

Style = dict[str, str]
Weighed = tuple[tuple[int, int, int, int, int], Style]
"""Importance, specificity and place in the order, and what is said."""


@dataclass(slots=True)
class Rule:
    """``weight``: specificity and place in the order."""

    selector: str
    weight: tuple[int, int, int, int]
    style: Style
    important: Style


@dataclass(slots=True)
class _Ground:
    """What an element's text inherits: ``ink`` and ``behind`` are None where they cannot be known."""

    ink: css_colours.Colour | None = (0, 0, 0)
    behind: css_colours.Colour | None = (255, 255, 255)
    size: float = 16.0
    visible: bool = True
    pressed: bool = False
    variables: Style = field(default_factory=dict)


@dataclass(slots=True)
class _Styled:
    styles: dict[int, list[Weighed]] = field(default_factory=dict)
    left_out: int = 0
    elsewhere: int = 0


def strip(tree: LexborHTMLParser) -> tuple[Counter[str], Counter[str]]:
    """Takes hidden text out of the tree: its words by the way in which they were hidden, and what was not looked at."""
    styled = _matched(tree)
    ways: Counter[str] = Counter()
    doomed: list[LexborNode] = []
    if tree.root is not None:
        _walk(tree.root, styled, ways, doomed)
    for node in doomed:
        node.decompose()
    unread = Counter({RULES: styled.left_out, SHEETS: styled.elsewhere})
    return ways, unread


def rules_of(sheet: str) -> list[Rule]:
    """The rules of a style sheet that say something of what shows; those for print only are not among them."""
    return list(_rules(_COMMENT.sub(" ", sheet)))


def _rules(sheet: str) -> list[Rule]:
    found: list[Rule] = []
    place, end = 0, len(sheet)
    while place < end and len(found) <= MOST_RULES:
        opened = sheet.find("{", place)
        if opened < 0:
            break
        head = sheet[place:opened].rpartition(";")[2].strip().lstrip("}").strip()
        if head.startswith("@"):
            inside = _closing(sheet, opened)
            if _FOR_SCREEN.match(head):
                found += _rules(sheet[opened + 1 : inside])
            place = inside + 1
            continue
        closed = sheet.find("}", opened)
        closed = end if closed < 0 else closed
        style, important = declarations(sheet[opened + 1 : closed])
        if style or important:
            for selector in _selectors(head):
                found.append(Rule(selector, (*_specificity(selector), len(found)), style, important))
        place = closed + 1
    return found


def _closing(sheet: str, opened: int) -> int:
    depth = 0
    for match in re.finditer(r"[{}]", sheet[opened:]):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return opened + match.start()
    return len(sheet)


def _selectors(head: str) -> list[str]:
    parts = re.split(r",(?![^(]*\))", head)
    return [part.strip() for part in parts if part.strip() and not _WAITING.search(part) and len(part) < 500]


def _specificity(selector: str) -> tuple[int, int, int]:
    bare = re.sub(r"\[[^\]]*\]", "[", selector)
    return (
        bare.count("#"),
        len(re.findall(r"\.[\w\\-]|\[|(?<!\\):(?!:)", bare)),
        len(re.findall(r"(?:^|[\s>+~(])[a-zA-Z]", bare)),
    )


def declarations(text: str) -> tuple[Style, Style]:
    """Those of a rule or of an attribute that matter here, and of them the important ones."""
    plain: Style = {}
    important: Style = {}
    for match in _DECLARATION.finditer(css_values.unescaped(_COMMENT.sub(" ", text))):
        custom = match[1].startswith("--")
        name, told = (match[1] if custom else match[1].lower()), match[2].strip().lower()
        if custom or name in _PROPERTIES:
            short = re.sub(r"\s*!\s*important$", "", told)
            (important if short != told else plain)[name] = short
    return plain, important


def _matched(tree: LexborHTMLParser) -> _Styled:
    from selectolax.lexbor import SelectolaxError

    found = _Styled()
    texts, found.elsewhere = sheets.of(tree)
    rules = [rule for text in texts for rule in rules_of(text)]
    if not rules:
        return found
    elements = len(tree.css("*"))
    most = min(MOST_RULES, MOST_MATCHING // max(elements, 1))
    found.left_out = max(0, len(rules) - most)
    for at, rule in enumerate(rules[:most]):
        try:
            nodes = tree.css(rule.selector)
        except SelectolaxError:
            continue  # a selector that the parser does not know is dropped by a browser, too
        for node in nodes:
            weights = found.styles.setdefault(node.mem_id, [])
            if rule.style:
                weights.append(((0, *rule.weight[:3], at), rule.style))
            if rule.important:
                weights.append(((2, *rule.weight[:3], at), rule.important))
    return found


def _style(attributes: Mapping[str, str | None], matched: Sequence[Weighed], variables: Style) -> Style:
    """What holds for an element: what rules say of it and its own attribute, the weightier last.

    ``variables``: those that it inherits; its own are among what is given back.
    """
    own = attributes.get("style")
    if not matched and not own:
        return {}
    plain, important = declarations(own or "")
    weighed = [*matched, ((1, 0, 0, 0, 0), plain), ((3, 0, 0, 0, 0), important)]
    merged: Style = {}
    for _, style in sorted(weighed, key=lambda each: each[0]):
        merged |= style
    if not any("var(" in told for told in merged.values()):
        return merged
    known = variables | {name: told for name, told in merged.items() if name.startswith("--")}
    return {name: css_values.with_variables(told, known) for name, told in merged.items()}


def _walk(root: LexborNode, styled: _Styled, ways: Counter[str], doomed: list[LexborNode]) -> None:
    """Every element once, with what its text inherits; what is hidden as a whole is not gone into."""
    whole = _style(root.attributes, styled.styles.get(root.mem_id, ()), {})
    stack = [(root, _ground(root.attributes, str(root.tag), whole, _Ground()), 0)]
    while stack:
        node, ground, depth = stack.pop()
        child = node.child
        while child is not None:
            tag = str(child.tag)
            if tag == "-text":
                way = _unread(ground)
                if way and (words := _words(child.text_content or "")):
                    ways[way] += words
                    doomed.append(child)
            elif not tag.startswith(("-", "_", "!")) and tag not in _NO_TEXT:
                attributes = child.attributes
                style = _style(attributes, styled.styles.get(child.mem_id, ()), ground.variables)
                if not style and _TELLING.isdisjoint(attributes) and tag != "dialog":
                    stack += [(child, ground, depth + 1)] if depth < MOST_DEPTH else []
                    child = child.next
                    continue
                way = _hides(attributes, tag, style)
                if way:
                    ways[way] += _words(child.text(separator=" ") or "")
                    doomed.append(child)
                elif depth < MOST_DEPTH:
                    stack.append((child, _ground(attributes, tag, style, ground), depth + 1))
            child = child.next


def _words(text: str) -> int:
    """Signs that only adorn are no words."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


def _unread(ground: _Ground) -> str:
    if not ground.visible:
        return "style"
    if ground.size < 2:
        return "size"
    if ground.pressed:
        return "place"
    if ground.ink is None or ground.behind is None:
        return ""
    alike = max(abs(a - b) for a, b in zip(ground.ink, ground.behind, strict=True)) < CONTRAST
    return "colour" if alike else ""


def _ground(attributes: Mapping[str, str | None], tag: str, style: Style, above: _Ground) -> _Ground:
    """What an element's own text shows on, in which ink and size."""
    ink, behind = above.ink, above.behind
    told = (
        style.get("-webkit-text-fill-color")
        or style.get("color")
        or (attributes.get("color") or "" if tag == "font" else "")
    )
    if told and told not in {"inherit", "currentcolor", "unset"}:
        ink = above.behind if css_colours.is_clear(told) else css_colours.colour(told)
    plain = style.get("background-color") or style.get("background") or attributes.get("bgcolor") or ""
    if "background-image" in style or "url(" in plain or "gradient" in plain or "background" in attributes:
        behind = None
    elif plain and not css_colours.is_clear(plain):
        behind = css_colours.colour(plain)
    size = _size(style.get("font-size", "") or _shorthand(style.get("font", "")), above.size)
    visible = above.visible
    if style.get("visibility") in {"hidden", "collapse"}:
        visible = False
    elif style.get("visibility") == "visible":
        visible = True
    own = {name: told for name, told in style.items() if name.startswith("--")}
    variables = above.variables | own if own else above.variables
    return _Ground(ink, behind, size, visible, _pressed(style, size, above.pressed), variables)


def _pressed(style: Style, size: float, above: bool) -> bool:
    """Letters on one another, or each to the left of the one before."""
    told = [style[name] for name in ("letter-spacing", "word-spacing") if name in style]
    if not told:
        return above
    far = (-MOST_PRESSED * size, -FAR)
    apart = [_size(style.get(name, ""), size, 0.0) for name in ("letter-spacing", "word-spacing")]
    return any(each <= most for each, most in zip(apart, far, strict=True))


def _shorthand(font: str) -> str:
    found = re.search(r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%)|0+(?=[\s/]))", font)
    return found[1] if found else ""


def _size(told: str, above: float, usual: float | None = None) -> float:
    """In pixels; ``above`` is what an em is, and what holds where ``told`` says nothing and nothing is ``usual``."""
    found = css_values.length(told)
    if found is None:
        return above if usual is None else usual
    value, unit = found
    if unit in {"em", "%"}:
        return above * value / (100 if unit == "%" else 1)
    return value * css_values.PIXELS[unit or "px"]


def _hides(attributes: Mapping[str, str | None], tag: str, style: Style) -> str:
    """By what an element and all in it does not show. (``aria-hidden`` shows: it is for those who are read to.)"""
    closed = tag == "dialog" and "open" not in attributes and "display" not in style
    unseen = "hidden" in attributes and style.get("display", "none") == "none"
    if closed or unseen:
        return "attribute"
    if tag in _BODY:
        return ""
    if style.get("display") == "none" or style.get("content-visibility") == "hidden" or _is_thin(style):
        return "style"
    return "place" if _is_far(style) or _is_clipped(style) else ""


def _is_thin(style: Style) -> bool:
    """Transparent, scaled to nothing, or seen from its edge."""
    transform = style.get("transform", "")
    faded = re.search(r"opacity\(\s*([\d.]+%?)\s*\)", style.get("filter", ""))
    least = min(_number(text) for text in (style.get("opacity", "1"), faded[1] if faded else "1"))
    scales = [style.get("scale", ""), *re.findall(r"scale(?:[xy]|3d)?\(([^)]*)\)", transform)]
    factors = [_number(each) for told in scales for each in re.split(r"[\s,]+", told.strip())[:2] if each]
    flat = re.search(r"matrix\(\s*0+(?:\.0+)?\s*,\s*0+(?:\.0+)?\s*,", transform)
    nothing = 0 in factors or _number(style.get("zoom", "1")) == 0 or flat is not None
    return least < MOST_OPACITY or nothing or _is_on_edge(f"{transform} {style.get('rotate', '')}")


def _is_on_edge(told: str) -> bool:
    """Turned by a right angle about an axis of the page itself, or slanted by one."""
    turned = re.findall(
        r"(?:(?:rotate|skew)[xy]\(|rotate3d\((?:[^,()]*,){3}|(?<![\w-])skew\(|(?<![\w-])[xy]\s+)\s*"
        r"(-?\d*\.?\d+)(deg|turn|grad|rad)",
        told,
    )
    degrees = (float(value) * {"deg": 1, "turn": 360, "grad": 0.9, "rad": 57.29578}[unit] for value, unit in turned)
    return any(abs(each % 180 - 90) < EDGE for each in degrees)


def _number(text: str) -> float:
    found = css_values.length(text)
    return 1.0 if found is None else found[0] / (100 if found[1] == "%" else 1)


_pixels = css_values.pixels


def _is_far(style: Style) -> bool:
    placed = style.get("position") in {"absolute", "fixed", "relative"}
    names = ("text-indent", "margin-left", "margin-top", *(("left", "top", "right") if placed else ()))
    far = [_pixels(style.get(name, "")) for name in names]
    moved = re.search(r"translate[xy]?\(\s*(-\d+(?:\.\d+)?)(px|em|vw|%)?", style.get("transform", ""))
    far.append(float(moved[1]) * css_values.PIXELS[moved[2] or "px"] if moved else None)
    far += map(_pixels, style.get("translate", "").split())
    far += map(_pixels, style.get("inset", "").split()) if placed else ()
    return any(each is not None and each <= -FAR for each in far)


def _is_clipped(style: Style) -> bool:
    """Cut to nothing: by a clip, or by no height or width while what overflows is hidden."""
    if re.match(r"rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)", style.get("clip", "")):
        return True
    if re.match(r"inset\(\s*(?:50|100)%\s*\)|circle\(\s*0", style.get("clip-path", "")):
        return True
    sizes = [_pixels(style.get(name, "")) for name in ("height", "width", "max-height", "max-width")]
    return style.get("overflow") in {"hidden", "clip"} and any(each is not None and each <= 1 for each in sizes)
