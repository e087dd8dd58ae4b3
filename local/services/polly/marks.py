"""Speech marks: what eSpeak NG reported, in the words of Polly's JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from local.services.polly import espeak
from local.services.polly.lower import Run
from local.services.polly.speech import Moment, Sound

# ruff: noqa: RUF001 - the letters of the phonetic alphabet are meant

# Polly's viseme of the first sound in an IPA name; the developer guide's phoneme tables give the same letter to the
# same sound in every language. Modifiers (stress, length, tone, tie bars) are looked over.
_VISEMES = {
    "p": "pbmɓʙ",
    "t": "tdnlʈɖɳɫɬɭɮɗɾ",
    "S": "ʃʒʂʐɕʑʧʤ",
    "T": "θð",
    "f": "fvɱʋⱱ",
    "k": "kgɡŋhxɣqɢχʁħʕɦʔcɟçʝɲʎɠɴ",
    "i": "ijɪyʏɨ",
    "r": "rɹɻʀɺɽ",
    "s": "szʦʣ",
    "u": "uwʊʉɯɥʍɰ",
    "@": "əɚɐᵻɵɘ",
    "a": "aæɑɶ",
    "e": "eø",
    "E": "ɛœɜɝʌɞ",
    "o": "oɤ",
    "O": "ɔɒ",
}
_STOPS = " \t\r\n.!?:,…"
_BY_SOUND = {sound: viseme for viseme, sounds in _VISEMES.items() for sound in sounds}


def speech_marks(sound: Sound, runs: Sequence[Run], source: str, wanted: Sequence[str]) -> bytes:
    """The marks of the ``wanted`` types, one JSON object per line, in the order of their times.

    ``start`` and ``end`` are bytes of ``source``, the request's text with its markup.
    """
    data = source.encode()
    rows: list[dict[str, Any]] = []
    if "sentence" in wanted:
        rows += _sentences(sound.moments, runs, data)
    if "ssml" in wanted:
        rows += _ssml(sound.moments, runs)
    if "word" in wanted:
        rows += _words(sound.moments, runs, data)
    if "viseme" in wanted:
        rows += _visemes(sound.moments)
    rows.sort(key=lambda row: row["time"])  # stable: sentence, ssml, word, viseme where times are equal
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return "".join(line + "\n" for line in lines).encode()


def _row(ms: int, kind: str, start: int, end: int, value: str) -> dict[str, Any]:
    return {"time": ms, "type": kind, "start": start, "end": end, "value": value}


def _span(run: Run, position: int, length: int) -> tuple[int, int] | None:
    """Bytes of the source behind ``length`` characters of a run's SSML, from ``position``, counted from 1."""
    spans = [span for span in run.origin[max(0, position - 1) : position - 1 + length] if span is not None]
    return (spans[0][0], max(end for _, end in spans)) if spans else None


def _words(moments: Sequence[Moment], runs: Sequence[Run], data: bytes) -> Iterator[dict[str, Any]]:
    reached = -1
    for moment in moments:
        if moment.type != espeak.EVENT_WORD:
            continue
        span = _span(runs[moment.run], moment.position, moment.length)
        # A number is reported once for each word it is read as; Polly marks it once.
        if span is None or span[0] < reached:
            continue
        reached = span[1]
        # eSpeak NG counts the full stop after a text's last word in.
        value = data[span[0] : span[1]].decode("utf-8", "replace").rstrip(_STOPS)
        if value.strip():
            value += _contraction(data[span[1] : span[1] + 24])
            reached = span[0] + len(value.encode())
            yield _row(moment.ms, "word", span[0], span[0] + len(value.encode()), value)


def _contraction(after: bytes) -> str:
    """The "'s" or "'ll" that eSpeak NG leaves out of a word."""
    found = re.match(r"['’]\w+", after.decode("utf-8", "ignore"))
    return found.group() if found else ""


def _sentences(moments: Sequence[Moment], runs: Sequence[Run], data: bytes) -> Iterator[dict[str, Any]]:
    starts: list[tuple[int, int]] = []
    first_of_run: set[int] = set()
    for moment in moments:
        if moment.type != espeak.EVENT_SENTENCE:
            continue
        is_first = moment.run not in first_of_run
        first_of_run.add(moment.run)
        run = runs[moment.run]
        # eSpeak NG calls every run a sentence; one that only changes the language goes on with the last one.
        if not run.spoken or (is_first and not run.starts_sentence and starts):
            continue
        rest = run.origin[max(0, moment.position - 1) :]
        start = next((span[0] for span in rest if span is not None and _visible(data, span)), None)
        if start is not None and (not starts or start > starts[-1][1]):
            starts.append((moment.ms, start))
    if not starts:  # nothing but signs that have no name
        return
    ends = _last_visible(runs, data, [start for _, start in starts[1:]])
    for (ms, start), end in zip(starts, ends, strict=True):
        yield _row(ms, "sentence", start, end, data[start:end].decode("utf-8", "replace"))


def _visible(data: bytes, span: tuple[int, int]) -> bool:
    return bool(data[span[0] : span[1]].strip())


def _last_visible(runs: Sequence[Run], data: bytes, borders: Sequence[int]) -> list[int]:
    """For each sentence the byte after its last visible character; ``borders``: where the later ones start."""
    spans = [span for run in runs for span in run.origin if span is not None and _visible(data, span)]
    limits = [*borders, len(data) + 1]
    ends = []
    index = 0
    for limit in limits:
        end = 0
        while index < len(spans) and spans[index][0] < limit:
            end = max(end, spans[index][1])
            index += 1
        ends.append(end)
    return ends if spans else []


def _ssml(moments: Sequence[Moment], runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    for moment in moments:
        if moment.type == espeak.EVENT_MARK:
            name, start, end = runs[moment.run].marks[int(moment.name)]
            yield _row(moment.ms, "ssml", start, end, name)


def _visemes(moments: Sequence[Moment]) -> Iterator[dict[str, Any]]:
    last = ""
    for moment in moments:
        if moment.type != espeak.EVENT_PHONEME:
            continue
        viseme = next((_BY_SOUND[sound] for sound in moment.name if sound in _BY_SOUND), "sil")
        if viseme == "sil" and last in ("", "sil"):
            continue
        last = viseme
        yield {"time": moment.ms, "type": "viseme", "value": viseme}
