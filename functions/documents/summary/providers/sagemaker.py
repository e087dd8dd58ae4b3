"""A model behind a SageMaker endpoint, asked in either of the two forms that most text models there speak.

``hugging-face``: ``{"inputs", "parameters"}`` (Hugging Face containers, TGI, LMI); ``jumpstart``: ``{"text_inputs",
...}`` (the first JumpStart text models). Their answers are told by their shape, whichever was asked.
Such models write prose; it is divided into sentences here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from common import aws
from documents.errors import ModelRefused, ModelThrottled, ModelUnavailable
from documents.summary.providers import answers, completions
from documents.summary.providers.base import AS_TYPE, Completion, Generation, Prompt, PromptRefused
from services import sagemaker_runtime

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

Format = Literal["hugging-face", "jumpstart"]
DEFAULTS: Mapping[Format, tuple[Generation, ...]] = {
    "hugging-face": (
        {"max_new_tokens": 400, "do_sample": False, "return_full_text": False},
        {"max_new_tokens": 800, "do_sample": False, "return_full_text": False, "repetition_penalty": 1.2},
        {"max_new_tokens": 800, "do_sample": True, "temperature": 0.7, "top_p": 0.9, "return_full_text": False}
        | {"repetition_penalty": 1.2},
    ),
    "jumpstart": (
        {"max_length": 400, "num_return_sequences": 1},
        {"max_length": 800, "num_return_sequences": 1, "no_repeat_ngram_size": 4},
        {
            "max_length": 800,
            "num_return_sequences": 1,
            "no_repeat_ngram_size": 4,
            "do_sample": True,
            "temperature": 0.7,
        },
    ),
}
_AS_PROSE = "Answer with the sentences of the summary alone."
_AS_JSON = f"Answer with JSON of the form {AS_TYPE} alone."
_FILTERS = frozenset({"content_filter", "content_filtered", "guardrail_intervened"})
"""Reasons to stop of containers that filter by themselves."""
_ENDS = ".!?\"')]”»…:\u3002\uff01\uff1f"


@dataclass(frozen=True, slots=True)
class SageMaker:
    endpoint: str
    format: Format

    @property
    def model_id(self) -> str:
        return f"sagemaker:{self.endpoint}"

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """One InvokeEndpoint call; ``generation`` goes to the model as it is."""
        from botocore.exceptions import BotoCoreError, ClientError

        how, begin = (_AS_JSON, "Type:") if prompt.names else (_AS_PROSE, "Summary:")
        text = f"{prompt.system}\n\n{how}\n\n{prompt.user}\n\n{begin}"
        body = _body(text, generation, self.format)
        if len(body) > sagemaker_runtime.MOST_BYTES:
            raise PromptRefused(f"SageMaker takes at most {sagemaker_runtime.MOST_BYTES} bytes.")
        try:
            with sagemaker_runtime.patient(self.endpoint, ModelThrottled, ModelUnavailable):
                answer = sagemaker_runtime.invoke(self.endpoint, body)
        except ClientError as error:
            raise _refusal(error, self.endpoint) from error
        except BotoCoreError as error:
            raise ModelUnavailable(f"The endpoint could not be reached ({type(error).__name__}).") from error
        return _completion(answer, text, prompt.names)


def _body(text: str, generation: Generation, form: Format) -> bytes:
    if form == "jumpstart":
        return json.dumps({"text_inputs": text, **generation}).encode()
    return json.dumps({"inputs": text, "parameters": dict(generation)}).encode()


def _completion(answer: bytes, prompt: str, names: Sequence[str]) -> Completion:
    try:
        document = json.loads(answer)
    except (ValueError, RecursionError):
        return Completion(None, "unreadable")
    text = answers.written(document)
    if text is None:
        return Completion(None, "unreadable")
    reason, tokens = answers.details(document)
    if reason in _FILTERS:
        return Completion(None, reason, tokens=tokens, filtered=True)
    # Without return_full_text=false a text-generation model says the prompt again first.
    text = completions.without_thoughts(text.removeprefix(prompt).strip())
    if names:
        return Completion(None, reason or "end", tokens=tokens, choice=completions.choice(text, names))
    sentences = completions.from_text(text)
    if sentences is None:
        sentences = completions.from_prose(text)
    cut = reason == answers.CUT or (
        not reason and bool(sentences) and not text.endswith(tuple(_ENDS)) and "{" not in text
    )
    return Completion(sentences, reason or (answers.CUT if cut else "end"), cut, tokens)


def _refusal(error: ClientError, endpoint: str) -> Exception:
    code = aws.code_of(error)
    if code == "ModelError":
        return _model_error(error, endpoint)
    if code == "AccessDeniedException":
        return ModelRefused(f"Allow the function's role sagemaker:InvokeEndpoint on the endpoint {endpoint}.")
    return ModelRefused(
        f"SageMaker refused the endpoint {endpoint} with {code}; look at SageMakerEndpoint: it has to be InService in "
        f"this account and Region."
    )


def _model_error(error: ClientError, endpoint: str) -> Exception:
    """What the model's container answered."""
    if status := sagemaker_runtime.refused_request(error):
        return PromptRefused(
            f"The model behind {endpoint} refused the request ({status}), however short it was: look at "
            f"SageMakerFormat and ParametersList, and at the endpoint's log."
        )
    answer = error.response.get("OriginalStatusCode")
    return ModelUnavailable(f"The model behind {endpoint} failed ({answer}); its log in CloudWatch says why.")
