"""E-mails: headers as forms, the text that a mail program shows, attachments, and bounds on all of it."""
# ruff: noqa: E501  mails as they are sent

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.errors import (
    BrokenDocument,
    DecompressionBomb,
    PasswordProtected,
    RejectedDocument,
    UnsupportedFormat,
)
from documents.files import inspection, mails, media_types
from documents.reading import own_text
from documents.reading.mail import headers, letters, opening
from tests.unit.documents import ole_files
from tests.unit.documents.files import Sheet, image, pdf, prose


def mail(text="Total due: $12.00\n", **options):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ann Lee <ann@example.com>", "clinic@example.com", "Your invoice"
    made["Date"], made["Message-ID"] = "Tue, 03 Nov 2026 10:00:00 +0100", "<1@example.com>"
    made.set_content(text, **options)
    return made


def raw(headers_of, body=b"text\n"):
    head = b"Message-ID: <1@x>\nMIME-Version: 1.0\n" + headers_of
    return head + b"\n\n" + body


@pytest.fixture
def path(tmp_path):
    def write(data):
        place = tmp_path / "document"
        place.write_bytes(data if isinstance(data, bytes) else data.as_bytes())
        return place

    return write


@pytest.fixture
def read(path):
    def extract(data):
        place = path(data)
        return own_text.extract(place, inspection.inspect(place, native_text="skip").media_type)

    return extract


@pytest.fixture
def opened(path):
    def read_mail(data):
        place = path(data)
        return opening.read(place, media_types.media_type(place))

    return read_mail


def texts(extraction):
    return [line.text for line in extraction.lines]


def pairs_of(extraction):
    return [(form.key, form.value) for form in extraction.forms]


def told(extraction, code):
    return [flag.message for flag in extraction.flags if flag.code == code]


class TestWhatIsOne:
    def test_its_route_is_text(self, path):
        found = inspection.inspect(path(mail()), native_text="skip")
        assert (found.media_type, found.route) == ("message/rfc822", "text")

    @pytest.mark.parametrize(
        "data",
        [
            b"From: Ann\nTo: Bob\nSubject: Hello\n\nA memo.",
            b"Name: Ann\nAge: 44\n\ntext",
            b"Received: it\nand so on",
            b"Message-ID is a header\nFrom: x\n",
        ],
    )
    def test_a_memo_is_a_text(self, path, data):
        assert media_types.media_type(path(data)) == media_types.PLAIN

    def test_a_mailbox_of_one_is_read_and_of_two_refused(self, read):
        one = b"From ann@example.com Tue Nov  3 10:00:00 2026\n" + mail().as_bytes()
        assert ("Subject", "Your invoice") in pairs_of(read(one))
        with pytest.raises(UnsupportedFormat, match="save each"):
            read(one + b"\n" + one)

    def test_over_its_limit(self, path, monkeypatch):
        monkeypatch.setitem(inspection._OWN_LIMITS, media_types.EML, 100)
        with pytest.raises(RejectedDocument, match="at most 100"):
            inspection.inspect(path(mail()), native_text="skip")

    def test_a_mail_may_be_longer_than_a_text(self, path):
        long = mail()
        long.add_attachment(b"x" * (9 << 20), maintype="application", subtype="pdf", filename="a.pdf")
        place = path(long)
        assert place.stat().st_size > inspection.MOST_TEXT_BYTES
        assert inspection.inspect(place, native_text="skip").media_type == media_types.EML


