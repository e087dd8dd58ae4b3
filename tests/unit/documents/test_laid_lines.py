"""What Transform saw when it painted a PDF is kept for Write; without it the document is painted again."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents import keys, steps
from documents.files import media_types
from documents.handlers import inspect, transform
from documents.intake import originals
from documents.model import Box, Inspection, LaidLine, Word
from documents.outputs import copies
from documents.reading import laid_lines, own_text, pdf_text
from documents.reading.painting import look
from tests.unit.documents.builders import document
from tests.unit.documents.files import Sheet, image, pdf, say
from tests.unit.documents.hiding import HIDDEN, LIE
from tests.unit.documents.pipeline_aws import SUMMARIES
from tests.unit.documents.pipeline_builders import Context
from tests.unit.documents.test_inspect_and_transform import WORK, answered, claimed

sides = st.floats(0, 1, allow_nan=False)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=6)
laid = st.lists(st.builds(Word, texts, st.builds(Box, sides, sides, sides, sides)), max_size=5).map(
    lambda words: LaidLine(1, " ".join(word.text for word in words), tuple(words))
)


def write(path, lines):
    with laid_lines.writing(path) as keep:
        for line in lines:
            keep(line)


class TestTheFile:
    @given(st.lists(laid, max_size=5))
    def test_what_is_read_is_what_was_written(self, tmp_path_factory, lines):
        path = tmp_path_factory.mktemp("laid") / "layout"
        write(path, lines)
        assert laid_lines.read(path) == lines

    def test_a_file_that_breaks_off_is_none(self, tmp_path):
        path = tmp_path / "layout"
        write(path, [LaidLine(1, "Name", (Word("Name", Box(0.1, 0.2, 0.3, 0.4)),))] * 50)
        data = path.read_bytes()
        for length in (0, 5, len(data) // 2, len(data) - 1):
            path.write_bytes(data[:length])
            assert laid_lines.read(path) is None

    @pytest.mark.parametrize(
        "content",
        ['{"schema": 0}\n', '{"schema": 1}\n[1, "two words", [0, 0, 1, 1]]\n', '{"schema": 1}\n[1, 2]\n', "[]\n"],
        ids=["another version", "a word without a place", "no line", "no head"],
    )
    def test_another_content_is_none(self, tmp_path, content):
        path = tmp_path / "layout"
        path.write_bytes(gzip.compress(content.replace('"schema": 1', f'"schema": {laid_lines.SCHEMA}').encode()))
        assert laid_lines.read(path) is None


@pytest.fixture
def layout(tmp_path):
    """What Write sees of the document; a folder of its own, as each run has one."""
    number = iter(range(100))

    def read(state):
        folder = tmp_path / str(next(number))
        folder.mkdir()
        source, found = originals.document(state), Inspection(**state["inspection"])
        return copies.ReadDocument(source, WORK, 0, found, steps.extraction(WORK), folder).layout.lines

    return read


@pytest.fixture
def painted(monkeypatch):
    """Pages that were read, one after the other."""
    pages, own = [], pdf_text.pages

    def counted(*arguments):
        for page in own(*arguments):
            pages.append(page)
            yield page

    monkeypatch.setattr(pdf_text, "pages", counted)
    return pages


DATA = pdf(Sheet(say(72, 700, "Name: Ann Lee") + say(72, 680, "She was seen and is well.")), Sheet(say(72, 700, "End")))


def read_once(account, data=DATA):
    return transform.handler(inspect.handler(claimed(account, data), Context()), Context())


class TestSteps:
    def test_a_document_is_painted_once(self, account, layout, painted, tmp_path):
        state = read_once(account)
        (tmp_path / "a.pdf").write_bytes(DATA)
        assert len(painted) == 2
        assert list(layout(state)) == list(layout(state))
        assert len(painted) == 2
        assert list(layout(state)) == list(own_text.layout(tmp_path / "a.pdf", media_types.PDF))

    def test_what_does_not_show_is_not_in_it(self, account):
        read_once(account, HIDDEN["white"].pdf())
        kept = gzip.decompress(steps.summaries().get(keys.layout(WORK)).body).decode()
        assert "Ada Byron" in kept
        assert LIE not in kept

    def test_where_it_is_gone_the_document_is_painted_again(self, account, layout, painted):
        state = read_once(account)
        first = layout(state)
        account.s3.delete_object(Bucket=SUMMARIES, Key=keys.layout(WORK))
        assert layout(state) == first
        assert len(painted) == 4

    def test_a_damaged_one_is_none(self, account, layout, painted):
        state = read_once(account)
        first = layout(state)
        account.s3.put_object(Bucket=SUMMARIES, Key=keys.layout(WORK), Body=b"damaged")
        assert layout(state) == first
        assert len(painted) == 4

    def test_a_run_that_died_before_its_extraction_leaves_the_other_run_s(self, account, layout, painted, monkeypatch):
        """The second one had no time to paint the page, and would have believed it: its places are of other lines."""
        data = HIDDEN["white"].pdf()
        state = read_once(account, data)
        first = layout(state)

        def dies(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(look, "PAGE_SECONDS", 0.0)
            patched.setattr(steps, "keep", dies)
            with pytest.raises(KeyboardInterrupt):
                transform.handler(state, Context())
        assert layout(state) == first
        assert not any(LIE in line.text for line in layout(state))
        transform.handler(state, Context())
        before = len(painted)
        assert layout(state) == first
        assert len(painted) == before

    def test_a_page_that_was_believed_is_not_painted_by_write_either(self, account, layout, painted, monkeypatch):
        monkeypatch.setattr(look, "PAGE_SECONDS", 0.0)
        state = read_once(account, HIDDEN["white"].pdf())
        assert any(LIE in line.text for line in layout(state))
        assert len(painted) == 1

    def test_what_was_recognized_has_none(self, account):
        state = inspect.handler(claimed(account, image("PNG")), Context())
        transform.handler(answered(account, state, document(1).parts()), Context())
        assert steps.summaries().head(keys.layout(WORK)) is None
