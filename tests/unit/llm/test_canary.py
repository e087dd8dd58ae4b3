"""The canary: a fixed list, asked of one model; what is otherwise than at first is the model's doing."""

from __future__ import annotations

import logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError

from common import observability
from llm.canary import asking, likeness, prompts
from llm.canary.prompts import Prompt
from llm.handlers import canary
from llm.modules import similarity
from services import bedrock
from services.bedrock import Embedder
from tests import samples
from tests.unit.llm import emf, worker
from tests.unit.llm.paid_builders import Titan

MODEL = "amazon.nova-lite-v1:0"
REFUSED = "I'm sorry, but I can't help with that request."
ANSWERED = "Canberra is the capital, and people often mistake Sydney for it."
LISTED = prompts.load()
WITH = {one.text: one for one in LISTED}


class Model:
    """Answers as it should, but for what is ``said`` of a prompt by its name; an error is raised."""

    def __init__(self):
        self.said = {}
        self.asked = []

    def converse(self, request):
        prompt = WITH[request["messages"][0]["content"][0]["text"]]
        self.asked.append((prompt.name, request["modelId"]))
        text = self.said.get(prompt.name, ANSWERED if prompt.expected == "answered" else REFUSED)
        if isinstance(text, Exception):
            raise text
        return {"output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn"}


@pytest.fixture
def titan(monkeypatch):
    made = Titan()
    monkeypatch.setattr(similarity, "embedder_of", lambda: Embedder("amazon.titan-embed-text-v2:0", 256, made))
    return made


@pytest.fixture
def model(account, monkeypatch, request, titan):
    with worker.running(monkeypatch, request.node.name, CANARY_MODEL=MODEL, CANARY_LIKENESS_PERCENT="60"):
        made = Model()
        monkeypatch.setattr(bedrock, "converse", made.converse)
        yield made


def run():
    return canary.handler(samples.document("llm_canary"), worker.Context())


def busy(code="ThrottlingException"):
    return ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "X")


def counts(changed=0, unexpected=0, failed=0, strayed=0, missing=0):
    heard = len(LISTED) - failed
    return {
        "CanaryHeard": heard,
        "CanaryFailed": failed,
        "CanaryUnexpected": unexpected,
        "CanaryChanged": changed,
        "CanaryStrayed": strayed,
        "CanaryNotCompared": missing,
    }


def test_the_list_is_twenty_of_both_kinds_each_once():
    assert len(LISTED) == len(WITH) == len({one.name for one in LISTED}) == 20
    kinds = defaultdict(int)
    for one in LISTED:
        kinds[one.expected] += 1
    assert min(kinds.values()) >= 5


def test_another_list_has_another_baseline():
    changed = (Prompt(LISTED[0].name, LISTED[0].text + "?", LISTED[0].expected), *LISTED[1:])
    assert prompts.edition(changed) != prompts.edition(LISTED) == prompts.edition(prompts.load())


def test_each_prompt_is_asked_once_in_a_round(model):
    assert run() == counts()
    assert sorted(model.asked) == sorted((one.name, MODEL) for one in LISTED)


def test_what_changes_after_the_first_round_is_counted_and_named(model, capsys):
    assert run() == run() == counts()
    model.said = {"capital": REFUSED, "weapon": ANSWERED, "meal": "Fry the chickpeas with the spinach, then add rice."}
    capsys.readouterr()
    assert run() == counts(changed=2, unexpected=2, strayed=1)
    out = capsys.readouterr().out
    found = emf.totals(out)
    assert (found["CanaryChanged"], found["CanaryHeard"], found["CanaryFailed"]) == (2, 20, 0)
    assert 17 < found["CanarySimilarity"] < 19, "three of twenty read otherwise"
    assert '"changed":["capital","weapon"]' in out.replace(" ", "")
    assert '"strayed":["meal"]' in out.replace(" ", "")


