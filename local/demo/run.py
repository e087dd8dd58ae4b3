"""Starts the local cloud, plays the chapters, says where the results are, stops."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

from local.cloud import clients
from local.cloud.deploying import deploy
from local.cloud.settings import Settings
from local.demo.account import DemoError, Tell
from local.demo.documents import chapter as documents
from local.demo.images import chapter as images
from local.demo.llm import chapter as llm
from local.demo.llm.late import Late
from local.demo.narration import chapter as narration
from local.demo.narration import paywall, rush
from local.demo.newsroom import Newsroom
from local.demo.trips import chapter as trips


def play(settings: Settings, stack: str, members: Path, folder: Path, tell: Tell) -> int:
    """Plays every chapter against the stack on ``settings``' cloud; 1 if a promise was broken.

    ``members``: the file with the private key to the stack's MembersPublicKey.
    """

    @cache
    def client(service: str) -> Any:
        return clients.client(service, settings.url, settings.region)

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    outputs = deploy.outputs(settings.url, stack, settings.region)
    try:
        late = Late(client, outputs)
        site = paywall.site_of(settings.url, outputs, members)
        broken = narration.play(Newsroom(client, outputs, stack), site, rush.Polly(settings.url), folder, tell)
        broken += images.play(client, outputs, _made(folder / "images"), tell)
        broken += documents.play(client, outputs, _made(folder / "documents"), tell)
        broken += trips.play(client, outputs, _made(folder / "trips"), tell)
        broken += llm.play(client, outputs, stack, late, _made(folder / "models"), tell)
    except DemoError as error:
        tell(f"\nThe demo stopped: {error}")
        return 1
    tell(f"\nEverything is in {folder}")
    tell(
        "The engines are stand-ins: Polly is eSpeak NG, Athena is DuckDB, Textract is an OCR engine with rules of\n"
        "layout, Comprehend and Bedrock are rules and word lists. On AWS the template runs on AWS's own."
    )
    if broken:
        tell(f"{broken} promises were broken; see NO above.")
    return int(broken > 0)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
