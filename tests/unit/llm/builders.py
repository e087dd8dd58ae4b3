"""Records of Bedrock's invocation log in every shape that real logs have, made anew for each test."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from llm.model import Pair

AT = datetime(2026, 11, 20, 9, 30, 15, tzinfo=UTC)
MINUTE = int(AT.timestamp()) // 60
ACCOUNT = "123456789012"
CLAUDE = "anthropic.claude-3-5-sonnet-20240620-v1:0"
ASKED = "How do I keep basil alive through the winter?"
ANSWERED = "Give it the brightest window you have, and water it from below."
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/shop-backend/i-0abc"


def record(
    given: Any = None,
    answer: Any = None,
    *,
    operation: str = "InvokeModel",
    model: str = CLAUDE,
    request_id: str = "req-1",
    **changes: Any,
) -> dict[str, Any]:
    """A record with these bodies; a change to None leaves its member out."""
    whole: dict[str, Any] = {
        "timestamp": "2026-11-20T09:30:15Z",
        "accountId": ACCOUNT,
        "identity": {"arn": CALLER},
        "region": "us-east-1",
        "requestId": request_id,
        "operation": operation,
        "modelId": model,
        "input": {"inputContentType": "application/json", "inputBodyJson": given, "inputTokenCount": 11},
        "output": {"outputContentType": "application/json", "outputBodyJson": answer, "outputTokenCount": 17},
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def converse(asked: str = ASKED, answered: str = ANSWERED, **changes: Any) -> dict[str, Any]:
    """Converse and ConverseStream log the same: the stream is put together again."""
    content = changes.pop("content", [{"text": answered}])
    stop, latency = changes.pop("stop", "end_turn"), changes.pop("latency", 812)
    messages = changes.pop("messages", [{"role": "user", "content": [{"text": asked}]}])
    body = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "metrics": {"latencyMs": latency},
        "usage": {"inputTokens": 11, "outputTokens": 17, "totalTokens": 28, "cacheReadInputTokens": 5},
    }
    return record(
        {"messages": messages, "system": [{"text": "You are a gardener."}], "inferenceConfig": {"maxTokens": 500}},
        body,
        **{"operation": "Converse", **changes},
    )


def _messages(*content: Any) -> dict[str, Any]:
    return {"anthropic_version": "bedrock-2023-05-31", "messages": [{"role": "user", "content": list(content)}]}


METRICS = {"inputTokenCount": 11, "outputTokenCount": 17, "invocationLatency": 640, "firstByteLatency": 120}


def anthropic_chunks() -> list[dict[str, Any]]:
    half = len(ANSWERED) // 2
    return [
        {"type": "message_start", "message": {"usage": {"input_tokens": 11, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Basil, hm."}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": ANSWERED[:half]}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": ANSWERED[half:]}},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 17}},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": METRICS},
    ]


def nova_chunks() -> list[dict[str, Any]]:
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"text": ANSWERED[:9]}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"text": ANSWERED[9:]}, "contentBlockIndex": 0}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 11, "outputTokens": 17}, "metrics": {}}},
    ]


def spoken_request() -> list[dict[str, Any]]:
    return [
        {"event": {"sessionStart": {"inferenceConfiguration": {"maxTokens": 1024}}}},
        {"event": {"audioInput": {"promptName": "p", "contentName": "c", "content": "UklGRg=="}}},
    ]


def spoken(heard: str = ASKED, said: str = ANSWERED) -> list[dict[str, Any]]:
    """A conversation by voice: what was heard, what is planned, the sound, what was said."""

    def text(name: str, role: str, stage: str, content: str) -> list[dict[str, Any]]:
        fields = json.dumps({"generationStage": stage})
        start = {"contentId": name, "type": "TEXT", "role": role, "additionalModelFields": fields}
        return [
            {"event": {"contentStart": start}},
            {"event": {"textOutput": {"contentId": name, "role": role, "content": content}}},
            {"event": {"contentEnd": {"contentId": name, "type": "TEXT", "stopReason": "PARTIAL_TURN"}}},
        ]

    return [
        {"event": {"completionStart": {"completionId": "x"}}},
        *text("a", "USER", "FINAL", heard),
        *text("b", "ASSISTANT", "SPECULATIVE", "Something that was planned. "),
        {"event": {"contentStart": {"contentId": "c", "type": "AUDIO", "role": "ASSISTANT"}}},
        {"event": {"audioOutput": {"contentId": "c", "content": "UklGRg=="}}},
        *text("d", "ASSISTANT", "FINAL", said),
        {"event": {"usageEvent": {"totalInputTokens": 11, "totalOutputTokens": 17, "totalTokens": 28}}},
        {"event": {"completionEnd": {"completionId": "x", "stopReason": "END_TURN"}}},
    ]


_STREAM = "InvokeModelWithResponseStream"
_LLAMA = (
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
    f"<|start_header_id|>user<|end_header_id|>\n\n{ASKED}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
)
_CHAT = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": ASKED}]}


def shapes() -> Mapping[str, dict[str, Any]]:
    """Name -> a record that asks ASKED and answers ANSWERED, one of every shape that is known."""
    return {**_converse_shapes(), **_anthropic_shapes(), **_amazon_shapes(), **_open_shapes(), **_openai_shapes()}


def _converse_shapes() -> dict[str, dict[str, Any]]:
    reasoning = {"reasoningContent": {"reasoningText": {"text": "Basil, hm.", "signature": "x"}}}
    tool_result = {"toolResult": {"toolUseId": "t", "content": [{"text": "21 degrees"}]}}
    return {
        "Converse": converse(),
        "ConverseStream": converse(operation="ConverseStream", model="us.amazon.nova-lite-v1:0"),
        "Converse with reasoning": converse(content=[reasoning, {"text": ANSWERED}]),
        "Converse with text before a tool call": converse(
            content=[{"text": ANSWERED}, {"toolUse": {"toolUseId": "t", "name": "weather", "input": {}}}],
            stop="tool_use",
        ),
        "Converse with citations": converse(
            content=[{"citationsContent": {"content": [{"text": ANSWERED}], "citations": []}}]
        ),
        "Converse with a guarded prompt": converse(
            messages=[{"role": "user", "content": [{"guardContent": {"text": {"text": ASKED}}}]}]
        ),
        "Converse after results of tools": converse(
            messages=[
                {"role": "user", "content": [{"text": ASKED}]},
                {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "weather", "input": {}}}]},
                {"role": "user", "content": [tool_result]},
            ]
        ),
        "Converse with an image": converse(
            messages=[{"role": "user", "content": [{"image": {"format": "png", "source": {}}}, {"text": ASKED}]}]
        ),
    }


def _anthropic_shapes() -> dict[str, dict[str, Any]]:
    answer = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "Basil, hm."}, {"type": "text", "text": ANSWERED}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 11, "output_tokens": 17, "cache_read_input_tokens": 3},
    }
    legacy = {"prompt": f"\n\nHuman: Hello\n\nAssistant: Hi\n\nHuman: {ASKED}\n\nAssistant:", "max_tokens_to_sample": 9}
    return {
        "Anthropic messages": record(_messages({"type": "text", "text": ASKED}), answer),
        "Anthropic messages, content a string": record({"messages": [{"role": "user", "content": ASKED}]}, answer),
        "Anthropic stream": record(_messages({"type": "text", "text": ASKED}), anthropic_chunks(), operation=_STREAM),
        "Anthropic text": record(
            legacy, {"completion": f" {ANSWERED}", "stop_reason": "stop_sequence", "stop": "\n\nHuman:"}
        ),
        "Anthropic text stream": record(
            legacy,
            [
                {"completion": f" {ANSWERED[:7]}", "stop_reason": None, "stop": None},
                {"completion": ANSWERED[7:], "stop_reason": "stop_sequence", "stop": "\n\nHuman:"},
            ],
            operation=_STREAM,
            model="anthropic.claude-v2:1",
        ),
    }


def _amazon_shapes() -> dict[str, dict[str, Any]]:
    titan, nova = "amazon.titan-text-express-v1", "amazon.nova-lite-v1:0"
    nova_body = converse()["output"]["outputBodyJson"]
    turn = {"messages": [{"role": "user", "content": [{"text": ASKED}]}], "schemaVersion": "messages-v1"}
    return {
        "Nova": record(turn, nova_body, model=nova),
        "Nova stream": record(turn, nova_chunks(), model=nova, operation=_STREAM),
        "Titan": record(
            {"inputText": ASKED, "textGenerationConfig": {}},
            {
                "inputTextTokenCount": 11,
                "results": [{"tokenCount": 17, "outputText": ANSWERED, "completionReason": "FINISH"}],
            },
            model=titan,
        ),
        "Titan with its template": record(
            {"inputText": f"User: Hello\nBot: Hi\nUser: {ASKED}\nBot:"},
            {"results": [{"outputText": f" {ANSWERED}", "completionReason": "FINISH"}]},
            model=titan,
        ),
        "Nova Sonic": record(
            spoken_request(), spoken(), model="amazon.nova-sonic-v1:0", operation="InvokeModelWithBidirectionalStream"
        ),
        "Titan stream": record(
            {"inputText": ASKED},
            [
                {"outputText": ANSWERED[:20], "index": 0, "completionReason": None},
                {
                    "outputText": ANSWERED[20:],
                    "index": 0,
                    "completionReason": "FINISH",
                    "totalOutputTextTokenCount": 17,
                },
            ],
            model=titan,
            operation=_STREAM,
        ),
    }


def _open_shapes() -> dict[str, dict[str, Any]]:
    llama, mistral = "meta.llama3-1-70b-instruct-v1:0", "mistral.mistral-7b-instruct-v0:2"
    generation = {"prompt_token_count": 11, "generation_token_count": 17, "stop_reason": "stop"}
    return {
        "Llama": record({"prompt": _LLAMA}, {"generation": ANSWERED, **generation}, model=llama),
        "Llama stream": record(
            {"prompt": _LLAMA},
            [{"generation": ANSWERED[:5], "stop_reason": None}, {"generation": ANSWERED[5:], **generation}],
            model=llama,
            operation=_STREAM,
        ),
        "Llama 2": record(
            {"prompt": f"<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n{ASKED} [/INST]"},
            {"generation": ANSWERED, **generation},
        ),
        "Mistral": record(
            {"prompt": f"<s>[INST] Hello [/INST] Hi</s>[INST] {ASKED} [/INST]"},
            {"outputs": [{"text": ANSWERED, "stop_reason": "stop"}]},
            model=mistral,
        ),
        "Mistral stream": record(
            {"prompt": f"<s>[INST] {ASKED} [/INST]"},
            [
                {"outputs": [{"text": ANSWERED[:3], "stop_reason": None}]},
                {"outputs": [{"text": ANSWERED[3:], "stop_reason": "stop"}]},
            ],
            model=mistral,
            operation=_STREAM,
        ),
        "Cohere Command": record(
            {"prompt": ASKED}, {"generations": [{"text": ANSWERED, "finish_reason": "COMPLETE", "id": "g"}]}
        ),
        "Cohere Command R": record({"message": ASKED}, {"text": ANSWERED, "finish_reason": "COMPLETE"}),
        "Cohere Command R stream": record(
            {"message": ASKED},
            [
                {"event_type": "stream-start", "generation_id": "g"},
                {"event_type": "text-generation", "text": ANSWERED[:30]},
                {"event_type": "text-generation", "text": ANSWERED[30:]},
                {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": ANSWERED}},
            ],
            operation=_STREAM,
        ),
        "Cohere v2": record(
            _CHAT,
            {
                "id": "c",
                "finish_reason": "COMPLETE",
                "message": {"role": "assistant", "content": [{"type": "text", "text": ANSWERED}]},
                "usage": {"billed_units": {"input_tokens": 3}, "tokens": {"input_tokens": 11, "output_tokens": 17}},
            },
            model="cohere.command-a-03-2025-v1:0",
        ),
        "Cohere v2 stream": record(
            _CHAT,
            [
                {"type": "message-start", "delta": {"message": {"role": "assistant", "content": []}}},
                {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
                {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": ANSWERED[:6]}}}},
                {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": ANSWERED[6:]}}}},
                {"type": "content-end", "index": 0},
                {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": {"tokens": {}}}},
            ],
            operation=_STREAM,
        ),
        "Pegasus": record(
            {"inputPrompt": ASKED, "mediaSource": {"s3Location": {"uri": "s3://videos/basil.mp4"}}},
            {"message": ANSWERED, "finishReason": "stop"},
            model="us.twelvelabs.pegasus-1-2-v1:0",
        ),
        "Pegasus stream": record(
            {"inputPrompt": ASKED},
            [{"message": ANSWERED[:6]}, {"message": ANSWERED[6:], "finishReason": "stop"}],
            operation=_STREAM,
        ),
        "bodies that are JSON in strings": record(
            json.dumps({"prompt": _LLAMA}), json.dumps({"generation": ANSWERED, **generation}), model=llama
        ),
        "chunks that are JSON in strings": record(
            json.dumps({"messages": [{"role": "user", "content": ASKED}]}),
            [json.dumps(chunk) for chunk in anthropic_chunks()],
            operation=_STREAM,
        ),
        "DeepSeek with its template": record(
            {
                "prompt": "<\uff5cbegin\u2581of\u2581sentence\uff5c>Be brief.<\uff5cUser\uff5c>"
                f"{ASKED}<\uff5cAssistant\uff5c><think>\n"
            },
            {"choices": [{"text": f"Basil, hm.</think>\n\n{ANSWERED}", "stop_reason": "stop"}]},
            model="us.deepseek.r1-v1:0",
        ),
        "Gemma": record(
            {"prompt": f"<start_of_turn>user\n{ASKED}<end_of_turn>\n<start_of_turn>model\n"},
            {"generation": ANSWERED, **generation},
        ),
        "Phi, imported": record(
            {"prompt": f"<|system|>Be brief.<|end|><|user|>{ASKED}<|end|><|assistant|>"},
            {"generation": ANSWERED, **generation},
        ),
        "Zephyr, imported": record(
            {"prompt": f"<|system|>\nBe brief.</s>\n<|user|>\n{ASKED}</s>\n<|assistant|>\n"},
            {"generation": ANSWERED, **generation},
        ),
        "AI21 Jurassic": record(
            {"prompt": ASKED}, {"completions": [{"data": {"text": ANSWERED}, "finishReason": {"reason": "endoftext"}}]}
        ),
    }


def _openai_shapes() -> dict[str, dict[str, Any]]:
    gpt = "openai.gpt-oss-120b-1:0"
    usage = {"prompt_tokens": 11, "completion_tokens": 17}
    output = [
        {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Basil, hm."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": ANSWERED}]},
    ]
    choice = {"index": 0, "message": {"role": "assistant", "content": ANSWERED}, "finish_reason": "stop"}
    thought = {"role": "assistant", "content": f"<reasoning>Basil, hm.</reasoning>{ANSWERED}"}
    deltas = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": part}}]} for part in (ANSWERED[:8], "")
    ]
    return {
        "OpenAI chat": record(_CHAT, {"choices": [choice], "usage": usage}, model=gpt),
        "OpenAI chat with thoughts": record(
            _CHAT, {"choices": [{"message": thought, "finish_reason": "stop"}]}, model=gpt
        ),
        "OpenAI chat stream": record(
            _CHAT,
            [
                *deltas,
                {
                    "choices": [{"index": 0, "delta": {"content": ANSWERED[8:]}, "finish_reason": "stop"}],
                    "usage": usage,
                },
                {"choices": [], "usage": usage},
            ],
            model=gpt,
            operation=_STREAM,
        ),
        "OpenAI Responses": record(
            {"input": [{"role": "user", "content": [{"type": "input_text", "text": ASKED}]}]},
            {"object": "response", "status": "completed", "output": output, "usage": {"input_tokens": 11}},
            model=gpt,
        ),
        "OpenAI Responses, input a string": record(
            {"input": ASKED}, {"status": "completed", "output": output}, model=gpt
        ),
        "OpenAI Responses stream": record(
            {"input": ASKED},
            [
                {"type": "response.created", "response": {"output": []}},
                {"type": "response.reasoning_text.delta", "delta": "Basil, hm."},
                {"type": "response.output_text.delta", "delta": ANSWERED[:4]},
                {"type": "response.output_text.delta", "delta": ANSWERED[4:]},
                {"type": "response.completed", "response": {"status": "completed", "output": output, "usage": usage}},
            ],
            model=gpt,
            operation=_STREAM,
        ),
        "DeepSeek": record({"prompt": ASKED}, {"choices": [{"text": ANSWERED, "stop_reason": "stop"}]}),
    }


_STOPPED: Mapping[str, Callable[[str, str], Any]] = {
    "titan": lambda word, text: {"results": [{"outputText": text, "completionReason": word}]},
    "llama": lambda word, text: {"generation": text, "stop_reason": word},
    "mistral": lambda word, text: {"outputs": [{"text": text, "stop_reason": word}]},
    "cohere": lambda word, text: {"message": {"content": [{"type": "text", "text": text}]}, "finish_reason": word},
    "ai21": lambda word, text: {"completions": [{"data": {"text": text}, "finishReason": {"reason": word}}]},
    "pegasus": lambda word, text: {"message": text, "finishReason": word},
    "anthropic": lambda word, text: {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": text}],
        "stop_reason": word,
    },
    "openai responses": lambda word, text: {
        "output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}],
        "status": word,
    },
    "sonic": lambda word, text: [
        {"event": {"textOutput": {"role": "ASSISTANT", "content": text}}},
        {"event": {"completionEnd": {"stopReason": word}}},
    ],
    **dict.fromkeys(
        ("converse", "nova"),
        lambda word, text: {"output": {"message": {"content": [{"text": text}]}}, "stopReason": word},
    ),
}


def stopped(family: str, word: str, text: str) -> Any:
    """The body of an answer of a family (of ``llm.stops.BY_FAMILY``) that stopped with a word; chat for the rest."""
    body = _STOPPED.get(family)
    return body(word, text) if body else {"choices": [{"message": {"content": text}, "finish_reason": word}]}


def off_loaded(asked: str = "", answered: str = "", **changes: Any) -> dict[str, Any]:
    """A record whose bodies lie beside it, at these ``s3://`` paths; an empty one stays in the record."""
    whole = converse(**changes)
    if asked:
        del whole["input"]["inputBodyJson"]
        whole["input"]["inputBodyS3Path"] = asked
    if answered:
        whole["output"]["outputBodyJson"] = None
        whole["output"]["outputBodyS3Path"] = answered
    return whole


