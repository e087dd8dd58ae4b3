"""What stands in the sample documents. People, places, numbers and illnesses are made up."""

from __future__ import annotations

Pairs = tuple[tuple[str, str], ...]

DISCHARGE_TITLE = "Discharge Summary"
DISCHARGE: Pairs = (
    ("Patient Name", "Marlene Oduya"),
    ("Date of Birth", "02/14/1961"),
    ("Record Number", "HR-204187"),
    ("Admission Date", "03/02/2026"),
    ("Discharge Date", "03/06/2026"),
    ("Attending Physician", "Dr. Tomas Reyland"),
    ("Phone", "(206) 555-0147"),
    ("Address", "418 Alder Street, Seattle, WA 98104"),
)
DISCHARGE_SECTIONS: Pairs = (
    (
        "Diagnosis",
        "Community acquired pneumonia of the right lower lobe. Type 2 diabetes, well controlled.",
    ),
    (
        "Hospital Course",
        "The patient came to the emergency department with four days of fever and a productive cough. "
        "A chest film showed a consolidation of the right lower lobe. She was treated with ceftriaxone for "
        "three days and was free of fever from the second day on. Oxygen was stopped on 03/05/2026.",
    ),
    (
        "Follow-up",
        "See the family doctor within seven days. Repeat the chest film in six weeks. Return at once in case "
        "of shortness of breath, chest pain or a temperature above 101 F.",
    ),
)
MEDICATIONS = (
    ("Medication", "Dose", "Times a day", "Until"),
    ("Amoxicillin", "875 mg", "2", "03/13/2026"),
    ("Metformin", "500 mg", "2", "ongoing"),
    ("Paracetamol", "500 mg", "as needed", "03/20/2026"),
)

INTAKE_TITLE = "New Patient Intake Form"
INTAKE: Pairs = (
    ("Full Name", "Ruben Castellan"),
    ("Date of Birth", "11/30/1984"),
    ("Phone", "(503) 555-0162"),
    ("Email", "ruben.castellan@example.com"),
    ("Address", "77 Quarry Road, Portland, OR 97209"),
    ("Employer", "Harbor Line Logistics"),
    ("Insurance Provider", "Northgate Mutual"),
    ("Policy Number", "NM-88421-07"),
    ("Emergency Contact", "Ines Castellan"),
    ("Contact Phone", "(503) 555-0163"),
)
INTAKE_BOXES = (
    ("High blood pressure", True),
    ("Diabetes", False),
    ("Asthma", True),
    ("Heart disease", False),
    ("Surgery in the last five years", False),
)
INTAKE_CONSENT = (
    "I have answered these questions to the best of my knowledge and agree that the practice keeps this form "
    "with my record. I may ask for a copy or take this consent back at any time in writing."
)
VACCINATIONS = (
    ("Vaccine", "Last given", "Reaction"),
    ("Tetanus", "05/18/2019", "none"),
    ("Influenza", "10/02/2025", "sore arm"),
    ("Hepatitis B", "08/21/2012", "none"),
)

REGISTRATION_TITLE = "Clinic Registration"
REGISTRATION: Pairs = (
    ("Patient Name", "Ottilie Brandvold"),
    ("Date of Birth", "07/09/1978"),
    ("Phone", "(415) 555-013"),
    ("Address", "Larkspur Avenue, San Rafael, CA 94901"),
    ("Reason for Visit", "Persistent cough"),
    ("Referred by", "Dr. Amara Lindqvist"),
)

VISIT_LETTER = (
    (
        "# Visit Letter",
        "",
        "Patient Name: Casimir Vang",
        "Date of Birth: 1990-04-22",
        "Visit Date: 2026-02-18",
        "Phone: (312) 555-0119",
        "Address: 1200 West Fulton Market, Chicago, IL 60607",
        "Physician: Dr. Helena Marsh",
        "Balance Due: $148.50",
        "",
        "# Findings",
        "Mr. Vang was seen for a follow-up of his knee injury of January 2026.",
        "Swelling has gone down and he walks without crutches.",
        "The range of motion is 0 to 120 degrees, ten degrees less than on the other side.",
        "There is no sign of an infection at the site of the operation.",
        "",
        "# Plan",
        "Physiotherapy continues twice a week for six weeks.",
        "He may return to office work at once and to sports after the next visit.",
    ),
    (
        "# Next Steps",
        "Next Visit: 2026-04-01",
        "Physiotherapist: Joanna Pike",
        "Sessions Approved: 12",
        "",
        "Please bring the imaging results of January to the next visit.",
        "The practice can be reached on weekdays from 8 am to 5 pm.",
    ),
)

