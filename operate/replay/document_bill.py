"""What documents would cost once more, as far as that is known of their last run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from operate import amounts
from operate.cost import prices as list_prices
from operate.cost.documents import DEFAULT_MODEL
from operate.errors import OperateError
from operate.replay.kept import json_of


@dataclass(frozen=True)
class Known:
    """What is known of a document's last run. ``pages`` that Textract would read; ``kept``, whose answer it need not
    give again; ``units`` of Comprehend for its text, asked once; ``tokens`` of the model, input and output."""

    pages: int
    kept: int
    units: int
    tokens: int


def questions(parameters: Mapping[str, str]) -> str:
    """What the stack asks of Textract now, as the name under which answers are kept. Raises OperateError."""
    from documents.errors import AnalysisRefused
    from documents.textract import features

    wanted = features.Settings(parameters.get("FeatureTypes", ""), parameters.get("Queries", ""))
    try:
        return features.fingerprint(features.of(wanted))
    except AnalysisRefused as error:
        raise OperateError(str(error)) from error


def of(s3: Any, summaries: str, asked: str, key: str) -> Known | None:
    """None for a document without a summary. ``asked``: answers to other questions count as none."""
    from documents import keys
    from documents.intake import claims
    from documents.model import Source

    found = json_of(s3, summaries, keys.summary(key))
    if found is None:
        return None
    about = found["document"]
    source = Source(about["bucket"], about["key"], about["etag"], about["sequencer"], about["version_id"], 0)
    marker = json_of(s3, summaries, keys.step(claims.work(source), "answer")) or {}
    pages = about["pages"] if about["route"] != "text" else 0
    kept = pages if marker.get("questions") == asked else 0
    text = json_of(s3, summaries, keys.text(key)) or {"pages": []}
    units = comprehend_units([line for page in text["pages"] for line in page["lines"]])
    return Known(pages - kept, kept, units, found["model"]["tokens"] or 0)


def comprehend_units(text: Sequence[str]) -> int:
    """What Comprehend bills to be asked once for all lines: a request for each piece that it takes, three units at
    least for each (``documents.meaning.entities``)."""
    from documents.meaning import chunks
    from documents.meaning.entities import LEAST_CHARACTERS, UNIT_CHARACTERS
    from services.comprehend import MOST_TEXT_BYTES

    requests = [len(chunk.text) for chunk in chunks.by_bytes(text, MOST_TEXT_BYTES)]
    return sum(math.ceil(max(LEAST_CHARACTERS, characters) / UNIT_CHARACTERS) for characters in requests)


def lines(parameters: Mapping[str, str], known: Sequence[Known]) -> Iterator[str]:
    """A line for each service that would be asked."""
    pages, kept, units, tokens = (
        sum(getattr(one, name) for one in known) for name in ("pages", "kept", "units", "tokens")
    )
    page = list_prices.textract_page([name.strip() for name in parameters.get("FeatureTypes", "").split(",")])
    yield f"prices are those of operate/prices.toml ({list_prices.as_of('documents_usd')}), not compared with AWS"
    yield f"Textract: {amounts.of(pages, 'page')} to be read, {kept:,} kept: {amounts.dollars(pages * page)}"
    times = (parameters.get("DetectEntities") == "on") + (parameters.get("Redact", "none") != "none")
    if times:
        usd = times * units * list_prices.comprehend_unit()
        yield f"Comprehend: {amounts.of(times * units, 'unit')} of 100 characters, about {amounts.dollars(usd)}"
    yield _model(parameters, tokens)


def _model(parameters: Mapping[str, str], tokens: int) -> str:
    from llm import model_families, prices

    said = f"model: {amounts.of(tokens, 'token')} in the last run"
    if parameters.get("ModelProvider", "bedrock") != "bedrock":
        return f"{said}; the endpoint of SageMaker is billed by the hour"
    model = parameters.get("ModelId") or DEFAULT_MODEL
    price = prices.load().of(model, model_families.family(model), datetime.now(UTC).date())
    if price is None:
        return f"{said}; no price of {model} is known (functions/llm/prices.toml)"
    least, most = (amounts.usd(tokens * rate / 1e6) for rate in (price.rates.input, price.rates.output))
    return f"{said}, {least} US dollars at the price of input of {model}, {most} at that of output"
