"""One side of ``bench.documents`` in a process of its own: ``python -m bench.sides.documents_side SIDE ANSWER ROUNDS``.

From the bytes of one of Textract's answers to lines, pairs and tables, each by the library's own way. Prints, as JSON,
CPU milliseconds for the import, the first answer and the median of the later ones, the peak memory, and how many lines,
pairs and tables came out. Sides: ``ours`` (documents.textract.blocks), ``trp`` and ``trp2``
(amazon-textract-response-parser), ``textractor`` (amazon-textract-textractor). Imports nothing of the project before
the clock runs.
"""

import json
import statistics
import sys
import time
from pathlib import Path

from bench.sides import peak

FUNCTIONS = str(Path(__file__).resolve().parents[2] / "functions")


def ours():
    sys.path.insert(0, FUNCTIONS)
    from documents.textract import blocks

    def read(body):
        content = blocks.extract([blocks.load(body)])
        lines = [line.text for line in content.lines]
        return lines, [(form.key, form.value) for form in content.forms], [table.rows for table in content.tables]

    return read


def trp():
    import trp

    def read(body):
        pages = trp.Document(json.loads(body)).pages
        lines = [line.text for page in pages for line in page.lines]
        pairs = [
            (field.key.text, field.value.text if field.value else "") for page in pages for field in page.form.fields
        ]
        tables = [
            [[cell.mergedText for cell in row.cells] for row in table.rows] for page in pages for table in page.tables
        ]
        return lines, pairs, tables

    return read


def trp2():
    from trp.trp2 import TDocument, TDocumentSchema

    def read(body):
        document = TDocumentSchema().load(json.loads(body))
        lines, pairs, tables = [], [], []
        for page in document.pages:
            lines += [line.text for line in document.lines(page)]
            for key in document.keys(page):
                value = TDocument.get_text_for_tblocks(document.value_for_key(key))
                pairs.append((words_of(document, key), value))
            tables += [
                [words_of(document, cell) for cell in children(document, table)] for table in document.tables(page)
            ]
        return lines, pairs, tables

    def children(document, block):
        return document.get_blocks_for_relationships(block.get_relationships_for_type())

    def words_of(document, block):
        return TDocument.get_text_for_tblocks(children(document, block))

    return read


def textractor():
    from textractor.parsers import response_parser

    def read(body):
        document = response_parser.parse(json.loads(body))
        lines = [line.text for line in document.lines]
        pairs = [(pair.key.text, pair.value.text if pair.value else "") for pair in document.key_values]
        tables = [[cell.text for cell in table.table_cells] for table in document.tables]
        return lines, pairs, tables

    return read


SIDES = {"ours": ours, "trp": trp, "trp2": trp2, "textractor": textractor}


def main(side: str, answer: str, rounds: str) -> None:
    body = Path(answer).read_bytes()
    begun = time.process_time()
    read = SIDES[side]()
    figures = {"import": (time.process_time() - begun) * 1000}
    times = []
    try:
        for _ in range(1 + int(rounds)):
            begun = time.process_time()
            parts = read(body)
            times.append((time.process_time() - begun) * 1000)
    except Exception as error:  # noqa: BLE001  which answers a library cannot read is one of the results
        print(json.dumps({"error": type(error).__name__}))
        return
    figures |= {"first": times[0], "warm": statistics.median(times[1:]), "peak": peak.megabytes()}
    print(json.dumps(figures | {"counts": [len(each) for each in parts]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