PACKET_TYPES = ("claim_form", "consent_form", "discharge_summary")
CLAIM_FORM = (
    "# Insurance Claim Form",
    "",
    "Claim Number: 2041",
    "Policy Number: NM-51180-02",
    "Claimant: Marlene Oduya",
    "Date of Loss: 03/02/2026",
    "Amount Claimed: $4,310.00",
    "Provider: Harborview Clinic",
    "",
    "Inpatient treatment of a pneumonia from March 2 to March 6, 2026.",
    "The discharge note is attached to this claim.",
)
CONSENT_FORM = (
    "# Consent Form",
    "",
    "Patient Name: Marlene Oduya",
    "Date: 03/02/2026",
    "Procedure: Chest film and blood tests",
    "Signature: Marlene Oduya",
    "Witness: Tomas Reyland",
    "",
    "I consent to the procedure named above. Its risks were explained to me and I understand them.",
    "I authorize the clinic to send the results to my insurance. I may revoke this consent in writing.",
)

LOAN_LETTER = (
    "# Letter about a Loan",
    "",
    "Borrower: Ferdinand Achterberg",
    "Loan Number: 77-1043",
    "Total Due: $12,480.00",
    "",
    "The first rate is due on the first working day of May.",
    "Please write to us if the sum above is not the one that we agreed on.",
)
LOAN_LETTER_HIDDEN = "Total Due: $1.00"
"""In the file and not on the page: what a forger wants a machine to read."""
TRAVEL_NOTE = (
    "# Note on a Journey",
    "",
    "Traveller: Ferdinand Achterberg",
    "Cost Centre: 3310",
    "",
    "I was at the clinic in Alton for two days to look at the new scanner.",
    "The ticket is below, as the machine printed it. Nobody has typed it in.",
)
TICKET: Pairs = (
    ("Ticket Number", "40-2291"),
    ("Fare", "$86.40"),
    ("Paid By", "Card"),
)
"""What stands in the picture on the note's page, and nowhere in its text."""

ARABIC_LETTER = (
    "رسالة من العيادة",
    "",
    "اسم المريضة: ليلى الحداد",
    "تاريخ الزيارة: 2026-11-03",
    "الهاتف: 206-555-0188",
    "المبلغ المستحق: $318.40",
    "",
    "زارت ليلى العيادة بسبب آلام في الركبة.",
    "خرجت المريضة في حالة جيدة ولا تحتاج إلى زيارة أخرى.",
)
"""Letter of the clinic; patient, day of the visit, phone, amount due; her knee hurt, and she needs no second visit."""

MINUTES = """# Minutes of the quality round

Date: 2026-03-12
Chair: Dr. Helena Marsh

## Waiting times

The median wait for a first visit fell from 19 to 14 days. Evening hours on Tuesday made most of the difference,
and the practice will keep them until the end of the year.

## Phone

| Month | Calls | Missed |
|-------|-------|--------|
| January | 2,140 | 212 |
| February | 1,985 | 131 |

One call in fifteen is still missed; a call-back list starts on April 1.
"""

WEB_PAGE = """<!doctype html>
<html lang="en"><head><title>Patient guide</title>
<style>body { color: #222 } .hidden { display: none }</style>
<script>document.cookie = "stolen"; var secret = "must not be summarised";</script></head>
<body onload="alert('must not run')">
<!-- a note to the editor, which is no content -->
<h1>Before your appointment</h1>
<p>Please come ten minutes early and bring your insurance card and a list of the medicines that you take.</p>
<p>If you cannot come, call us at least one day before. Appointments that are missed without a call cost $25.</p>
<table><tr><th>Day</th><th>Hours</th></tr><tr><td>Monday</td><td>8 am to 5 pm</td></tr></table>
<script type="application/json">{"also": "not content"}</script>
<noscript>This page works without scripts.</noscript>
</body></html>
"""

