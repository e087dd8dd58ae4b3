"""The scans of the demo are read as they were written: fields, boxes and sentences, turned and grainy as they are."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageSequence

from local.demo.documents import maker, texts
from local.services.textract.page import analysis
from local.services.textract.page.model import Mark, Sheet, text_of


def sheets(original: bytes) -> list[Sheet]:
    with Image.open(io.BytesIO(original)) as image:
        return [analysis.analyse(np.array(page.convert("RGB"))) for page in ImageSequence.Iterator(image)]


def pairs(sheet: Sheet) -> list[tuple[str, str | bool]]:
    """Keys without their colon; of a check box whether it is ticked."""
    return [
        (
            text_of(pair.key).rstrip(":"),
            next((one.selected for one in pair.value if isinstance(one, Mark)), text_of(pair.value)),
        )
        for pair in sheet.pairs
    ]


def test_a_form_with_a_column_of_keys_and_one_of_blanks():
    """What was written on one blank is not the label of the blank above it."""
    first, second = sheets(maker.intake_form_tiff())
    assert pairs(first) == [*texts.INTAKE, *texts.INTAKE_BOXES]
    assert [key for key, _ in pairs(second)] == ["Signature"]
    assert not second.marks


def test_a_note_in_sentences_has_no_check_boxes():
    """A small letter o of a grainy scan looks like a square with round sides."""
    (sheet,) = sheets(maker.discharge_note())
    assert not sheet.marks
    assert pairs(sheet)[: len(texts.DISCHARGE)] == list(texts.DISCHARGE)
    said = " ".join(" ".join(word.text for word in line.words) for line in sheet.lines)
    assert "with four days of fever" in said


def test_a_form_without_blanks():
    (sheet,) = sheets(maker.registration())
    assert pairs(sheet) == list(texts.REGISTRATION)