class TestText:
    def test_headers_are_forms_and_the_text_is_read(self, read):
        found = read(mail())
        assert pairs_of(found) == [
            ("From", "Ann Lee <ann@example.com>"), ("To", "clinic@example.com"),
            ("Date", "Tue, 03 Nov 2026 10:00:00 +0100"), ("Subject", "Your invoice"), ("Total due", "$12.00"),
        ]  # fmt: skip
        assert texts(found)[-2:] == ["Subject: Your invoice", "Total due: $12.00"]
        assert found.flags == ()

    def test_of_alternatives_the_one_that_a_program_shows(self, read):
        both = mail("Total due: $1.00\n")
        both.add_alternative("<p>Total due: $12.00</p><p style='display:none'>Total due: $2.00</p>", subtype="html")
        found = read(both)
        assert [value for key, value in pairs_of(found) if key == "Total due"] == ["$12.00"]
        assert "$1.00" not in found.text()
        assert told(found, "TEXT_HIDDEN") == ["Words that do not show were left out: 3 by style."]

    @pytest.mark.parametrize(
        "html",
        [
            "<html><body></body></html>",
            "<html><head><title>Mail</title><style>p{color:red}</style></head><body><p>&nbsp;</p><!-- x --></body></html>",
            " \n",
        ],
    )
    def test_an_empty_alternative_behind_the_text(self, read, html):
        both = mail("Total due: $9\n")
        both.add_alternative(html, subtype="html")
        assert ("Total due", "$9") in pairs_of(read(both))

    def test_an_empty_alternative_in_a_frame(self, read):
        both = mail("Total due: $9\n")
        both.add_alternative("<body><br></body>", subtype="html")
        both.get_payload()[1].make_related()
        assert ("Total due", "$9") in pairs_of(read(both))

    def test_an_alternative_that_is_a_picture(self, read):
        both = mail("Total due: $9\n")
        both.add_alternative("<img src='https://example.org/offer.png'>", subtype="html")
        found = read(both)
        assert "$9" not in found.text()
        assert len(told(found, "IMAGE_UNREAD")) == 1

    def test_alternatives_with_an_invitation(self, opened):
        both = mail("come\n")
        both.add_alternative("<p>come</p>", subtype="html")
        both.add_alternative(b"BEGIN:VCALENDAR", maintype="application", subtype="ics")
        found = opened(both)
        assert [each.media_type for each in found.attachments] == ["application/ics"]
        assert len(found.bodies) == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (b"Subject: =?koi8-r?B?8NLJ18XU?=", "Привет"),
            (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n =?utf-8?q?_aus_Ulm?=", "Grüße aus Ulm"),
            ("Subject: Grüße aus Ulm".encode(), "Grüße aus Ulm"),
            (b"Subject: Gr\xfc\xdfe aus M\xfcnchen", "Grüße aus München"),
            (b"Subject: =?no-such-charset?q?x?=", "x"),
        ],
    )
    def test_subjects_in_any_coding(self, read, field, value):
        assert ("Subject", value) in pairs_of(read(raw(b"From: a@x\n" + field)))

    def test_a_header_that_is_there_twice_is_two_forms(self, read):
        found = read(raw(b"From: a@x\nFrom: boss@bank\nSubject: x"))
        assert [value for key, value in pairs_of(found) if key == "From"] == ["a@x", "boss@bank"]

    @pytest.mark.parametrize(
        ("kind", "data", "guessed"),
        [
            (b"text/plain; charset=windows-1251", "Сумма: пять рублей".encode("cp1251"), False),
            (b"text/plain; charset=no-such", "Сумма к оплате: пять рублей и две копейки".encode("cp1251"), True),
            (b"text/plain", "Сумма к оплате: пять рублей и две копейки".encode("cp1251"), True),
            (b"text/html", b"<meta charset=windows-1251><p>" + "Сумма".encode("cp1251"), False),
        ],
    )
    def test_charsets_of_bodies(self, read, kind, data, guessed):
        found = read(raw(b"From: a@x\nContent-Transfer-Encoding: 8bit\nContent-Type: " + kind, data))
        assert "Сумма" in found.text()
        assert bool(told(found, "CHARSET_GUESSED")) == guessed

    def test_a_mail_without_text_is_still_its_headers(self, read):
        assert ("Subject", "Your invoice") in pairs_of(read(mail("")))

    def test_encrypted_mails_are_refused(self, read):
        coded = raw(b"From: a@x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data", b"MIAG")
        with pytest.raises(PasswordProtected, match="decrypted"):
            read(coded)
        pgp = raw(b'From: a@x\nContent-Type: multipart/encrypted; boundary="b"', b"--b\n\nx\n--b--")
        with pytest.raises(PasswordProtected):
            read(pgp)

    def test_a_signed_mail_is_read_without_its_signature(self, opened):
        signed = raw(
            b'From: a@x\nContent-Type: multipart/signed; boundary="b"',
            b"--b\nContent-Type: text/plain\n\nsigned text\n--b\nContent-Type: application/pkcs7-signature\n\nMIAG\n--b--",
        )
        found = opened(signed)
        assert (found.bodies[0].text.strip(), found.attachments) == ("signed text", [])


