"""The last user turn in a request body."""

from __future__ import annotations

import re

from llm.logs.bodies.blocks import text_of

_HUMAN = re.compile(r"(?:^|\n\n)Human:")
_ASSISTANT = re.compile(r"\n\nAssistant:")
_LLAMA_3 = "<|start_header_id|>user<|end_header_id|>"
_LLAMA_4 = "<|header_start|>user<|header_end|>"
_IM_USER = "<|im_start|>user"
_ENDS = re.compile(r"<\|(?:eot_id|eot|end_of_turn|im_end|start_header_id|header_start|im_start)\|>")
_SYSTEM = re.compile(r"<<SYS>>(?:(?!<</?SYS>>).)*+<</SYS>>", re.DOTALL)
"""Never across another mark: what a user makes of such marks takes time in proportion to its length."""


def prompt_of(body: object) -> str:
    """What the user asked last; "" where the body holds no text of a user (an image, vectors to embed)."""
    if not isinstance(body, dict):
        return ""
    for member in ("messages", "input"):
        turns = body.get(member)
        if isinstance(turns, list):
            return _last_turn(turns)
    for member in ("prompt", "message", "inputText", "input"):
        text = body.get(member)
        if isinstance(text, str):
            return _without_template(text) if member == "prompt" else text
    return ""


def _last_turn(turns: list[object]) -> str:
    """Turns that only carry results of tools are the program's, not the user's; the one before them counts."""
    for turn in reversed(turns):
        if isinstance(turn, dict) and turn.get("role", "user") == "user" and (text := text_of(turn.get("content"))):
            return text
    return ""


def _without_template(prompt: str) -> str:
    """The user's words inside the turn markers of Claude 2, Llama 2 to 4, Mistral and ChatML."""
    for mark in (_LLAMA_3, _LLAMA_4, _IM_USER):
        if mark in prompt:
            return _ENDS.split(prompt.rpartition(mark)[2], maxsplit=1)[0].strip()
    if "[INST]" in prompt:
        turn = prompt.rpartition("[INST]")[2].partition("[/INST]")[0]
        return _SYSTEM.sub("", turn).strip()
    if "Human:" in prompt and "Assistant:" in prompt:
        turn = _HUMAN.split(prompt)[-1]
        return _ASSISTANT.split(turn, maxsplit=1)[0].strip()
    return prompt
