"""Starts the local cloud, plays the chapters, says where the results are, stops."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.cloud import clients
from local.cloud.deploying import deploy
from local.cloud.settings import Settings
from local.demo.account import Client, DemoError, Tell
from local.demo.documents import chapter as documents
from local.demo.images import chapter as images
from local.demo.knowledge import chapter as knowledge
from local.demo.knowledge import papers, reading
from local.demo.llm import chapter as llm
from local.demo.llm.late import Late
from local.demo.narration import chapter as narration
from local.demo.narration import paywall, rush
from local.demo.newsroom import Newsroom
from local.demo.questions import chapter as questions
from local.demo.questions.desk import desk_of
from local.demo.training import chapter as training
from local.demo.training.desk import desk_of as models_of
from local.demo.trips import chapter as trips
from operate.cli import main as operate


def play(settings: Settings, stack: str, members: Path, folder: Path, tell: Tell, chapter: str = "") -> int:
    """Plays every chapter, or ``chapter`` alone, against the stack on ``settings``' cloud; 1 if a promise was broken.

    ``members``: the file with the private key to the stack's MembersPublicKey.
    """

    @cache
    def client(service: str) -> Any:
        return clients.client(service, settings.url, settings.region)

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    outputs = deploy.outputs(settings.url, stack, settings.region)
    chapters = _chapters(settings, stack, members, client, outputs, folder, tell)
    try:
        # Its first logs are delivered now, and have to be some minutes old when the last chapter reads them.
        late = Late(client, outputs) if chapter in ("", "llm") else None
        broken = sum(play_one() for name, play_one in chapters.items() if chapter in ("", name))
        if late is not None:
            broken += llm.play(client, outputs, stack, late, _made(folder / "models"), tell)
    except DemoError as error:
        tell(f"\nThe demo stopped: {error}")
        return 1
    tell(f"\nEverything is in {folder}")
    tell(
        "The engines are stand-ins: Polly is eSpeak NG, Athena is DuckDB, Textract is an OCR engine with rules of\n"
        "layout, Comprehend and Bedrock are rules, word lists and a grammar, SageMaker's jobs are\n"
        "scikit-learn in processes of this machine. On AWS the template runs on AWS's own."
    )
    if broken:
        tell(f"{broken} promises were broken; see NO above.")
    return int(broken > 0)


def _chapters(
    settings: Settings, stack: str, members: Path, client: Client, outputs: dict[str, str], folder: Path, tell: Tell
) -> dict[str, Callable[[], int]]:
    """All but the last one, in their order; each gives how many promises were broken."""

    def narrate() -> int:
        site = paywall.site_of(settings.url, outputs, members)
        return narration.play(Newsroom(client, outputs, stack), site, rush.Polly(settings.url), folder, tell)

    def question() -> int:
        desk = desk_of(settings.url, settings.region, outputs)
        return questions.play(client, outputs, desk, _made(folder / "questions"), tell)

    def read() -> int:
        readers = reading.readers(client, outputs, settings.url, settings.region, papers.READERS)
        return knowledge.play(client, outputs, readers, _made(folder / "knowledge"), tell)

    def train() -> int:
        desk = models_of(client, settings.url, settings.region, outputs)
        return training.play(client, outputs, desk, _operator(settings, stack), _made(folder / "training"), tell)

    return {
        "narration": narrate,
        "images": lambda: images.play(client, outputs, _made(folder / "images"), tell),
        "documents": lambda: documents.play(client, outputs, _made(folder / "documents"), tell),
        "trips": lambda: trips.play(client, outputs, _made(folder / "trips"), tell),
        "questions": question,
        "knowledge": read,
        "training": train,
    }


def _operator(settings: Settings, stack: str) -> Callable[[str, str], None]:
    """Approves a version of a model, by the command that a person has for it."""

    def approve(name: str, version: str) -> None:
        port = str(urlsplit(settings.url).port)
        where = ["--local", "--port", port, "--region", settings.region, "--stack-name", stack]
        if operate(["models", "approve", name, version, *where]):
            raise DemoError(f"The operator could not approve {version} of {name}.")

    return approve


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
