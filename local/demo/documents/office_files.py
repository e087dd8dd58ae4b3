"""What offices send: a letter of a mail merge with a total that no reader sees, and an e-mail with papers attached."""

from __future__ import annotations

from email.message import EmailMessage
from html import escape

from local.demo.documents import pdf_writer

MERGE_LETTER = (
    "Northgate Clinic",
    "Account Holder: Imke Castellan",
    "Balance Due: $318.40",
    "Due Date: 2026-12-15",
    "Please pay the balance by the end of the year.",
)
HIDDEN = "Balance Due: $1.00"
"""Stands in the letter, too, and is set not to show."""
MAIL_HEADERS = (
    ("From", "Northgate Clinic <office@example.com>"),
    ("To", "Imke Castellan <imke@example.com>"),
    ("Date", "Tue, 03 Nov 2026 10:00:00 +0100"),
    ("Subject", "Papers for October"),
)
MAIL_TEXT = (
    "Reference: NG-2044",
    "Dear Imke, the papers for October are attached to this message.",
)
PAPERS = (
    "Northgate Clinic",
    "Invoice Number: NG-2044-10",
    "Total Due: $318.40",
    "Thank you for choosing the clinic for your care this autumn.",
)
PAPERS_NAME = "papers October.pdf"
MAIL = (*(f"{name}: {value}" for name, value in MAIL_HEADERS), f"Attachment: {PAPERS_NAME}", *MAIL_TEXT)


def merge_letter_xml(namespace: str) -> str:
    """``word/document.xml``: names and amounts stand in merge fields, as a mail merge leaves them."""
    body = "".join(_merged(line) for line in MERGE_LETTER)
    hidden = f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{escape(HIDDEN)}</w:t></w:r></w:p>"
    return f'<w:document xmlns:w="{namespace}"><w:body>{body}{hidden}</w:body></w:document>'


def _merged(line: str) -> str:
    key, colon, value = line.partition(": ")
    run = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    if not colon:
        return f"<w:p>{run.format(escape(line))}</w:p>"
    field = f'<w:fldSimple w:instr=" MERGEFIELD {key.replace(" ", "_")} ">{run.format(escape(value))}</w:fldSimple>'
    return f"<w:p>{run.format(escape(key) + ': ')}{field}</w:p>"


def papers() -> bytes:
    """PDF with text."""
    return pdf_writer.text_pdf([PAPERS])


def mail() -> bytes:
    """EML with its text twice, as mail programs send it, and a PDF."""
    made = EmailMessage()
    for name, value in MAIL_HEADERS:
        made[name] = value
    made["Message-ID"] = "<ng-2044-10@example.com>"
    made.set_content("\n".join(MAIL_TEXT) + "\n")
    made.add_alternative("".join(f"<p>{escape(line)}</p>" for line in MAIL_TEXT), subtype="html")
    made.add_attachment(papers(), maintype="application", subtype="pdf", filename=PAPERS_NAME)
    made.set_boundary("=====outer=====")
    made.get_payload()[0].set_boundary("=====inner=====")  # type: ignore[index,union-attr]
    return made.as_bytes()
