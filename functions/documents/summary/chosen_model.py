"""Which model summarises, under which generation settings, as ModelProvider, ModelId and ParametersList say."""

from __future__ import annotations

import json

from documents.errors import ModelSettingsInvalid
from documents.summary.providers import bedrock, sagemaker
from documents.summary.providers.base import Generation, Provider

MOST_GENERATIONS = 5
"""Generation settings that one answer is tried with."""


def chosen(
    model_provider: str, model_id: str, endpoint: str, endpoint_format: str, parameters_list: str
) -> tuple[Provider, tuple[Generation, ...]]:
    """The provider that the settings name, with the generation settings to try. Raises ModelSettingsInvalid.

    ``parameters_list``: a JSON list of generation settings, tried in order; the provider's own list where it is empty.
    """
    if model_provider == "bedrock" and model_id:
        return bedrock.Bedrock(model_id), _generations(parameters_list) or bedrock.DEFAULTS
    if model_provider == "sagemaker" and endpoint:
        for form, defaults in sagemaker.DEFAULTS.items():
            if endpoint_format == form:
                return sagemaker.SageMaker(endpoint, form), _generations(parameters_list) or defaults
        raise ModelSettingsInvalid("Set SageMakerFormat to hugging-face or jumpstart.")
    raise ModelSettingsInvalid(
        "Set ModelProvider to bedrock and ModelId to a model or an inference profile, or ModelProvider to sagemaker "
        "and SageMakerEndpoint to an endpoint's name."
    )


def _generations(text: str) -> tuple[Generation, ...]:
    if not text.strip():
        return ()
    try:
        generations = json.loads(text)
    except ValueError:
        generations = None
    listed = isinstance(generations, list) and all(isinstance(each, dict) for each in generations)
    if not listed or len(generations) > MOST_GENERATIONS:
        raise ModelSettingsInvalid(
            f'Set ParametersList to a JSON list of at most {MOST_GENERATIONS} objects, such as [{{"temperature": 0}}].'
        )
    return tuple(generations)
