"""DOCX as its reader sees it: what stands in fields, margins, boxes and formulas, and nothing that does not show."""
# ruff: noqa: E501  XML as Word writes it

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.errors import BrokenDocument, DecompressionBomb, EmptyDocument, RejectedDocument
from documents.files import media_types
from documents.reading import own_text
from tests.unit.documents import files, word_files
from tests.unit.documents.word_files import box, complex_field, file, merge_field, par, picture, root, run, section

WHITE = '<w:color w:val="FFFFFF"/>'
TOTAL = "Total due: $1.00"


@pytest.fixture
def read(tmp_path):
    def extract(data):
        path = tmp_path / "document"
        path.write_bytes(data)
        return own_text.extract(path, media_types.DOCX)

    return extract


def texts(extraction):
    return [line.text for line in extraction.lines]


def pairs_of(extraction):
    return [(form.key, form.value) for form in extraction.forms]


def told(extraction, code):
    return [flag.message for flag in extraction.flags if flag.code == code]


class TestFields:
    def test_a_mail_merge_keeps_its_values(self, read):
        found = read(
            file(
                par(run("Name: "), merge_field("Name", "Ann Lee"))
                + par(run("Balance: "), merge_field("Balance", "$1,200.50"), run(" due"))
                + par(run("Phone: "), complex_field(" MERGEFIELD Phone ", "206 555 0147"))
            )
        )
        assert pairs_of(found) == [("Name", "Ann Lee"), ("Balance", "$1,200.50 due"), ("Phone", "206 555 0147")]
        assert found.flags == ()

    def test_a_field_within_a_field(self, read):
        inner = f'<w:fldSimple w:instr="IF">{merge_field("Name", "Ann")}{run(" Lee")}</w:fldSimple>'
        assert texts(read(file(par(run("Name: "), inner)))) == ["Name: Ann Lee"]

    def test_only_the_result_of_a_field_shows_whatever_its_code_is_made_of(self, read):
        mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
        run = "<w:r><w:t>{}</w:t></w:r>".format
        inner = mark("begin") + mark("separate") + run("female") + mark("end")
        body = mark("begin") + inner + mark("separate") + run("Mrs") + mark("end") + run(" Byron") + mark("begin")
        assert texts(read(files.docx(f"<w:p>{body}{run('.')}</w:p>"))) == ["Mrs Byron."]

    def test_a_drop_down_shows_what_was_chosen(self, read):
        choice = (
            '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="no"/>'
            '<w:listEntry w:val="yes"/></w:ddList></w:ffData></w:fldChar></w:r>'
        )
        assert pairs_of(read(file(par(run("Smoker: "), choice)))) == [("Smoker", "yes")]

    @pytest.mark.parametrize("name", ["smartTag", "bdo", "dir", "customXml", "moveTo", "ins", "unheardOf"])
    def test_what_stands_around_a_text_does_not_hide_it(self, read, name):
        found = read(file(par(run("Name: "), f"<w:{name}><w:{name}>{run('Ann')}</w:{name}></w:{name}>")))
        assert pairs_of(found) == [("Name", "Ann")]

    def test_signs_between_words(self, read):
        body = par("<w:r><w:t>one</w:t><w:cr/><w:t>two</w:t><w:ptab/><w:t>three</w:t></w:r>")
        assert texts(read(file(body))) == ["one", "two three"]

    def test_strict_open_xml(self, read):
        data = file(par(run("Name: "), merge_field("Name", "Ann")))
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
            for name in before.namelist():
                strict = before.read(name).replace(
                    b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                    b"http://purl.oclc.org/ooxml/wordprocessingml/main",
                )
                after.writestr(name, strict)
        assert pairs_of(read(out.getvalue())) == [("Name", "Ann")]