class TestAttachments:
    def test_names_kinds_and_bytes(self, opened):
        made = mail()
        made.add_attachment(pdf(Sheet(prose())), maintype="application", subtype="pdf", filename="Rechnung März.pdf")
        made.add_attachment("a,b\n", subtype="csv", filename="list.csv")
        made.add_attachment(mail("inner\n"))
        found = opened(made)
        assert [(each.name, each.media_type) for each in found.attachments] == [
            ("Rechnung März.pdf", "application/pdf"), ("list.csv", "text/csv"), ("Your invoice.eml", "message/rfc822"),
        ]  # fmt: skip
        assert found.attachments[0].data == pdf(Sheet(prose()))
        assert b"inner" in found.attachments[2].data
        assert ("Attachment", "list.csv") in pairs_of(letters.extraction(found))

    def test_ornaments_are_told_and_large_pictures_in_the_text_are_attached(self, opened):
        made = mail()
        made.add_alternative("<p>see <img src='cid:a'></p>", subtype="html")
        html = made.get_payload()[1]
        html.add_related(image("PNG", (20, 20)), maintype="image", subtype="png", cid="<a>")
        html.add_related(b"\x89PNG" + b"x" * letters.SMALL_PICTURE, maintype="image", subtype="png", cid="<b>")
        found = opened(made)
        assert (found.ornaments, len(found.attachments)) == (1, 1)
        assert told(letters.extraction(found), "IMAGE_UNREAD")

    def test_what_lies_elsewhere_is_counted(self, read):
        for kind, word in ((b"message/external-body", "elsewhere"), (b"application/ms-tnef", "winmail.dat")):
            assert word in told(read(raw(b"From: a@x\nContent-Type: " + kind, b"x")), "CONTENT_SKIPPED")[0]

    def test_an_empty_attachment(self, read):
        made = mail()
        made.add_attachment(b"", maintype="application", subtype="pdf", filename="a.pdf")
        assert told(read(made), "CONTENT_SKIPPED") == ["Not read: empty attachments (1)."]


