"""What ``python -m operate read`` prints of a body."""

from __future__ import annotations

from pathlib import Path

import pytest

from operate import cli

HTML = """<h1>News</h1><p>The mayor <del>was arrested</del> <ins>resigned</ins>.</p><p>***</p>
<div class="share"><blockquote>Not taken.</blockquote></div><p>See https://a.example/b.</p>"""


def test_what_is_spoken_what_is_left_out_and_what_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "page.html"
    page.write_text(HTML)
    assert cli.main(["read", str(page), "--language", "en-GB"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Spoken: 5 paragraphs")
    assert "    1  text     The mayor resigned." in lines
    assert "    2  pause    (silence)" in lines
    assert any(line.split()[:3] == ["before", "1", "deleted"] and "was arrested" in line for line in lines)
    assert any("1 x address" in line and "its host is spoken" in line for line in lines)
    assert any("guard" in line and "Not taken." in line for line in lines)


def test_a_line_that_ends_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "page.html"
    page.write_text("<p>Town Hall<br>Norwick</p>")
    assert cli.main(["read", str(page)]) == 0
    assert capsys.readouterr().out.splitlines()[1:3] == ["    0  text     Town Hall", "                Norwick"]


def test_a_profile_is_tried_and_a_broken_one_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page, own = tmp_path / "page.html", tmp_path / "profile.toml"
    page.write_text(HTML)
    own.write_text("[rule.deleted]\noff = true\n")
    assert cli.main(["read", str(page), "--profile", str(own)]) == 0
    assert "was arrested" in capsys.readouterr().out.splitlines()[2]
    own.write_text("[rule.deleted]\noff = 1\n")
    assert cli.main(["read", str(page), "--profile", str(own)]) == 1
    assert "error: reading/profile.toml: rule.deleted.off" in capsys.readouterr().err


def test_a_file_that_is_not_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "page.html"
    page.write_bytes(b"\xff")
    assert cli.main(["read", str(page)]) == 1
    assert "must be UTF-8" in capsys.readouterr().err


def test_a_word_of_the_profiles_list_says_how_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page, own = tmp_path / "page.html", tmp_path / "profile.toml"
    page.write_text("<p>She knows SQL well.</p>")
    own.write_text('[[word]]\ntext = "SQL"\nalias = "sequel"\n')
    assert cli.main(["read", str(page), "--profile", str(own)]) == 0
    assert "    0  text     She knows SQL [sequel] well." in capsys.readouterr().out.splitlines()