class TestRubyAndFormulas:
    def test_ruby_is_its_base(self, read):
        ruby = f"<w:r><w:ruby><w:rt>{run('とうきょう')}</w:rt><w:rubyBase>{run('東京')}</w:rubyBase></w:ruby></w:r>"
        assert texts(read(file(par(ruby, run("都"))))) == ["東京都"]

    @pytest.mark.parametrize(
        ("inner", "text"),
        [
            ("<m:r><m:t>x=1</m:t></m:r>", "x=1"),
            ("<m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>", "1/2"),
            ("<m:sSup><m:e><m:r><m:t>m</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>", "m^2"),
            ("<m:rad><m:e><m:r><m:t>a+b</m:t></m:r></m:e></m:rad>", "√(a+b)"),
            ("<m:d><m:e><m:r><m:t>a</m:t></m:r></m:e><m:e><m:r><m:t>b</m:t></m:r></m:e></m:d>", "(a|b)"),
            ("<m:nary><m:sub><m:r><m:t>0</m:t></m:r></m:sub><m:sup><m:r><m:t>n</m:t></m:r></m:sup>"
             "<m:e><m:r><m:t>x</m:t></m:r></m:e></m:nary>", "∫_0^n x"),
        ],
    )  # fmt: skip
    def test_a_formula_is_a_line(self, read, inner, text):
        assert texts(read(file(par(run("so "), f"<m:oMath>{inner}</m:oMath>")))) == [f"so {text}"]


class TestMargins:
    def test_headers_and_footers_once_each(self, read):
        parts = {
            "h.xml": ("header", root("hdr", par(run("Mercy Hospital")))),
            "same.xml": ("header", root("hdr", par(run("Mercy Hospital")))),
            "f.xml": ("footer", root("ftr", par(run("Account: 17")))),
        }
        body = par(run("Dear Ann")) + par(properties=section("header default same.xml"))
        found = read(file(body + section("header default h.xml", "footer default f.xml"), parts))
        assert texts(found) == ["Mercy Hospital", "Dear Ann", "Account: 17"]
        assert pairs_of(found) == [("Account", "17")]

    def test_a_first_page_s_header_only_where_there_is_one(self, read):
        parts = {"first.xml": ("header", root("hdr", par(run("First"))))}
        shows = file(par(run("body")) + section("header first first.xml", title=True), parts)
        assert texts(read(shows)) == ["First", "body"]
        assert texts(read(file(par(run("body")) + section("header first first.xml"), parts))) == ["body"]

    @pytest.mark.parametrize("field", [complex_field, lambda code, text: merge_field("x", text).replace(
        " MERGEFIELD x ", code)])  # fmt: skip
    def test_counted_pages_are_no_content(self, read, field):
        numbers = par(run("Page "), field(" PAGE ", "1"), run(" of "), field(" NUMPAGES ", "3"))
        parts = {"f.xml": ("footer", root("ftr", numbers + par(run("Form 17"))))}
        found = read(file(par(run("body")) + section("footer default f.xml"), parts))
        assert texts(found) == ["body", "Form 17"]

    def test_a_document_of_margins_only_is_not_empty(self, read):
        parts = {"h.xml": ("header", root("hdr", par(run("Only here"))))}
        assert texts(read(file(par() + section("header default h.xml"), parts))) == ["Only here"]

    def test_a_watermark_and_a_link_in_a_header(self, read):
        shape = '<w:r><w:pict><v:shape><v:textpath string="CONFIDENTIAL"/></v:shape></w:pict></w:r>'
        link = f'<w:hyperlink r:id="rId9">{run("www.example.com")}</w:hyperlink>'
        parts = {"h.xml": ("header", root("hdr", par(shape) + par(link)))}
        found = read(file(par(run("body")) + section("header default h.xml"), parts))
        assert texts(found) == ["CONFIDENTIAL", "www.example.com", "body"]


