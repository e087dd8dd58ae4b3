"""A provider behind a guardrail of Bedrock: what goes in, what comes out, or both is checked by ApplyGuardrail.

Converse checks prompts by itself where it is given the guardrail, and answers that are text; it does not look into the
input of a tool that the model is made to call. An endpoint of SageMaker checks nothing by itself.

A check is billed, and comes before and after a model that is billed too. So each check is kept by itself: one that is
throttled asks again neither for the checks before it nor, where the model's answer is kept likewise, for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from common import aws
from common.content import text_cuts
from common.spending import Purse
from documents.errors import ModelRefused, ModelThrottled, ModelUnavailable
from documents.summary.providers.base import Completion, Generation, Guardrail, Keep, Prompt, Provider, afresh
from services import bedrock

STOPPED = "guardrail_intervened"
"""Converse's own name for it."""
MOST_CHARACTERS = 20_000
"""Of one ApplyGuardrail call, within the 25 text units of a thousand characters that it takes."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """``purse``: each check is paid from it. ``own_check``: the provider checks prompts, and answers without a tool, by
    itself."""

    provider: Provider
    guardrail: Guardrail
    purse: Purse
    own_check: bool
    keep: Keep = afresh

    @property
    def model_id(self) -> str:
        return self.provider.model_id

    def complete(self, prompt: Prompt, generation: Generation) -> Completion:
        """As the provider does; what the guardrail blocks is ``filtered``, what it masks is masked."""
        if not self.own_check:
            shown = self._passed("INPUT", prompt.user)
            if shown is None:
                return Completion(None, STOPPED, filtered=True)
            prompt = replace(prompt, user=shown)
        completion = self.provider.complete(prompt, generation)
        if not completion.sentences or (self.own_check and generation.get("toolChoice") == "none"):
            return completion
        said = self._passed("OUTPUT", "\n".join(completion.sentences))
        if said is None:
            return replace(completion, sentences=None, stop_reason=STOPPED, filtered=True)
        return replace(completion, sentences=tuple(line for line in said.split("\n") if line.strip()))

    def _passed(self, source: Literal["INPUT", "OUTPUT"], text: str) -> str | None:
        """The text with what the guardrail masks masked; None where it blocks any of it."""
        kept = []
        for piece in text_cuts.pieces(text, MOST_CHARACTERS, text_cuts.after_blank, text_cuts.head_by_characters):
            if not piece.strip():
                kept.append(piece)
                continue
            shown = self.keep(
                [self.guardrail.id, self.guardrail.version, source, piece], partial(self._shown, source, piece)
            )
            if shown is None:
                return None
            kept.append(shown)
        return "".join(kept)

    def _shown(self, source: Literal["INPUT", "OUTPUT"], piece: str) -> str | None:
        answer = self.purse.pay(1, lambda: self._apply(source, piece))
        if answer.get("action") != "GUARDRAIL_INTERVENED":
            return piece
        masked = [str(output.get("text", "")) for output in answer.get("outputs") or []]
        if "BLOCKED" in set(actions(answer.get("assessments"))) or not masked:
            return None
        return "".join(masked)

    def _apply(self, source: str, text: str) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        name = f"guardrail {self.guardrail.id}"
        try:
            with bedrock.patient(name, ModelThrottled, ModelUnavailable):
                return bedrock.apply_guardrail(self.guardrail.id, self.guardrail.version, source, text)
        except ClientError as error:
            raise ModelRefused(
                f"Bedrock refused {name} with {aws.code_of(error)}: give the function's role bedrock:ApplyGuardrail on "
                f"it, and look at the parameter Guardrail, which names one of this account and Region with its version."
            ) from error
        except BotoCoreError as error:
            raise ModelUnavailable(f"Bedrock could not be reached ({type(error).__name__}).") from error


def actions(value: Any) -> Iterator[str]:
    """Every ``action`` of a guardrail's policies, in assessments of whatever form: BLOCKED, ANONYMIZED, NONE."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            if name == "action" and isinstance(member, str):
                yield member
            else:
                yield from actions(member)
    elif isinstance(value, list):
        for each in value:
            yield from actions(each)
