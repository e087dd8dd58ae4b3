"""Amazon Bedrock by Converse. The answer comes as JSON, as the input of a tool that the model is made to call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common import aws
from common.observability import count
from documents.errors import ModelRefused, ModelSettingsInvalid, ModelThrottled, ModelUnavailable
from documents.summary.providers import completions, guarded
from documents.summary.providers.base import (
    AS_SENTENCES,
    AS_TYPE,
    Completion,
    Generation,
    Guardrail,
    Prompt,
    PromptRefused,
)
from services import bedrock

TOOL = "record_summary"
DEFAULTS: tuple[Generation, ...] = (
    {"temperature": 0, "maxTokens": 1500},
    {"temperature": 0.4, "maxTokens": 4000},
    {"temperature": 0.8, "maxTokens": 4000},
)
_SPEC = {
    "name": TOOL,
    "description": "Records the summary of the document.",
    "inputSchema": {
        "json": {
            "type": "object",
            "properties": {
                "sentences": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "The summary, one whole sentence per item, in reading order.",
                }
            },
            "required": ["sentences"],
        }
    },
}
TYPE_TOOL = "record_type"
_AS_TOOL = "Answer only by calling the tool {name}."
_AS_JSON = "Answer only with JSON of the form {form}, without a word around it."
_INFERENCE = frozenset({"temperature", "topP", "maxTokens", "stopSequences"})
_FILTERS = frozenset({"content_filtered", "guardrail_intervened"})
"""Stop reasons after which what stands in the answer is not the model's, or not to be shown."""


@dataclass(frozen=True, slots=True)
class Bedrock:
    """``model_id``: a model's id, an inference profile's, or the ARN of either. ``guardrail`` checks prompts, and
    answers that are text."""

    model_id: str
    guardrail: Guardrail | None = None

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """One Converse call. ``generation``: inferenceConfig's members; ``toolChoice`` tool (default), any, auto or
        none, for models that cannot be made to call a certain tool; anything else goes into
        additionalModelRequestFields.

        Raises PromptRefused, ModelRefused, ModelSettingsInvalid, ModelThrottled, ModelUnavailable.
        """
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        try:
            with bedrock.patient(self.model_id, ModelThrottled, ModelUnavailable):
                answer = bedrock.converse(_request(self, prompt, generation))
        except ClientError as error:
            raise _refusal(aws.code_of(error), self) from error
        except ParamValidationError:
            # Not "from error": its message may hold what was sent.
            raise ModelSettingsInvalid(
                "Converse does not take these settings: look at ParametersList, where temperature and topP are "
                "numbers, maxTokens is a whole number, stopSequences a list of texts, and toolChoice tool, any, auto "
                "or none."
            ) from None
        except BotoCoreError as error:
            raise ModelUnavailable(f"Bedrock could not be reached ({type(error).__name__}).") from error
        _tally(answer.get("usage") or {})
        return _completion(answer, prompt.names)


def _tally(usage: Mapping[str, Any]) -> None:
    """Counts what the call is billed for: input and output have prices of their own. Kept answers come not here."""
    count("ModelInputTokens", usage.get("inputTokens") or 0)
    count("ModelOutputTokens", usage.get("outputTokens") or 0)


def _request(model: Bedrock, prompt: Prompt, generation: Generation) -> dict[str, Any]:
    choice = generation.get("toolChoice", "tool")
    spec = _type_spec(prompt.names) if prompt.names else _SPEC
    how = _AS_JSON.format(form=AS_TYPE if prompt.names else AS_SENTENCES)
    if choice != "none":
        how = _AS_TOOL.format(name=spec["name"])
    request: dict[str, Any] = {
        "modelId": model.model_id,
        "system": [{"text": f"{prompt.system}\n\n{how}"}],
        "messages": [{"role": "user", "content": [{"text": prompt.user}]}],
        "inferenceConfig": {name: value for name, value in generation.items() if name in _INFERENCE},
    }
    if choice != "none":
        tool_choice = {"tool": {"name": spec["name"]}} if choice == "tool" else {choice: {}}
        request["toolConfig"] = {"tools": [{"toolSpec": spec}], "toolChoice": tool_choice}
    if model.guardrail is not None:
        request["guardrailConfig"] = {
            "guardrailIdentifier": model.guardrail.id,
            "guardrailVersion": model.guardrail.version,
            "trace": "enabled",  # masked or blocked: the stop reason is the same
        }
    extra = {name: value for name, value in generation.items() if name not in _INFERENCE | {"toolChoice"}}
    if extra:
        request["additionalModelRequestFields"] = extra
    return request


def _type_spec(names: Sequence[str]) -> dict[str, Any]:
    properties = {
        "type": {"type": "string", "enum": list(names)},
        "confidence": {"type": "number", "description": "From 0, a guess, to 1, beyond doubt."},
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {
        "name": TYPE_TOOL,
        "description": "Records the type of the document.",
        "inputSchema": {"json": schema},
    }


def _completion(answer: dict[str, Any], names: Sequence[str]) -> Completion:
    reason = str(answer.get("stopReason", ""))
    if reason == "model_context_window_exceeded":
        raise PromptRefused("The document's part does not fit into the model's context.")
    tokens = answer.get("usage", {}).get("totalTokens")
    if reason in _FILTERS and not _is_masked(answer):
        return Completion(None, reason, tokens=tokens, filtered=True)
    content = answer.get("output", {}).get("message", {}).get("content") or []
    calls = [block["toolUse"].get("input") for block in content if "toolUse" in block]
    texts = [completions.without_thoughts(block["text"]) for block in content if block.get("text")]
    if names:
        said = [*calls, "\n".join(texts)]
        chosen = next((named for each in said if (named := completions.choice(each, names)) is not None), None)
        return Completion(None, reason, tokens=tokens, choice=chosen)
    sentences = next((found for call in calls if (found := completions.from_tool(call)) is not None), None)
    if sentences is None:
        sentences = completions.from_text("\n".join(texts))
    return Completion(sentences, reason, cut=reason == "max_tokens", tokens=tokens)


def _is_masked(answer: dict[str, Any]) -> bool:
    """Whether a guardrail has intervened by masking alone: what is left may be shown."""
    seen = set(guarded.actions(answer.get("trace")))
    return "ANONYMIZED" in seen and "BLOCKED" not in seen


def _refusal(code: str, model: Bedrock) -> Exception:
    model_id = model.model_id
    also = (
        f" Look at the guardrail {model.guardrail.id} and bedrock:ApplyGuardrail on it too." if model.guardrail else ""
    )
    if code == "ValidationException":
        return PromptRefused(
            f"Bedrock refused the request to {model_id} as invalid, however short it was: look at ModelId (newer "
            f"models are only reached by an inference profile), at ParametersList, and whether the model can use "
            f"tools.{also}"
        )
    if code == "AccessDeniedException":
        return ModelRefused(
            f"The function may not invoke {model_id}: give the account access to the model in Bedrock's console, and "
            f"the role bedrock:InvokeModel on it; for an inference profile on the profile and on the foundation models "
            f"behind it, in every Region that it routes to.{also}"
        )
    return ModelRefused(f"Bedrock refused {model_id} with {code}; look at ModelId and the Region.{also}")