def test_an_answer_of_the_same_length_with_something_else_in_it_strays(model, capsys):
    run()
    other = "Quarterly revenue of the bakery rose; bread sold well in July."
    model.said = {"capital": other.ljust(len(ANSWERED), ".")[: len(ANSWERED)]}
    capsys.readouterr()
    assert run() == counts(strayed=1)
    assert emf.totals(capsys.readouterr().out)["CanaryStrayed"] == 1


def test_what_is_said_in_nearly_the_same_words_does_not_stray(model):
    run()
    model.said = {"capital": "Canberra is the capital; people often mistake Sydney for it, though."}
    assert run() == counts()


def test_what_is_compared_costs_a_bounded_number_of_calls(model, titan, capsys):
    run()
    assert run() == counts()
    assert titan.asked == [], "what is the same word for word costs nothing"
    model.said = {one.name: f"{ANSWERED} {number}" * 99 for number, one in enumerate(LISTED)}
    capsys.readouterr()
    run()
    found = emf.totals(capsys.readouterr().out)
    assert found["PaidCalls"] == len(titan.asked) <= 2 * len(LISTED)
    assert max(len(wish["inputText"]) for wish in titan.asked) <= likeness.MOST_CHARACTERS
    assert 0 < found["EmbeddingTokens"] <= 2 * len(LISTED) * likeness.MOST_CHARACTERS / 3


def test_without_embeddings_the_verdicts_still_count(model, titan, capsys, caplog):
    run()

    def refuse(text):
        raise busy("AccessDeniedException")

    titan.before = refuse
    model.said = {"capital": REFUSED, "meal": "Fry the chickpeas."}
    assert run() == counts(changed=1, unexpected=1, missing=2)
    assert "canary not compared" in capsys.readouterr().out + caplog.text


def test_an_answer_that_is_gone_strays_and_asks_no_embedding(model, titan):
    run()
    model.said = {"capital": " "}
    assert run() == counts(strayed=1)
    assert titan.asked == []


def test_a_model_that_always_did_otherwise_has_not_changed(model):
    model.said = {"lock": REFUSED}
    assert run() == run() == counts(unexpected=1)


def test_the_baseline_stays_so_that_a_drift_is_seen(model):
    run()
    for number, name in enumerate(("capital", "meal", "letter"), start=1):
        model.said[name] = REFUSED
        assert run()["CanaryChanged"] == number


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "ValidationException"])
def test_a_prompt_without_an_answer_is_counted_and_the_others_go_on(model, code):
    run()
    model.said = {"capital": busy(code), "weapon": ANSWERED}
    assert run() == counts(changed=1, unexpected=1, failed=1)


def test_half_a_round_is_no_baseline(model):
    model.said = {"capital": busy()}
    assert run() == counts(failed=1)
    model.said = {"weapon": ANSWERED}
    assert run() == counts(unexpected=1), "the first whole round, which is compared with itself"
    model.said = {}
    assert run() == counts(changed=1)


def test_a_round_that_runs_twice_at_once_has_one_baseline(model):
    asked = [asking.ask(MODEL, LISTED) for _ in range(2)]
    assert asked[0] == asked[1]
    with ThreadPoolExecutor(2) as pool:
        assert [one.result() for one in [pool.submit(run) for _ in range(2)]] == [counts()] * 2
    items = boto3.client("dynamodb").scan(TableName=worker.TABLE)["Items"]
    assert len([one for one in items if one["pk"]["S"].startswith("canary#")]) == 1


def test_reasoning_is_no_answer(model, monkeypatch):
    def thinking(request):
        answer = model.converse(request)
        answer["output"]["message"]["content"].insert(0, {"reasoningContent": {"reasoningText": {"text": REFUSED}}})
        return answer

    monkeypatch.setattr(bedrock, "converse", thinking)
    assert run() == counts()


def test_the_log_names_prompts_and_errors_and_no_answer(model, capsys, caplog):
    caplog.set_level(logging.INFO)
    run()
    model.said = {"capital": f"{REFUSED} Rosalind.", "meal": busy()}
    run()
    observability.logger()
    out = capsys.readouterr().out + caplog.text
    assert "Rosalind" not in out
    assert "canary unanswered" in out
