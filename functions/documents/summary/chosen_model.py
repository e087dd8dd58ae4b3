"""Which model is asked, under which generation settings, as ModelProvider, ModelId and ParametersList say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from common.spending import Purse
from documents.errors import ModelSettingsInvalid
from documents.summary.paid import Paid
from documents.summary.providers.base import Generation, Guardrail, Keep, Provider, afresh
from documents.summary.remembered import Remembered

MOST_GENERATIONS = 5
"""Generation settings that one answer is tried with."""


@dataclass(frozen=True)
class Settings:
    """What the environment of a handler that asks a model says about it."""

    model_provider: str = "bedrock"
    model_id: str = ""
    sagemaker_endpoint: str = ""
    sagemaker_format: str = "hugging-face"
    guardrail: str = ""
    """``id:version``, empty for none."""


def provider(wanted: Settings, purse: Purse, keep: Keep = afresh) -> Provider:
    """The model that the settings name, behind their guardrail; ``keep`` keeps what either of them answers, and what it
    does not have is paid from ``purse``.

    Raises ModelSettingsInvalid.
    """
    from documents.summary.providers import guarded

    guardrail = _guardrail(wanted.guardrail)
    asked = Remembered(Paid(_unguarded(wanted, guardrail), purse), keep, wanted.guardrail)
    if guardrail is None:
        return asked
    return guarded.Guarded(asked, guardrail, purse, wanted.model_provider == "bedrock", keep)


def _unguarded(wanted: Settings, guardrail: Guardrail | None) -> Provider:
    from documents.summary.providers import bedrock, sagemaker

    if wanted.model_provider == "bedrock" and wanted.model_id:
        return bedrock.Bedrock(wanted.model_id, guardrail)
    if wanted.model_provider == "sagemaker" and wanted.sagemaker_endpoint:
        for form in sagemaker.DEFAULTS:
            if wanted.sagemaker_format == form:
                return sagemaker.SageMaker(wanted.sagemaker_endpoint, form)
        raise ModelSettingsInvalid("Set SageMakerFormat to hugging-face or jumpstart.")
    raise ModelSettingsInvalid(
        "Set ModelProvider to bedrock and ModelId to a model or an inference profile, or ModelProvider to sagemaker "
        "and SageMakerEndpoint to an endpoint's name."
    )


def _guardrail(text: str) -> Guardrail | None:
    if not text:
        return None
    name, _, version = text.rpartition(":")
    if not name or not re.fullmatch("DRAFT|[1-9][0-9]{0,7}", version):
        raise ModelSettingsInvalid(
            "Set Guardrail to a guardrail's id and version, such as abcd1234efgh:1, or to nothing."
        )
    return Guardrail(name, version)


def spoken(wanted: Settings) -> str:
    """How the model is spoken to: ``bedrock``, or the form in which an endpoint is asked."""
    return "bedrock" if wanted.model_provider == "bedrock" else wanted.sagemaker_format


def generations(wanted: Settings, parameters_list: str) -> tuple[Generation, ...]:
    """``parameters_list``: a JSON list of generation settings, tried in order; the provider's own list where it is
    empty. Raises ModelSettingsInvalid."""
    from documents.summary.providers import bedrock, sagemaker

    if listed := _listed(parameters_list):
        return listed
    form = spoken(wanted)
    return next((defaults for name, defaults in sagemaker.DEFAULTS.items() if name == form), bedrock.DEFAULTS)


def _listed(text: str) -> tuple[Generation, ...]:
    if not text.strip():
        return ()
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    listed = isinstance(found, list) and all(isinstance(each, dict) for each in found)
    if not listed or len(found) > MOST_GENERATIONS:
        raise ModelSettingsInvalid(
            f'Set ParametersList to a JSON list of at most {MOST_GENERATIONS} objects, such as [{{"temperature": 0}}].'
        )
    return tuple(found)
