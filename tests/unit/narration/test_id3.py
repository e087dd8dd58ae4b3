"""Tags, read back by two readers that are not ours: mutagen and FFmpeg."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.id3 import ID3

from narration.audio.codecs import id3, mp3
from narration.model import Chapter
from tests.unit.narration import audio

SAMPLES = 240_000


def read(path) -> ID3:
    return ID3(path)


def write(tmp_path, title="A title", **members):
    path = tmp_path / "tagged.mp3"
    id3.write(audio.fragment(audio.tone(0.5)), path, id3.Tag(title, SAMPLES, **members))
    return path


def test_all_members(tmp_path):
    path = write(
        tmp_path,
        "Hafen, Öl & 漁港 🐟",
        artist="Die Redaktion",
        album="Wirtschaft",
        language="de-AT",
        date="2026-11-20T07:05:00Z",
        url="https://example.com/häfen?a=1&b=%20",
    )
    found = read(path)
    assert found["TIT2"].text == ["Hafen, Öl & 漁港 🐟"]
    assert found["TPE1"].text == ["Die Redaktion"]
    assert found["TALB"].text == ["Wirtschaft"]
    assert found["TLAN"].text == ["ger"]
    assert str(found["TDRC"]) == "2026-11-20 07:05:00"
    assert found["WOAF"].url == "https://example.com/h%C3%A4fen?a=1&b=%20"
    assert found["TLEN"].text == ["10000"]


def test_ffmpeg_reads_title_and_chapters(tmp_path):
    chapters = [Chapter("Anfang", 0), Chapter("漁港 🐟", 60_000), Chapter("End", 120_012)]
    path = write(tmp_path, "Größe = alles; #1", chapters=chapters)
    text = audio.ffmpeg("-i", path, "-f", "ffmetadata", "-")[0].decode()
    plain = text.replace("\\", "")
    assert "title=Größe = alles; #1" in plain
    starts = [int(line[6:]) for line in text.splitlines() if line.startswith("START=")]
    ends = [int(line[4:]) for line in text.splitlines() if line.startswith("END=")]
    assert (starts, ends) == ([0, 2500, 5000], [2500, 5000, 10_000])
    for chapter in chapters:
        assert f"title={chapter.title}" in plain


@pytest.mark.parametrize("count", [1, 2, 255, 256, 500, 600])
def test_table_of_contents(count, tmp_path):
    chapters = [Chapter(f"Chapter {number}", number * 400) for number in range(count)]
    found = read(write(tmp_path, chapters=chapters))
    listed = []

    def follow(element):
        for child in found[f"CTOC:{element}"].child_element_ids:
            if f"CTOC:{child}" in found:
                follow(child)
            else:
                listed.append(found[f"CHAP:{child}"])

    follow("toc")
    assert found["CTOC:toc"].flags & 0b10
    assert [one.sub_frames["TIT2"].text[0] for one in listed] == [chapter.title for chapter in chapters]
    assert [one.start_time for one in listed] == [chapter.start * 1000 // 24_000 for chapter in chapters]
    assert [one.end_time for one in listed][-1] == 10_000


def test_no_chapters_no_table(tmp_path):
    assert not [name for name in read(write(tmp_path)) if name.startswith(("CTOC", "CHAP"))]


def test_a_very_long_title(tmp_path):
    title = "Fish 🐟 " * 50_000 + "end"
    assert read(write(tmp_path, title))["TIT2"].text == [title]


anything = st.text(st.characters(exclude_categories=()), max_size=40)


@given(anything, anything, anything, anything)
@settings(max_examples=60)
def test_any_text_survives_but_for_what_a_tag_cannot_hold(title, artist, date, language):
    data = id3.header(id3.Tag(title, 0, artist=artist, date=date, language=language, url=title))
    assert mp3.id3v2_length(data) == len(data)
    expected = id3._CONTROL.sub(" ", title).strip().encode("utf-16-le", "replace").decode("utf-16-le")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = id3_of(data)
    assert [text for one in found.getall("TIT2") for text in one.text] == ([expected] if expected else [])


def id3_of(data: bytes) -> ID3:
    import io

    return ID3(io.BytesIO(data + audio.fragment(audio.tone(0.3))))


@pytest.mark.parametrize(
    ("date", "frames"),
    [("2026", 1), ("2026-11-20", 2), ("2026-11-20T07:05:00+01:00", 3), ("yesterday", 0), ("", 0)],
)
def test_dates(date, frames):
    assert len(id3.date_frames(date)) == frames


@pytest.mark.parametrize(
    ("language", "code"),
    [("en-GB", "eng"), ("de", "ger"), ("cmn-CN", "chi"), ("PT_br", "por"), ("tlh", None), ("", None)],
)
def test_languages(language, code):
    assert id3.language_code(language) == code


def test_retagging_leaves_every_audio_byte(tmp_path):
    bare = id3.strip(audio.fragment(audio.noise(2)))
    path = tmp_path / "a.mp3"
    id3.write(bare, path, id3.Tag("One", 1, chapters=[Chapter("x" * 1000, 0)]))
    first = path.read_bytes()
    id3.write(path, path, id3.Tag("Two, a longer title", 1))
    assert first.endswith(bare)
    assert path.read_bytes().endswith(bare)
    assert id3.strip(path.read_bytes()) == bare
    assert mp3.measure(path.read_bytes()) == mp3.measure(bare)
    assert list(tmp_path.iterdir()) == [path]


def test_old_tags_of_others_go(tmp_path):
    bare = id3.strip(audio.fragment(audio.noise(1)))
    foreign = b"ID3\x04\x00\x10\x00\x00\x00\x05hello3DI" + bytes(7) + b"ID3\x03\x00\x00\x00\x00\x00\x02hi"
    path = tmp_path / "a.mp3"
    path.write_bytes(foreign + bare + b"TAG" + b"old title".ljust(125, b"\0"))
    id3.write(path, path, id3.Tag("New", 1))
    assert path.read_bytes() == id3.header(id3.Tag("New", 1)) + bare


def test_same_input_same_bytes(tmp_path):
    chapters = [Chapter("a", 0), Chapter("b", 5)]
    first = write(tmp_path, chapters=chapters).read_bytes()
    assert write(tmp_path, chapters=chapters).read_bytes() == first


def test_a_tag_that_no_size_field_holds_is_refused(monkeypatch):
    monkeypatch.setattr(id3, "MAX_TAG_BYTES", 100)
    with pytest.raises(ValueError, match="larger than ID3 allows"):
        id3.header(id3.Tag("x" * 200, 1))


@pytest.mark.parametrize("data", [b"", b"ID3", b"ID3\x03\x00\x00\x00\x00\x01\x7f", b"TAG" + bytes(125)])
def test_tagging_a_broken_file_keeps_what_is_no_tag(data, tmp_path):
    path = tmp_path / "a.mp3"
    id3.write(data, path, id3.Tag("T", 1))
    assert path.read_bytes() == id3.header(id3.Tag("T", 1)) + id3.strip(data)