PLAIN_NOTE = """Note on a telephone call

Caller: Ren\u00e9e Lef\u00e8vre
Phone: (617) 555-0158
Date: 2026-01-27

Mrs. Lef\u00e8vre asks whether she may take her tablets in the evening. She was told to go on as before until the doctor
calls back. The doctor called at 4 pm and changed the time to the evening meal. No further visit is needed.
"""

_COMPLAINTS = ("a sore throat", "back pain", "a sprained ankle", "a rash on both arms", "headaches", "dizziness")
_ADVICE = (
    "rest for three days",
    "physiotherapy once a week",
    "a cold compress twice a day",
    "a new ointment for ten days",
    "a diary of the attacks",
    "a check of the blood pressure every morning",
)


def visit(number: int) -> str:
    """A short note on a visit, another one for each number."""
    complaint, advice = _COMPLAINTS[number % 6], _ADVICE[number // 6 % 6]
    return (
        f"Visit note {number:04}\n"
        f"Patient Name: Patient {number:04}\n"
        f"Visit Date: 2026-{number % 12 + 1:02}-{number % 28 + 1:02}\n"
        f"Phone: (206) 555-01{number % 100:02}\n"
        f"Balance Due: ${20 + number % 180}.00\n"
        "\n"
        f"The patient came with {complaint} that began {number % 9 + 2} days ago.\n"
        f"The examination found nothing that needs a specialist, and the advice was {advice}.\n"
        f"The next visit is planned in {number % 5 + 1} weeks unless the complaint is gone by then.\n"
    )


def receipt(number: int) -> Pairs:
    """Lines of a receipt, others for each number."""
    return (
        ("Receipt Number", f"R-{number:05}"),
        ("Date", f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}"),
        ("Received From", f"Patient {number:04}"),
        ("Amount", f"${35 + number % 400}.50"),
        ("Payment For", "Office visit"),
        ("Phone", f"(206) 555-01{number % 100:02}"),
    )


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

#: All parts of a DOCX but ``word/document.xml``.
DOCX_PARTS = {
    "[Content_Types].xml": (
        f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_OFFICE}.document.main+xml"/>'
        f'<Override PartName="/word/styles.xml" ContentType="{_OFFICE}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
        '<Relationship Id="rId1" Target="word/document.xml"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
    ),
    "word/_rels/document.xml.rels": (
        f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
        '<Relationship Id="rId1" Target="styles.xml"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>'
    ),
    "word/styles.xml": (
        f'{_DECLARATION}<w:styles xmlns:w="{WORD}"><w:style w:type="paragraph" w:styleId="Heading1">'
        '<w:name w:val="heading 1"/></w:style></w:styles>'
    ),
}


def memo_xml() -> str:
    """``word/document.xml`` of the memo."""

    def run(text: str) -> str:
        return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'

    def paragraph(text: str, style: str = "") -> str:
        properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f"<w:p>{properties}{run(text)}</w:p>"

    def row(*cells: str) -> str:
        return "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in cells) + "</w:tr>"

    body = (
        paragraph("Clinic hours from April", "Heading1"),
        paragraph("From: Office of the practice"),
        paragraph("Date: 2026-03-20"),
        paragraph("From April on the clinic is open one evening a week. Blood tests stay in the morning."),
        "<w:tbl>",
        row("Day", "Opens", "Closes"),
        row("Monday", "8 am", "5 pm"),
        row("Tuesday", "8 am", "8 pm"),
        "</w:tbl>",
        paragraph("Please tell patients who call for a late appointment."),
    )
    return f'{_DECLARATION}<w:document xmlns:w="{WORD}"><w:body>{"".join(body)}</w:body></w:document>'
