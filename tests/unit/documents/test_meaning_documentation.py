"""What docs/documents.md says of types, fields, flags and models is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from documents.meaning import flags, packets
from documents.meaning.vocabulary import document_types
from documents.summary import chosen_model, kept_summary, summarizing
from documents.summary.providers import bedrock, sagemaker

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "documents.md").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "functions" / "documents").rglob("*.py"))
NUMBERS = {15: "fifteen", 20: "twenty", 5: "five"}


def test_every_flag_of_the_code_is_in_the_table_and_no_other():
    raised = set(re.findall(r'Flag\(\s*"([A-Z_]+)"', CODE)) | set(re.findall(r'Normalised\([^"]*"([A-Z_]+)"', CODE))
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert len(raised) > 10
    assert listed == raised


def test_the_map_of_flags_names_the_module_of_every_code():
    """A person who looks for a code finds its rule from the map alone."""
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    chapters = re.split(r"^(?=\w+: )|\n\n", flags.__doc__ or "", flags=re.MULTILINE)
    own = {code: row.partition(":")[0] for row in chapters for code in re.findall(r"\b[A-Z]+_[A-Z_]+\b", row)}
    assert own.keys() == listed
    folder = Path(flags.__file__).parent
    for code, module in own.items():
        if module.isidentifier():
            assert f'"{code}"' in (folder / f"{module}.py").read_text(encoding="utf-8"), code
    pointed = re.findall(r"([A-Z]+_[A-Z_]+)(?: is decided)? in\s+``([a-z._]+)``", flags.__doc__ or "")
    for code, module in pointed:
        file = f"{module.replace('.', '/')}.py"
        room = next(parent for parent in (folder.parent, folder.parents[1]) if (parent / file).exists())
        assert f'"{code}"' in (room / file).read_text(encoding="utf-8"), code


def test_the_numbers_are_those_of_the_code():
    assert f"lists {NUMBERS[len(document_types.shipped())]} types" in PAGE
    assert f"counts {document_types.TITLE}, a key of a form {document_types.KEY}, a word {document_types.WORD}" in PAGE
    assert f"Below {document_types.ENOUGH} points" in PAGE
    assert f"over {packets.MOST_DOCUMENTS} documents" in PAGE
    limits = summarizing.Limits()
    assert limits == summarizing.Limits(kept_summary.Settings().chunk_characters, kept_summary.Settings().most_chunks)
    flat = " ".join(PAGE.split())
    assert f"Longer documents than {limits.characters:,} characters" in flat
    assert f"at most {NUMBERS[limits.parts]}, and" in flat
    assert f"down to {summarizing.SMALLEST:,} characters" in flat
    assert f"at most {NUMBERS[chosen_model.MOST_GENERATIONS]} objects" in flat


def test_the_formats_of_endpoints_are_named():
    for form in sagemaker.DEFAULTS:
        assert form in PAGE
    assert all(
        len(defaults) <= chosen_model.MOST_GENERATIONS for defaults in (bedrock.DEFAULTS, *sagemaker.DEFAULTS.values())
    )