class TestHostile:
    def test_deep_nesting(self, read):
        parts = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1500))
        with pytest.raises(DecompressionBomb, match="nested"):
            read(raw(b"From: a@x\n" + parts.rstrip()))

    def test_as_deep_as_is_allowed(self, read):
        parts = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(99))
        assert "deep" in read(raw(b"From: a@x\n" + parts.rstrip(), b"Content-Type: text/plain\n\ndeep")).text()

    def test_messages_in_messages(self, read):
        with pytest.raises(DecompressionBomb):
            read(raw(b"From: a@x\nContent-Type: message/rfc822", b"Content-Type: message/rfc822\n\n" * 2000))

    def test_many_lines_under_many_boundaries(self, read):
        parts = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(90))
        with pytest.raises(DecompressionBomb):
            read(raw(b"From: a@x\n" + parts.rstrip(), b"x\n" * 400_000))

    def test_so_many_parts_that_none_could_be_kept(self, read):
        with pytest.raises(DecompressionBomb):
            read(raw(b'From: a@x\nContent-Type: multipart/mixed; boundary="b"', b"--b\n\n" * 30_000))

    def test_a_long_text_is_cut_and_told(self, read, monkeypatch):
        monkeypatch.setattr(inspection, "MOST_TEXT_BYTES", 1 << 20)
        found = read(raw(b"From: a@x", b"line\n" * 300_000))
        assert told(found, "CONTENT_SKIPPED") == ["Not read: ends of long texts (1)."]

    def test_headers_that_repeat_are_counted(self, read):
        found = read(raw(b"From: a@x\n" + b"Subject: x\n" * 30 + b"To: b@x"))
        assert told(found, "CONTENT_SKIPPED") == ["Not read: headers that repeat (10)."]

    def test_very_many_parts_are_counted_beyond_the_first(self, read):
        body = b"--b\nContent-Type: text/plain\n\nword\n" * 3000 + b"--b--\n"
        found = read(raw(b'From: a@x\nContent-Type: multipart/mixed; boundary="b"', body))
        assert sum(text == "word" for text in texts(found)) < 500
        assert told(found, "CONTENT_SKIPPED")[0].startswith("Not read: parts of a mail (2")

    def test_a_long_header_is_cut_and_told(self, read):
        people = b", ".join(b"person%d@example.com" % n for n in range(5000))
        found = read(raw(b"From: a@x\nTo: " + people))
        assert told(found, "CONTENT_SKIPPED") == ["Not read: ends of long headers (1)."]
        assert max(len(value) for _, value in pairs_of(found)) <= headers.MOST_LETTERS

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.lists(st.sampled_from([
        b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: multipart/alternative; boundary=\"\"\n",
        b"--b\n", b"--b--\n", b"\n", b"Content-Type: text/html\n", b"<p>text\n", b"Content-Type: message/rfc822\n",
        b"Content-Transfer-Encoding: base64\n", b"Content-Disposition: attachment; filename*=utf-8''a%FFb\n",
        b"Subject: =?utf-8?b?/w==?=\n", b"To: \"<@,;:\n", b"Date: 99\n", b"\xff\xfe\0\n", b"=\n",
        b"Content-Type: ;;;=\n", b"Content-Type: message/delivery-status\n", b"Content-ID: x\n",
    ]), max_size=25))  # fmt: skip
    def test_any_order_of_lines_is_read_or_refused(self, read, lines):
        try:
            found = read(raw(b"From: a@x\n".rstrip() + b"\n" + b"".join(lines).rstrip(b"\n")))
        except RejectedDocument:
            return
        assert ("From", "a@x") in pairs_of(found)


