"""The sample documents are what they say they are, and the same each time."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from PIL import Image

from local.demo.documents import maker

SLOW = {"bad/bomb.docx", "bad/bomb.pdf"}


def _start(key: str) -> tuple[bytes, ...]:
    endings = {
        ".png": (b"\x89PNG",),
        ".jpg": (b"\xff\xd8\xff",),
        ".tiff": (b"II*\0", b"MM\0*"),
        ".docx": (b"PK\3\4",),
        ".zip": (b"PK\3\4",),
        ".eml": (b"From: ",),
        ".md": (b"# ",),
        ".html": (b"<!doctype html>",),
        ".txt": (b"Note",),
    }
    return endings.get(key[key.rindex(".") :], (b"%PDF-",))


def _texts(pdf: bytes) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize("sample", [s for s in maker.SAMPLES if s.key not in SLOW], ids=lambda s: s.key)
def test_a_sample_is_the_same_each_time_and_of_its_kind(sample: maker.Sample) -> None:
    data = sample.make()
    assert hashlib.sha256(data).digest() == hashlib.sha256(sample.make()).digest()
    if sample.key == "bad/empty.pdf":
        assert data == b""
    elif sample.key == "odd/really a picture.pdf":
        assert data.startswith(b"\x89PNG")
    else:
        assert data.startswith(_start(sample.key))


def test_keys_are_distinct_and_rejections_have_names_of_errors() -> None:
    from documents import errors

    assert len({sample.key for sample in maker.SAMPLES}) == len(maker.SAMPLES)
    for sample in maker.SAMPLES:
        assert sample.expected == "summarized" or issubclass(getattr(errors, sample.expected), errors.RejectedDocument)


def test_scans_have_ink_grain_and_no_text_layer() -> None:
    image = Image.open(io.BytesIO(maker.discharge_note()))
    assert (image.size, image.mode) == ((maker.WIDTH, maker.HEIGHT), "L")
    paper = image.crop((10, 10, 90, 90)).histogram()
    assert sum(1 for count in paper if count) > 5, "no grain"
    assert sum(image.histogram()[:60]) > 20_000, "no ink"
    assert [text.strip() for text in _texts(maker.intake_form())] == ["", ""]
    assert getattr(Image.open(io.BytesIO(maker.intake_form_tiff())), "n_frames", 1) == 2


def test_the_letter_has_text_and_pairs() -> None:
    first, second = _texts(maker.visit_letter())
    assert "Patient Name: Casimir Vang" in first.splitlines()
    assert "Sessions Approved: 12" in second.splitlines()


def test_the_locked_letter_opens_with_its_password_only() -> None:
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(io.BytesIO(maker.locked()))
    assert reader.is_encrypted
    assert reader.decrypt("") == PasswordType.NOT_DECRYPTED
    assert reader.decrypt(maker.PASSWORD) != PasswordType.NOT_DECRYPTED
    assert "Casimir" in reader.pages[0].extract_text()


def test_the_memo_reads_as_a_document() -> None:
    import mammoth

    html = mammoth.convert_to_html(io.BytesIO(maker.memo())).value
    assert "<h1>Clinic hours from April</h1>" in html
    assert "<td><p>8 pm</p></td>" in html


def test_bombs_are_small_and_unpack_to_very_much() -> None:
    packed = maker.docx_bomb()
    assert len(packed) < 1_000_000
    sizes = {entry.filename: entry.file_size for entry in zipfile.ZipFile(io.BytesIO(packed)).infolist()}
    assert sizes["word/document.xml"] > 500_000_000
    assert packed == maker.docx_bomb()
    assert len(maker.pdf_bomb()) < 10_000


def test_sizes_are_just_over_the_limits() -> None:
    from pypdf import PdfReader

    assert 11_000_000 < len(maker.oversized_image()) < 12_500_000
    assert Image.open(io.BytesIO(maker.oversized_image())).size == (3500, 3200)
    assert len(PdfReader(io.BytesIO(maker.too_many_pages())).pages) == 3_001


def test_the_packet_names_a_type_that_is_not_beside_it() -> None:
    from documents.meaning.flags import missing_documents
    from documents.meaning.vocabulary import document_types

    packet = missing_documents.read(maker.packet(), document_types.shipped())
    assert packet.problem == ""
    assert missing_documents.missing(packet, ["claim_form", "consent_form"]) == ["discharge_summary"]
    folder = maker.PACKET_KEY.rsplit("/", 1)[0]
    beside = [sample.key for sample in maker.SAMPLES if sample.key.startswith(folder)]
    assert len(beside) == 2
    assert not any("discharge" in key for key in beside)


def test_load_makes_as_many_as_asked_all_different() -> None:
    made = dict(maker.load(13, 3, "load/"))
    assert len(made) == 13
    assert len({hashlib.sha256(data).digest() for data in made.values()}) == 13
    assert sorted(key for key in made if key.endswith(".jpg")) == [f"load/scan {n:04}.jpg" for n in range(3)]
    assert {key.rsplit(".", 1)[1] for key in made} == {"jpg", "txt", "md", "html", "pdf"}