def metadata_only(**changes: Any) -> dict[str, Any]:
    """With textDataDeliveryEnabled=false a record is written all the same."""
    given = {"inputContentType": "application/json", "inputTokenCount": 11}
    return record(**{"input": given, "output": {"outputTokenCount": 17}, **changes})


def failed(**changes: Any) -> dict[str, Any]:
    return record(**{"input": {}, "output": {}, "errorCode": "ThrottlingException", **changes})


def embedding(**changes: Any) -> dict[str, Any]:
    return record({"inputText": ASKED}, {"embedding": [0.1]}, **{"model": "amazon.titan-embed-text-v2:0", **changes})


def lines(*records: Any) -> list[bytes]:
    """A line each; bytes stand as they are."""
    return [one if isinstance(one, bytes) else json.dumps(one).encode() for one in records]


def log(*records: Any) -> bytes:
    """A log object as Bedrock writes it."""
    return gzip.compress(b"".join(line + b"\n" for line in lines(*records)), mtime=0)  # the same bytes each time


def key(name: str = "20260920T093015123Z_0123456789abcdef", prefix: str = "") -> str:
    return f"{prefix}AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/us-east-1/2026/11/20/09/{name}.json.gz"


def body_key(request_id: str = "req-1", side: str = "output", prefix: str = "") -> str:
    folder = f"{prefix}AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/us-east-1/2026/11/20/09/data"
    return f"{folder}/{request_id}_{side}.json.gz"


def pair(**changes: Any) -> Pair:
    whole: dict[str, Any] = {
        "request_id": "req-1",
        "timestamp": AT,
        "source": "logs",
        "operation": "Converse",
        "model_id": CLAUDE,
        "model_family": "anthropic.claude-3-5-sonnet",
        "app": "",
        "prompt": ASKED,
        "completion": ANSWERED,
        "stop_reason": "end_turn",
        "input_tokens": 11,
        "output_tokens": 17,
        "latency_ms": 812.0,
        **changes,
    }
    return Pair(**whole)


def pairs(number: int, **changes: Any) -> list[Pair]:
    return [pair(request_id=f"req-{index}", **changes) for index in range(number)]


def texts(records: Iterable[Any]) -> list[str]:
    return [one.completion for one in records if isinstance(one, Pair)]
