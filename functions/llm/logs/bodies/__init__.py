"""What people asked and what a model said, out of the request and answer bodies that Bedrock logs.

A body is told by its shape, not by the model's id: an imported model or an application inference profile has an id
that says nothing, and one provider has had several shapes. Nothing here raises, whatever JSON comes.

prompts: The last user turn in a request body.
whole_answers: Converse's answer, and InvokeModel's of each provider.
streamed_answers: The chunks of InvokeModelWithResponseStream, each as the provider sent it.
speech: The events of a conversation by voice: what the model heard, and what it said, as text.
guardrails: What a guardrail's trace says that it did: blocked, masked, by which policies.
thoughts: An answer without the thoughts in front of it.
blocks: Content blocks of Converse, Anthropic and OpenAI: texts, tool calls, reasoning.
reply: What all shapes are read into: text without thoughts, stop reasons under one name, tokens, latency.
"""

from __future__ import annotations

from llm.logs.bodies.prompts import prompt_of
from llm.logs.bodies.reply import Reply
from llm.logs.bodies.streamed_answers import parsed, reply_of_chunks
from llm.logs.bodies.whole_answers import reply_of_body

__all__ = ["Reply", "parsed", "prompt_of", "reply_of"]


def reply_of(body: object) -> Reply:
    """The answer in an output body: a dict, or for InvokeModelWithResponseStream the list of its chunks."""
    return reply_of_chunks(body) if isinstance(body, list) else reply_of_body(body)
