"""Excel workbooks made by their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.unit.documents import files

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def cell(place: str, value: str | float, style: int = 0) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def sheet(*rows: Sequence[str | float | None], before: str = "", behind: str = "", hidden: Sequence[int] = ()) -> str:
    made = ""
    for y, row in enumerate(rows):
        cells = "".join(cell(f"{letters(x)}{y + 1}", value) for x, value in enumerate(row) if value is not None)
        made += f'<row r="{y + 1}"{" hidden=" + chr(34) + "1" + chr(34) if y in hidden else ""}>{cells}</row>'
    return f"{before}<sheetData>{made}</sheetData>{behind}"


def workbook(
    sheets: Mapping[str, str], *, states: Mapping[str, str] | None = None, styles: str = "",
    extra: Mapping[str, bytes] | None = None,
) -> bytes:  # fmt: skip
    """``sheets``: by name, what stands in ``worksheet``; ``states``: "hidden", "veryHidden"."""
    named, relations, types = "", "", ""
    parts: dict[str, bytes] = {}
    for number, (name, inner) in enumerate(sheets.items(), 1):
        state = f' state="{states[name]}"' if states and name in states else ""
        named += f'<sheet name="{name}" sheetId="{number}" r:id="s{number}"{state}/>'
        relations += f'<Relationship Id="s{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        types += f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{TYPE}.worksheet+xml"/>'
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{MAIN}">{inner}</worksheet>'.encode()
    relations += f'<Relationship Id="st" Type="{OFFICE}/styles" Target="styles.xml"/>'
    usual = '<fonts><font/></fonts><fills><fill/></fills><cellXfs><xf/><xf numFmtId="14"/></cellXfs>'
    return files.zipped(
        {
            "[Content_Types].xml": (
                f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
                '"application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>{types}</Types>'
            ).encode(),
            "_rels/.rels": (
                f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
                f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ).encode(),
            "xl/workbook.xml": (
                f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>'
            ).encode(),
            "xl/_rels/workbook.xml.rels": (
                f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'
            ).encode(),
            "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles or usual}</styleSheet>'.encode(),
            **parts,
            **(extra or {}),
        }
    )