class TestOutlook:
    @pytest.fixture
    def letter(self):
        return ole_files.message(
            ole_files.text("0037", "Your invoice"), ole_files.text("0C1A", "Ann Lee"),
            ole_files.text("5D01", "ann@example.com"), ole_files.text("0E04", "Clinic"),
            ole_files.text("1000", "Total due: $12.00\r\n"),
            attachments=[ole_files.attachment("bill.pdf", pdf(Sheet(prose())))],
            numbers={0x0039: 134_381_664_000_000_000},
        )  # fmt: skip

    def test_headers_text_and_attachments(self, read, opened, letter):
        data = ole_files.compound(letter)
        found = read(data)
        assert pairs_of(found) == [
            ("From", "Ann Lee <ann@example.com>"), ("To", "Clinic"), ("Date", "Tue, 03 Nov 2026 08:00:00 +0000"),
            ("Subject", "Your invoice"), ("Attachment", "bill.pdf"), ("Total due", "$12.00"),
        ]  # fmt: skip
        assert opened(data).attachments[0].data == pdf(Sheet(prose()))

    def test_html_comes_before_plain_text(self, read, letter):
        html = {"__substg1.0_10130102": "<p>Итого: 5</p>".encode("cp1251")}
        found = read(ole_files.compound({**letter, **html, **ole_files.properties({0x3FDE: 1251})}))
        assert ("Итого", "5") in pairs_of(found)
        assert found.flags == ()

    def test_old_texts_in_their_code_page_or_guessed(self, read):
        subject = {"__substg1.0_0037001E": "Счёт на оплату за услуги".encode("cp1251")}
        page = ole_files.message(subject, numbers={0x3FFD: 1251})
        assert pairs_of(read(ole_files.compound(page))) == [("Subject", "Счёт на оплату за услуги")]
        guessed = read(ole_files.compound(ole_files.message(subject)))
        assert pairs_of(guessed) == [("Subject", "Счёт на оплату за услуги")]
        assert told(guessed, "CHARSET_GUESSED")

    def test_a_mail_within_a_mail_is_an_attachment(self, opened, path, letter):
        inner = {**letter, **ole_files.properties({}, 24)}
        outer = ole_files.message(
            ole_files.text("0037", "FW"), attachments=[{**ole_files.properties({}, 8), "__substg1.0_3701000D": inner}]
        )
        [attached] = opened(ole_files.compound(outer)).attachments
        assert (attached.name, attached.media_type) == ("Your invoice.eml", "message/rfc822")
        found = opened(attached.data)
        assert ("Subject", "Your invoice") in found.headers
        assert [each.name for each in found.attachments] == ["bill.pdf"]

    def test_mails_within_mails_end(self, opened, letter):
        tree = {**letter, **ole_files.properties({}, 24)}
        for _ in range(6):
            tree = ole_files.message(
                ole_files.text("0037", "FW"),
                attachments=[{**ole_files.properties({}, 8), "__substg1.0_3701000D": tree}],
            )
            tree |= ole_files.properties({}, 24)
        assert opened(ole_files.compound({**tree, **ole_files.properties({})})).attachments

    def test_rich_text_alone_is_told(self, read):
        found = read(
            ole_files.compound(ole_files.message(ole_files.text("0037", "x"), {"__substg1.0_10090102": b"LZFu"}))
        )
        assert told(found, "CONTENT_SKIPPED") == ["Not read: text in Rich Text alone (1)."]

    def test_encrypted_files_and_other_ole_files(self, path):
        with pytest.raises(PasswordProtected):
            media_types.media_type(path(ole_files.compound({"EncryptedPackage": b"x" * 100})))
        with pytest.raises(UnsupportedFormat, match="before 2007"):
            media_types.media_type(path(ole_files.compound({"WordDocument": b"x" * 100})))
        mark, name = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "__properties_version1.0".encode("utf-16-le")
        with pytest.raises(BrokenDocument, match="Outlook"):
            media_types.media_type(path(mark + b"x" * 2000 + name))
        with pytest.raises(UnsupportedFormat):
            media_types.media_type(path(mark + b"x" * 2000))

    @settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.data())
    def test_damaged_files_are_read_or_refused(self, read, letter, data):
        whole = bytearray(ole_files.compound(letter))
        for _ in range(data.draw(st.integers(1, 8))):
            whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
        try:
            read(bytes(whole))
        except RejectedDocument:
            return


def test_the_bounds_are_where_the_parser_still_lives(path):
    """The recursion that nested parts ask for stays within Python's limit."""
    assert 2 * mails.MOST_BOUNDARIES < 500


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Address: 12 Long Street, \nSpringfield\n", ["Address: 12 Long Street, Springfield"]),
        ("> a \n> b\n>> c\nd\n", ["> a b", ">> c", "d"]),
        ("a \n-- \nAda\n", ["a", "--", "Ada"]),
        ("a\n stuffed\n", ["a", "stuffed"]),
    ],
)
def test_lines_that_a_mail_program_made_are_one_again(read, text, lines):
    head = "From: a@example.org\nTo: b@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; format=flowed\n\n"
    assert texts(read((head + text).encode()))[2:] == lines


def test_an_invitation_beside_the_text_is_no_text(read):
    data = (
        "From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nCome: at noon\n--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--b--\n"
    )
    found = read(data.encode())
    assert [(form.key, form.value) for form in found.forms][1:] == [
        ("Attachment", "part.calendar"),
        ("Come", "at noon"),
    ]