class TestBoxesAndParts:
    def test_text_boxes_of_new_and_old_programs(self, read):
        old = f"<w:r><w:pict><v:shape><v:textbox><w:txbxContent>{par(run('old'))}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
        found = read(file(par(run("anchor"), box(par(run("Name: Ann"))), old) + par(run("next"))))
        assert texts(found) == ["anchor", "Name: Ann", "old", "next"]

    def test_a_box_that_is_there_twice_is_read_once(self, read):
        inner = f"<w:txbxContent>{par(run('once'))}</w:txbxContent>"
        both = (
            f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>{inner}</wps:txbx>'
            f"</wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{inner}</v:textbox></v:shape>"
            "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
        assert texts(read(file(par(both)))) == ["once"]

    @pytest.mark.parametrize(
        ("data", "lines"),
        [
            (b"<html><style>.x{display:none}</style><p>Name: Ann<p class=x>no", ["Name: Ann"]),
            (b"plain <text>\nsecond", ["plain <text>", "second"]),
            (file(par(run("inner"))), ["inner"]),
        ],
        ids=["html", "text", "docx"],
    )
    def test_a_part_of_another_format(self, read, data, lines):
        body = par(run("before")) + '<w:altChunk r:id="chunk"/>' + par(run("after"))
        found = read(file(body, {"chunk": ("aFChunk", data)}))
        assert texts(found) == ["before", *lines, "after"]
        assert bool(told(found, "TEXT_HIDDEN")) == (b"class=x" in data)

    @pytest.mark.parametrize("data", [rb"{\rtf1 text}", b"", b"\0\1\2"])
    def test_a_part_that_is_not_read_is_told(self, read, data):
        found = read(file(par(run("body")) + '<w:altChunk r:id="chunk"/>', {"chunk": ("aFChunk", data)}))
        assert texts(found) == ["body"]
        assert told(found, "CONTENT_SKIPPED") == ["Not read: parts in other formats (1)."]

    def test_a_document_within_a_document_within_a_document_ends(self, read):
        inner = file(par(run("deepest")))
        middle = file('<w:altChunk r:id="chunk"/>' + par(run("middle")), {"chunk": ("aFChunk", inner)})
        found = read(file('<w:altChunk r:id="chunk"/>' + par(run("outer")), {"chunk": ("aFChunk", middle)}))
        assert texts(found) == ["middle", "outer"]
        assert told(found, "CONTENT_SKIPPED") == ["Not read: parts in other formats (1)."]

    def test_notes_are_read_and_rewritten_too(self, read):
        note = f'<w:footnote w:id="2">{par(run("Fee: "), merge_field("Fee", "$5"))}</w:footnote>'
        body = par(run("text"), '<w:r><w:footnoteReference w:id="2"/></w:r>')
        found = read(file(body, {"footnotes.xml": ("footnotes", root("footnotes", note))}))
        assert texts(found) == ["text[1]", "Fee: $5"]

    def test_what_no_page_shows_as_text_is_counted(self, read):
        body = par(
            run("kept"),
            "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>",
            f"<w:moveFrom>{run('moved')}</w:moveFrom>",
            '<w:r><w:commentReference w:id="0"/></w:r>',
            "<w:r><w:drawing><c:chart/></w:drawing></w:r>",
        )
        found = read(file(body))
        assert texts(found) == ["kept"]
        assert told(found, "CONTENT_SKIPPED") == [
            "Not read: tracked deletions (1).", "Not read: tracked moves (1).", "Not read: comments (1).",
            "Not read: charts (1).",
        ]  # fmt: skip

    def test_pictures_are_unread_unless_they_are_small(self, read):
        found = read(file(par(run("text"), picture(200), picture(20))))
        assert told(found, "IMAGE_UNREAD")[0].startswith("1 picture of the document")
        assert read(file(par(run("text"), picture(20)))).flags == ()


THEME = {
    "theme.xml": (
        "theme",
        f'<a:theme {word_files.SPACES}><a:themeElements><a:clrScheme name="x"><a:dk1><a:sysClr val="windowText" lastClr="000000"/></a:dk1>'
        '<a:lt1><a:sysClr val="window" lastClr="FFFFFF"/></a:lt1><a:accent1><a:srgbClr val="4472C4"/></a:accent1>'
        '<a:accent2><a:srgbClr val="FFFFFE"/></a:accent2></a:clrScheme></a:themeElements></a:theme>'.encode(),
    )
}


def text_fill(inner):
    return f"<w14:textFill>{inner}</w14:textFill>"


def clear(alpha, colour="000000"):
    return f'<w14:srgbClr w14:val="{colour}"><w14:alpha w14:val="{alpha}"/></w14:srgbClr>'


def styled_table(style, body):
    """A table of one cell with a style of its own."""
    return (
        f"<w:tbl><w:tblPr><w:tblStyle w:val='t'/></w:tblPr><w:tr><w:tc>{body}</w:tc></w:tr></w:tbl>",
        {"styles.xml": word_files.styles(f"<w:style w:type='table' w:styleId='t'>{style}</w:style>")},
    )


HIDDEN = {
    "vanish": (par(run(TOTAL, "<w:vanish/>")), {}),
    "vanish by a style": (
        par(run(TOTAL, '<w:rStyle w:val="h"/>')),
        {"styles.xml": word_files.styles('<w:style w:type="character" w:styleId="h"><w:basedOn w:val="b"/></w:style>'
                                         '<w:style w:type="paragraph" w:styleId="b"><w:rPr><w:vanish/></w:rPr></w:style>')},
    ),
    "vanish by the paragraph's style": (
        par(run(TOTAL), properties='<w:pStyle w:val="h"/>'),
        {"styles.xml": word_files.styles('<w:style w:type="paragraph" w:styleId="h"><w:rPr><w:vanish/></w:rPr></w:style>')},
    ),
    "white": (par(run(TOTAL, WHITE)), {}),
    "nearly white": (par(run(TOTAL, '<w:color w:val="FAFAFA"/>')), {}),
    "white by a style": (
        par(run(TOTAL, '<w:rStyle w:val="h"/>')),
        {"styles.xml": word_files.styles(f'<w:style w:type="paragraph" w:styleId="h"><w:rPr>{WHITE}</w:rPr></w:style>')},
    ),
    "red on red": (par(run(TOTAL, '<w:color w:val="FF0000"/><w:highlight w:val="red"/>')), {}),
    "the cell's colour": (
        "<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:fill='003366'/></w:tcPr>"
        + par(run(TOTAL, '<w:color w:val="003366"/>')) + "</w:tc></w:tr></w:tbl>", {},
    ),
    "the shaded paragraph's": (
        par(run(TOTAL, '<w:color w:val="000000"/>'), properties='<w:shd w:val="clear" w:fill="000000"/>'), {},
    ),
    "one point": (par(run(TOTAL, '<w:sz w:val="2"/>')), {}),
    "narrow": (par(run(TOTAL, '<w:w w:val="1"/>')), {}),
    "no line height": (par(run(TOTAL), properties='<w:spacing w:line="2" w:lineRule="exact"/>'), {}),
    "transparent": (par(run(TOTAL, "<w14:textFill><w14:noFill/></w14:textFill>")), {}),
    "a transparent fill": (par(run(TOTAL, text_fill(f"<w14:solidFill>{clear(100000)}</w14:solidFill>"))), {}),
    "a transparent gradient": (
        par(run(TOTAL, text_fill(f'<w14:gradFill><w14:gsLst><w14:gs w14:pos="0">{clear(97000)}</w14:gs><w14:gs w14:pos="9">{clear(100000)}</w14:gs></w14:gsLst></w14:gradFill>'))), {},
    ),
    "a white fill over black ink": (
        par(run(TOTAL, '<w:color w:val="000000"/>' + text_fill(f"<w14:solidFill>{clear(0, 'FFFFFF')}</w14:solidFill>"))), {},
    ),
    "a transparent fill by a style": (
        par(run(TOTAL, '<w:rStyle w:val="h"/>')),
        {"styles.xml": word_files.styles('<w:style w:type="character" w:styleId="h"><w:rPr>' + text_fill("<w14:noFill/>") + "</w:rPr></w:style>")},
    ),
    "the theme's background": (par(run(TOTAL, '<w:color w:themeColor="background1"/>')), {}),
    "the theme's background, which the file says to be black": (
        par(run(TOTAL, '<w:color w:val="000000" w:themeColor="background1"/>')), THEME,
    ),
    "a white accent": (par(run(TOTAL, '<w:color w:val="FF0000" w:themeColor="accent2"/>')), THEME),
    "an accent on itself": (
        par(run(TOTAL, '<w:color w:themeColor="accent1"/><w:shd w:val="clear" w:color="auto" w:themeFill="accent1"/>')), THEME,
    ),
    "the background's colour in a box of it": (
        par(box(par(run(TOTAL, WHITE)), '<a:solidFill><a:schemeClr val="bg1"/></a:solidFill>')), THEME,
    ),
    "white by the table's style": styled_table(f"<w:rPr>{WHITE}</w:rPr>", par(run(TOTAL))),
    "white by the table's style for its head": styled_table(
        f'<w:rPr><w:color w:val="000000"/></w:rPr><w:tblStylePr w:type="firstRow"><w:rPr>{WHITE}</w:rPr></w:tblStylePr>',
        par(run(TOTAL)),
    ),
    "vanish by the table's style": styled_table("<w:rPr><w:vanish/></w:rPr>", par(run(TOTAL))),
    "an indent just off the page": (par(run(TOTAL), properties='<w:ind w:left="-20000" w:right="20000"/>'), {}),
    "an indent to the right of the page": (par(run(TOTAL), properties='<w:ind w:left="13000" w:right="-9000"/>'), {}),
    "an indent off the page by a style": (
        par(run(TOTAL), properties='<w:pStyle w:val="h"/>'),
        {"styles.xml": word_files.styles('<w:style w:type="paragraph" w:styleId="h"><w:pPr><w:ind w:left="-9000" w:right="9000"/></w:pPr></w:style>')},
    ),
    "pushed off by the right indent": (par(run(TOTAL), properties='<w:ind w:right="-20000"/><w:jc w:val="right"/>'), {}),
    "a frame just off the page": (
        par(run(TOTAL), properties='<w:framePr w:w="10" w:h="10" w:hRule="exact" w:x="-9000" w:y="-9000"/>'), {},
    ),
    "a frame below the page": (
        par(run(TOTAL), properties='<w:framePr w:w="3000" w:vAnchor="page" w:x="1" w:y="16000"/>'), {},
    ),
    "an old box beside the page": (
        par("<w:r><w:pict><v:shape style='position:absolute;margin-left:-500pt;width:200pt;height:40pt'><v:textbox><w:txbxContent>"
            + par(run(TOTAL)) + "</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"), {},
    ),
    "a frame off the page": (par(run(TOTAL), properties='<w:framePr w:x="-40000" w:y="1"/>'), {}),
    "an indent off the page": (par(run(TOTAL), properties='<w:ind w:left="-40000"/>'), {}),
    "a box off the page": (par(box(par(run(TOTAL)), offset=-30_000_000)), {}),
    "white in a clear box": (par(box(par(run(TOTAL, WHITE)))), {}),
    "a hidden row": (f"<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc>{par(run(TOTAL))}</w:tc></w:tr></w:tbl>", {}),
    "a hidden shape": (
        par("<w:r><w:pict><v:shape style='position:absolute;visibility:hidden'><v:textbox><w:txbxContent>"
            + par(run(TOTAL)) + "</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"), {},
    ),
    "within a merge field": (
        par(f'<w:fldSimple w:instr="x">{run(TOTAL, "<w:vanish/>")}</w:fldSimple>'), {},
    ),
    "in a header": (
        section("header default h.xml"), {"h.xml": ("header", root("hdr", par(run(TOTAL, WHITE))))},
    ),
}  # fmt: skip

SHOWN = {
    "vanish turned off": (par(run(TOTAL, '<w:vanish w:val="0"/>')), {}),
    "vanish turned off over a style": (
        par(run(TOTAL, '<w:rStyle w:val="h"/><w:vanish w:val="false"/>')),
        {"styles.xml": word_files.styles('<w:style w:type="paragraph" w:styleId="h"><w:rPr><w:vanish/></w:rPr></w:style>')},
    ),
    "white on a dark cell": (
        "<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val='clear' w:fill='003366'/></w:tcPr>"
        + par(run(TOTAL, WHITE)) + "</w:tc></w:tr></w:tbl>", {},
    ),
    "white on a table style's head": (
        f"<w:tbl><w:tblPr><w:tblStyle w:val='t'/></w:tblPr><w:tr><w:tc>{par(run(TOTAL, WHITE))}</w:tc></w:tr></w:tbl>",
        {"styles.xml": word_files.styles(
            "<w:style w:type='table' w:styleId='t'><w:tblStylePr w:type='firstRow'><w:tcPr><w:shd w:fill='4472C4'/></w:tcPr>"
            "</w:tblStylePr></w:style>")},
    ),
    "white on a highlight": (par(run(TOTAL, WHITE + '<w:highlight w:val="black"/>')), {}),
    "white on a shaded run": (par(run(TOTAL, WHITE + '<w:shd w:val="clear" w:fill="000080"/>')), {}),
    "white in a dark box": (par(box(par(run(TOTAL, WHITE)), '<a:solidFill><a:srgbClr val="112233"/></a:solidFill>')), {}),
    "half transparent": (par(run(TOTAL, text_fill(f"<w14:solidFill>{clear(50000)}</w14:solidFill>"))), {}),
    "a gradient that ends in white": (
        par(run(TOTAL, text_fill(f'<w14:gradFill><w14:gsLst><w14:gs w14:pos="0">{clear(0)}</w14:gs><w14:gs w14:pos="9">{clear(0, "FFFFFF")}</w14:gs></w14:gsLst></w14:gradFill>'))), {},
    ),
    "the background's colour on an accent": (
        par(run(TOTAL, '<w:color w:val="FFFFFF" w:themeColor="background1"/><w:shd w:val="clear" w:color="auto" w:fill="FFFFFF" w:themeFill="accent1"/>')), THEME,
    ),
    "a shade of the background": (
        par(run(TOTAL, '<w:color w:val="BFBFBF" w:themeColor="background1" w:themeShade="BF"/>')), THEME,
    ),
    "an accent": (par(run(TOTAL, '<w:color w:val="4472C4" w:themeColor="accent1"/>')), THEME),
    "an accent of a theme that is not there": (par(run(TOTAL, '<w:color w:val="4472C4" w:themeColor="accent1"/>')), {}),
    "white on dark by the table's style": styled_table(
        f'<w:tblStylePr w:type="firstRow"><w:rPr>{WHITE}</w:rPr><w:tcPr><w:shd w:val="clear" w:fill="4472C4"/></w:tcPr></w:tblStylePr>',
        par(run(TOTAL)),
    ),
    "black over the white of the table's style": styled_table(
        f"<w:rPr>{WHITE}</w:rPr>", par(run(TOTAL, '<w:color w:val="000000"/>'))
    ),
    "in the page's left margin": (par(run(TOTAL), properties='<w:ind w:left="-1400"/>'), {}),
    "a letter's address to the right": (par(run(TOTAL), properties='<w:ind w:left="6500" w:right="-600"/>'), {}),
    "a long paragraph that begins off the page": (par(run(TOTAL + " and more" * 90), properties='<w:ind w:left="-4000"/>'), {}),
    "a frame in the margin": (par(run(TOTAL), properties='<w:framePr w:w="1200" w:hAnchor="page" w:x="200" w:y="300"/>'), {}),
    "a frame by its alignment": (par(run(TOTAL), properties='<w:framePr w:x="-9000" w:xAlign="left" w:y="1"/>'), {}),
    "a box in the margin": (par(box(par(run(TOTAL)), offset=-800_000)), {}),
    "grey": (par(run(TOTAL, '<w:color w:val="E0E0E0"/>')), {}),
    "automatic": (par(run(TOTAL, '<w:color w:val="auto"/>')), {}),
    "small print": (par(run(TOTAL, '<w:sz w:val="8"/>')), {}),
}  # fmt: skip


@pytest.mark.parametrize("way", HIDDEN)
def test_hidden_words_are_no_content_and_are_told(read, way):
    body, parts = HIDDEN[way]
    found = read(file(par(run("Balance: $900.00")) + body, parts))
    assert texts(found) == ["Balance: $900.00"]
    assert pairs_of(found) == [("Balance", "$900.00")]
    assert "$1.00" not in str(found)
    assert told(found, "TEXT_HIDDEN")[0].startswith("Words that do not show were left out: 3 by ")


@pytest.mark.parametrize("way", SHOWN)
def test_words_that_show_are_read_without_a_flag(read, way):
    body, parts = SHOWN[way]
    found = read(file(par(run("Balance: $900.00")) + body, parts))
    assert TOTAL in found.text()
    assert found.flags == ()


def control(text, placeholder=""):
    return f"<w:sdt><w:sdtPr>{placeholder}<w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run(text)}</w:sdtContent></w:sdt>"


class TestFieldsThatNobodyFilledIn:
    def test_a_prompt_is_no_value(self, read):
        found = read(file(par(run("Name: Ada")) + par(run("Date: "), control("Click to enter a date."))))
        assert pairs_of(found) == [("Name", "Ada"), ("Date", "")]
        assert "Click" not in str(found.lines)
        assert told(found, "CONTENT_SKIPPED") == ["Not read: prompts of fields that nobody filled in (1)."]

    def test_around_paragraphs_and_cells(self, read):
        row = f"<w:tr><w:tc>{par(run('Date'))}</w:tc><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:tc>{par(run('Pick one'))}</w:tc></w:sdtContent></w:sdt></w:tr>"
        found = read(file(par(run("Name: Ada")) + f"<w:tbl>{row}</w:tbl>"))
        assert found.tables[0].rows == (("Date", ""),)

    def test_a_program_that_fills_in_and_leaves_the_mark(self, read):
        inner = '<w:placeholder><w:docPart w:val="p"/></w:placeholder>'
        block = f'<w:docParts><w:docPart><w:docPartPr><w:name w:val="p"/></w:docPartPr><w:docPartBody>{par(run("Pick a date"))}</w:docPartBody></w:docPart></w:docParts>'
        parts = {"glossary.xml": ("glossaryDocument", root("glossaryDocument", block))}
        found = read(file(par(run("Date: "), control("1 May 2024", inner)), parts))
        assert (pairs_of(found), found.flags) == ([("Date", "1 May 2024")], ())
        assert pairs_of(read(file(par(run("Date: "), control("Pick a date", inner)), parts))) == [("Date", "")]


def test_white_on_a_page_that_shows_its_colour(read):
    dark = '<w:background w:color="101010"/>'
    switch = {"settings.xml": ("settings", root("settings", "<w:displayBackgroundShape/>"))}
    body = par(run("seen", WHITE)) + par(run("kept", '<w:color w:val="00FF00"/>'))
    assert texts(read(file(body, switch, before=dark))) == ["seen", "kept"]
    assert texts(read(file(body, before=dark))) == ["kept"]


def test_nothing_but_hidden_words_is_empty(read):
    with pytest.raises(EmptyDocument):
        read(file(par(run(TOTAL, "<w:vanish/>"))))


class TestHostile:
    @pytest.mark.parametrize("name", ["fldSimple", "smartTag", "sdt", "hyperlink"])
    def test_deep_nesting_is_refused_or_read(self, read, name):
        body = f"<w:p>{f'<w:{name}>' * 20_000}{run('deep')}{f'</w:{name}>' * 20_000}</w:p>"
        with pytest.raises(RejectedDocument):
            read(file(body))

    def test_a_style_that_is_based_on_itself(self, read):
        parts = {
            "styles.xml": word_files.styles(
                '<w:style w:type="character" w:styleId="a"><w:basedOn w:val="a"/></w:style>'
            )
        }
        assert texts(read(file(par(run("text", '<w:rStyle w:val="a"/>')), parts))) == ["text"]

    def test_a_part_with_a_dtd_is_refused(self, read):
        bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb">]><w:hdr/>'
        with pytest.raises(BrokenDocument, match="DTD"):
            read(file(par(run("x")), {"h.xml": ("header", bomb)}))

    def test_a_bomb_in_a_header(self, read):
        with pytest.raises(DecompressionBomb):
            read(file(par(run("x")), {"h.xml": ("header", root("hdr", par(run("x" * (21 << 20)))))}))

    def test_a_bomb_as_a_part_of_another_format_is_not_unpacked(self, read):
        found = read(file(par(run("x")) + '<w:altChunk r:id="c"/>', {"c": ("aFChunk", b" " * (6 << 20))}))
        assert told(found, "CONTENT_SKIPPED") == ["Not read: parts in other formats (1)."]

    def test_a_target_that_climbs_out_names_nothing(self, read):
        found = read(file(par(run("x")) + '<w:altChunk r:id="../../../../etc/passwd"/>'))
        assert texts(found) == ["x"]

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.recursive(
            st.sampled_from([run("word"), "<w:cr/>", "<w:r/>", picture(200), box(par(run("word"))), "<m:oMath/>"]),
            lambda inner: st.builds(
                lambda name, kids: f"<w:{name}>{''.join(kids)}</w:{name}>",
                st.sampled_from(["r", "p", "tbl", "tr", "tc", "sdt", "sdtContent", "ruby", "fldSimple", "del", "bdo"]),
                st.lists(inner, max_size=3),
            ),
            max_leaves=12,
        )
    )
    def test_any_order_of_elements_is_read_or_refused(self, read, body):
        try:
            found = read(file(body + par(run("end"))))
        except RejectedDocument:
            return
        assert "end" in found.text()


def test_files_is_what_it_was(read):
    assert texts(read(files.docx(files.paragraph("plain")))) == ["plain"]
