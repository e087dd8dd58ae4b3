"""The events of a conversation by voice (InvokeModelWithBidirectionalStream, Nova Sonic).

Texts come as blocks: ``contentStart`` names the role and whether the text is final, ``textOutput`` holds it. The model
plans what it will say ("SPECULATIVE") and tells afterwards what was really said ("FINAL"), which counts, if it comes
(Amazon Nova user guide, "Handling output events with the bidirectional API"). The last turn is the pair.
"""

from __future__ import annotations

import json

from llm.logs.bodies.reply import Reply


class Talk:
    """Reads events into ``reply``, one after the other."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._is_final: dict[object, bool] = {}
        self._said: dict[bool, list[str]] = {True: [], False: []}
        self._heard: list[str] = []

    def hear(self, event: dict[str, object]) -> None:
        """One event: the one member of ``event`` names its kind."""
        for kind, body in event.items():
            if not isinstance(body, dict):
                continue
            if kind == "contentStart":
                if isinstance(name := body.get("contentId"), str):
                    self._is_final[name] = _stage(body) != "SPECULATIVE"
            elif kind == "textOutput":
                self._text(body)
            elif kind == "audioOutput":
                self._reply.media = True
            elif kind == "toolUse":
                self._reply.tool_use = True
            elif kind == "usageEvent":
                self._reply.usage(body)
            elif kind in ("contentEnd", "completionEnd") and body.get("type") != "AUDIO":
                self._reply.stop(body.get("stopReason"))

    def end(self) -> None:
        """Hands over what was heard and said in the last turn."""
        self._reply.parts += self._said[True] or self._said[False]
        self._reply.heard += self._heard

    def _text(self, body: dict[str, object]) -> None:
        text = body.get("content")
        if not isinstance(text, str) or not text:
            return
        if body.get("role") == "USER":
            if any(self._said.values()):  # a further turn
                self._said, self._heard = {True: [], False: []}, []
            self._heard.append(text)
        else:
            name = body.get("contentId")
            self._said[self._is_final.get(name, True) if isinstance(name, str) else True].append(text)


def _stage(body: dict[str, object]) -> object:
    fields = body.get("additionalModelFields")
    try:
        found = json.loads(fields) if isinstance(fields, str) else fields
    except (ValueError, RecursionError):
        return None
    return found.get("generationStage") if isinstance(found, dict) else None
