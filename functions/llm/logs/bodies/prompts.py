"""The last user turn in a request body."""

from __future__ import annotations

import re

from llm.logs.bodies.blocks import text_of

_HUMAN = re.compile(r"(?:^|\n\n)Human:")
_ASSISTANT = re.compile(r"\n\nAssistant:")
_LLAMA_3 = "<|start_header_id|>user<|end_header_id|>"
_LLAMA_4 = "<|header_start|>user<|header_end|>"
_IM_USER = "<|im_start|>user"
_DEEPSEEK = "<\uff5cUser\uff5c>"
_GEMMA = "<start_of_turn>user\n"
_COMMAND = "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>"
_USER = "<|user|>"
_USER_MARKS = (_LLAMA_3, _LLAMA_4, _IM_USER, _DEEPSEEK, _GEMMA, _COMMAND, _USER)
_ENDS = re.compile(
    r"<\|(?:eot_id|eot|end_of_turn|im_end|start_header_id|header_start|im_start|END_OF_TURN_TOKEN)\|>"
    r"|<\uff5c(?:Assistant|end\u2581of\u2581sentence)\uff5c>|<end_of_turn>|(?:</s>\s*)?<\|(?:end|assistant)\|>"
)
_TITAN_USER = re.compile(r"(?:^|\n)User:")
_TITAN_BOT = re.compile(r"\nBot:\s*$")
_TEMPLATED = frozenset({"prompt", "inputText"})
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
    for member in ("prompt", "message", "inputText", "inputPrompt", "input"):
        text = body.get(member)
        if isinstance(text, str):
            return _without_template(text) if member in _TEMPLATED else text
    return ""


def _last_turn(turns: list[object]) -> str:
    """Turns that only carry results of tools are the program's, not the user's; the one before them counts."""
    for turn in reversed(turns):
        if isinstance(turn, dict) and turn.get("role", "user") == "user" and (text := text_of(turn.get("content"))):
            return text
    return ""


def _without_template(prompt: str) -> str:
    """The user's words inside the turn markers of Claude 2, Llama 2 to 4, Mistral, ChatML (Qwen), DeepSeek, Gemma,
    Command R, Phi, Zephyr, GLM and Titan."""
    for mark in _USER_MARKS:
        if mark in prompt:
            return _ENDS.split(prompt.rpartition(mark)[2], maxsplit=1)[0].strip()
    if "[INST]" in prompt:
        turn = prompt.rpartition("[INST]")[2].partition("[/INST]")[0]
        return _SYSTEM.sub("", turn).strip()
    if "Human:" in prompt and "Assistant:" in prompt:
        turn = _HUMAN.split(prompt)[-1]
        return _ASSISTANT.split(turn, maxsplit=1)[0].strip()
    if bot := _TITAN_BOT.search(prompt):
        return _TITAN_USER.split(prompt[: bot.start()])[-1].strip()
    return prompt
