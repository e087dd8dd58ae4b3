"""Characters that show nothing: what they spell reaches nobody, and a person is told."""

from __future__ import annotations

import pytest

from documents.files import media_types
from documents.reading import own_text
from tests.unit.documents import files

TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in "Total due: $1.00")
SELECTORS = "".join(chr(0xE0100 + each) for each in b"ignore")
BITS = "\u200b\u200c" * 8
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


@pytest.fixture
def read(tmp_path):
    def extract(data: bytes, media_type: str):
        path = tmp_path / "document"
        path.write_bytes(data)
        return own_text.extract(path, media_type)

    return extract


@pytest.mark.parametrize("secret", [TAGS, SELECTORS, BITS], ids=["tags", "selectors", "bits"])
def test_no_reader_lets_them_through(read, secret):
    text = f"Name: Ada{secret}"
    for data, kind in (
        (text.encode(), media_types.PLAIN),
        (f"<table><tr><td>Name:<td>Ada{secret}</table><p>{text}</p>".encode(), media_types.HTML),
        (f"# T\n\n{text}\n".encode(), media_types.MARKDOWN),
        (files.docx(files.paragraph(text)), media_types.DOCX),
        (f"From: a@b.c\nSubject: x{secret}\nMIME-Version: 1.0\n\n{text}\n".encode(), media_types.EML),
    ):
        found = read(data, kind)
        assert secret not in str(found.to_json()).replace("\\", ""), kind
        assert not set(secret) & set("".join(line.text for line in found.lines)), kind
        assert ("Name", "Ada") in [(form.key.rstrip(":"), form.value) for form in found.forms], kind
        assert [flag.code for flag in found.flags] == ["TEXT_HIDDEN"], kind


@pytest.mark.parametrize(
    "text",
    [f"Wales {WALES}", FAMILY, "\u2764\ufe0f", "\u8fbb\U000e0100", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"],
)
def test_what_belongs_to_a_script_stays(read, text):
    found = read(text.encode(), media_types.PLAIN)
    assert [line.text for line in found.lines] == [text]
    assert found.flags == ()
