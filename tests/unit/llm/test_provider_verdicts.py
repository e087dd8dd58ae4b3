"""What a provider says of its own answer: refusals, guardrails, filters, failures; and answers that are no text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm import model, stops
from llm.logs.bodies import guardrails
from llm.logs.bodies.thoughts import without_thoughts
from llm.logs.records import read
from llm.model import Pair, Skipped
from llm.modules.ingest import Ingest
from llm.refusals import judge
from tests.unit.llm import builders
from tests.unit.llm.builders import ANSWERED, ASKED, converse, lines, record

STREAM = "InvokeModelWithResponseStream"
DETAILS = {"type": "refusal", "category": "cyber", "explanation": "It could enable harm."}


def one(value):
    (answer,) = read(lines(value))
    return answer


def invoked(answer, **changes):
    return record({"messages": [{"role": "user", "content": ASKED}]}, answer, **changes)


def anthropic(*content, stop="refusal", **members):
    return {"type": "message", "role": "assistant", "content": list(content), "stop_reason": stop, **members}


def streamed(*texts, stop="refusal", **members):
    return [
        {"type": "message_start", "message": {"usage": {"input_tokens": 11, "output_tokens": 1}}},
        *({"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}} for text in texts),
        {"type": "message_delta", "delta": {"stop_reason": stop, **members}, "usage": {"output_tokens": 0}},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": builders.METRICS},
    ]


# Streams that break off


@pytest.mark.parametrize("before", [(), ("Basil likes",)])
@pytest.mark.parametrize(
    "broken",
    [
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        {"type": "error", "code": "server_error", "message": "Sorry."},
        {"internalServerException": {"message": "Sorry."}},
        {"modelStreamErrorException": {"message": "Sorry.", "originalStatusCode": 500}},
        {"type": "response.failed", "response": {"status": "failed", "error": {"code": "server_error"}}},
    ],
)
def test_a_stream_that_breaks_off_is_no_answer_and_was_paid_for(before, broken):
    chunks = [*streamed(*before)[:-2], broken]
    skipped = one(invoked(chunks, operation=STREAM))
    assert isinstance(skipped, Skipped)
    assert skipped.reason == model.ERROR
    assert skipped.call is not None
    assert skipped.call.input_tokens == 11


def test_how_a_response_ended_is_told_without_its_text():
    said = {"type": "response.output_text.delta", "delta": ANSWERED}
    ended = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
    assert one(invoked([said, {"type": "response.incomplete", "response": ended}])).stop_reason == stops.FILTERED
    assert (
        one(invoked([said, {"type": "response.completed", "response": {"status": "completed"}}])).completion == ANSWERED
    )


# Declared refusals


@pytest.mark.parametrize(
    ("value", "category"),
    [
        (invoked(anthropic(stop_details=DETAILS)), "cyber"),
        (invoked(anthropic(stop_details={"type": "refusal", "category": None})), ""),
        (invoked(anthropic({"type": "text", "text": "Hello.."}, stop_details=DETAILS)), "cyber"),
        (invoked(streamed(stop_details=DETAILS), operation=STREAM), "cyber"),
        (invoked(streamed("Well, ", stop_details={"category": "next year's"}), operation=STREAM), "other"),
        (converse(content=[], stop="refusal"), ""),
        (invoked({"choices": [{"message": {"content": None, "refusal": "I can't."}, "finish_reason": "stop"}]}), ""),
        (invoked([{"choices": [{"delta": {"refusal": "I can't."}}]}], operation=STREAM), ""),
        (invoked({"choices": [{"message": {"content": ""}, "finish_reason": "refusal"}]}), ""),
        (invoked({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]}), ""),
        (invoked([{"type": "response.refusal.delta", "delta": "I can't."}], operation=STREAM), ""),
    ],
)
def test_a_declared_refusal_is_a_pair_whatever_text_it_has(value, category):
    pair = one(value)
    assert isinstance(pair, Pair), pair
    assert (pair.stop_reason, pair.category) == ("refusal", category)
    verdict = judge(pair.completion, pair.stop_reason, pair.prompt, category=pair.category)
    assert (verdict.outcome, verdict.score, verdict.reason) == ("refused", 1.0, "policy")


def test_converse_tells_a_refusal_in_further_fields_too():
    value = converse(content=[])
    further = {"stop_reason": "refusal", "stop_details": DETAILS}
    value["output"]["outputBodyJson"]["additionalModelResponseFields"] = further
    assert (one(value).stop_reason, one(value).category) == ("refusal", "cyber")


def test_declared_refusals_are_counted_by_category():
    pairs = [one(invoked(anthropic(stop_details={"category": name}))) for name in (None, "cyber", "cyber", "novel")]
    assert counted(pairs) == {"RefusalsDeclared": 4, "RefusalsDeclaredCyber": 2, "RefusalsDeclaredOther": 1}


def counted(pairs):
    found = {}
    for sample in Ingest(builders.AT.timestamp).compute(pairs):
        if sample.metric.startswith(("RefusalsDeclared", "Guardrail")):
            found[sample.metric] = found.get(sample.metric, 0) + sample.value
    return found


def test_the_metrics_of_what_is_declared_are_few():
    every = [builders.pair(stop_reason="refusal", category=name) for name in (*stops.CATEGORIES, "other", "")]
    every += [builders.pair(policies=",".join(guardrails.POLICIES))]
    assert len(counted(every)) == len(stops.CATEGORIES) + 2 + len(guardrails.POLICIES)


# Stop reasons: every word of every family, in the form of its family


@pytest.mark.parametrize(
    ("family", "word", "name"),
    [(family, word, name) for family, words in stops.BY_FAMILY.items() for word, name in words.items()],
)
def test_every_stop_reason_of_every_family_in_a_record(family, word, name):
    for said in (word, word.upper()):
        with_text, without = (one(invoked(builders.stopped(family, said, text))) for text in (ANSWERED, ""))
        match stops.kind_of(name):
            case "skipped":
                assert isinstance(with_text, Skipped)
                assert (with_text.reason, with_text.call.stop_reason) == (model.ERROR, name)
                continue
            case "pair" if name not in model.INTERVENED:
                assert isinstance(without, Skipped)
                assert without.reason == (model.TOOL_USE if name == "tool_use" else model.NO_TEXT)
            case _:
                assert (without.completion, without.stop_reason) == ("", name)
        assert (with_text.completion, with_text.stop_reason) == (ANSWERED, name)


# Guardrails

PII = {"sensitiveInformationPolicy": {"piiEntities": [{"type": "EMAIL", "match": "a@b.c", "action": "ANONYMIZED"}]}}
TOPIC = {"topicPolicy": {"topics": [{"name": "Investing", "type": "DENY", "action": "BLOCKED"}]}}
SEEN = {"contentPolicy": {"filters": [{"type": "HATE", "confidence": "LOW", "action": "NONE", "detected": True}]}}
WORDS = {"wordPolicy": {"managedWordLists": [{"match": "x", "type": "PROFANITY", "action": "BLOCKED"}]}}
GROUND = {"contextualGroundingPolicy": {"filters": [{"type": "GROUNDING", "score": 0.1, "action": "BLOCKED"}]}}
REGEX = {"sensitiveInformationPolicy": {"regexes": [{"name": "id", "match": "7", "action": "ANONYMIZED"}]}}
REASONED = {"automatedReasoningPolicy": {"findings": [{"invalid": {"contradictingRules": []}}]}}


def of_converse(*outputs, given=None, **members):
    return {
        "guardrail": {"inputAssessment": {"g1": given or {}}, "outputAssessments": {"g1": list(outputs)}, **members}
    }


def of_invoke(*outputs, given=None, **members):
    return {"guardrail": {"input": {"g1": given or {}}, "outputs": [{"g1": each} for each in outputs], **members}}


def whole(trace, text):
    value = converse(answered=text, stop="guardrail_intervened")
    value["output"]["outputBodyJson"]["trace"] = trace
    return value


def whole_invoked(trace, text):
    members = {"amazon-bedrock-guardrailAction": "INTERVENED", "amazon-bedrock-trace": trace}
    return invoked(anthropic({"type": "text", "text": text}, stop="end_turn", **members))


def as_stream(trace, text):
    events = [
        {"contentBlockDelta": {"delta": {"text": text}}},
        {"messageStop": {"stopReason": "guardrail_intervened"}},
        {"metadata": {"usage": {}, "trace": trace}},
    ]
    return invoked(events, operation=STREAM)


def as_anthropic_stream(trace, text):
    last = {"type": "message_stop", "amazon-bedrock-guardrailAction": "INTERVENED", "amazon-bedrock-trace": trace}
    return invoked([*streamed(text, stop="end_turn")[:-1], last], operation=STREAM)


SHAPES = [
    (whole, of_converse),
    (whole_invoked, of_invoke),
    (as_stream, of_converse),
    (as_anthropic_stream, of_invoke),
    (whole_invoked, lambda *given, **members: {"guardrails": of_invoke(*given, **members)["guardrail"]}),
]
MASKED = "Write to {EMAIL}; they answer within a day, and the form on the site does the same."
SHOWN = "Sorry, this assistant does not discuss that."


@pytest.mark.parametrize(("shaped", "traced"), SHAPES)
@pytest.mark.parametrize("assessments", [[PII], [REGEX], [SEEN, PII], [{}, PII]])
def test_a_masked_answer_is_the_models_and_is_judged(shaped, traced, assessments):
    pair = one(shaped(traced(*assessments), MASKED))
    assert (pair.completion, pair.stop_reason) == (MASKED, "guardrail_masked")
    assert judge(pair.completion, pair.stop_reason, pair.prompt).outcome == "answered"
    assert counted([pair]) == {"GuardrailMasked": 1, "GuardrailSensitiveInformationPolicy": 1}


@pytest.mark.parametrize(("shaped", "traced"), SHAPES)
@pytest.mark.parametrize(
    ("assessment", "policies"),
    [
        (TOPIC, "topicPolicy"),
        (WORDS, "wordPolicy"),
        (GROUND, "contextualGroundingPolicy"),
        ({**TOPIC, **PII}, "sensitiveInformationPolicy,topicPolicy"),
    ],
)
def test_a_blocked_answer_is_filtered(shaped, traced, assessment, policies):
    pair = one(shaped(traced(assessment), SHOWN))
    assert (pair.stop_reason, pair.policies) == ("guardrail_blocked", policies)
    verdict = judge(pair.completion, pair.stop_reason)
    assert (verdict.outcome, verdict.reason) == ("undetermined", "filtered")
    assert counted([pair])["GuardrailBlocked"] == 1


@pytest.mark.parametrize(("shaped", "traced"), SHAPES)
def test_a_prompt_that_was_blocked_or_masked_counts_as_well(shaped, traced):
    assert one(shaped(traced(given=TOPIC), SHOWN)).stop_reason == "guardrail_blocked"
    assert one(shaped(traced(given=PII), MASKED)).stop_reason == "guardrail_masked"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Guardrail blocked.", "guardrail_blocked"),
        ("Guardrail masked.", "guardrail_masked"),
        ("", "guardrail_intervened"),
    ],
)
def test_where_assessments_are_left_out_the_reason_tells(said, expected):
    assert one(whole(of_converse(actionReason=said), SHOWN)).stop_reason == expected


def test_without_a_trace_the_text_is_judged():
    for value in (converse(answered=ANSWERED, stop="guardrail_intervened"), whole_invoked(None, ANSWERED)):
        pair = one(value)
        assert pair.stop_reason == "guardrail_intervened"
        assert judge(pair.completion, pair.stop_reason).outcome == "answered"
    assert judge("I'm sorry, but I can't help with that.", "guardrail_intervened").outcome == "refused"
    assert judge("", "guardrail_intervened").reason == "filtered"


def test_what_was_only_detected_changes_nothing_and_a_wrong_finding_is_counted():
    pair = one(whole(of_converse(SEEN), ANSWERED))
    assert (pair.stop_reason, pair.policies) == ("guardrail_intervened", "")
    assert one(whole(of_converse(REASONED), ANSWERED)).policies == "automatedReasoningPolicy"


def test_a_declared_refusal_outweighs_a_mask_and_a_block_outweighs_both():
    value = converse(content=[], stop="refusal")
    value["output"]["outputBodyJson"]["trace"] = of_converse(PII)
    assert one(value).stop_reason == "refusal"
    value["output"]["outputBodyJson"]["trace"] = of_converse(TOPIC)
    assert one(value).stop_reason == "guardrail_blocked"


def test_the_policies_are_those_of_the_api():
    from botocore.session import get_session

    members = get_session().get_service_model("bedrock-runtime").shape_for("GuardrailAssessment").members
    assert set(guardrails.POLICIES) == {name for name in members if name.endswith("Policy")}


ANY = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["BLOCKED", "ANONYMIZED", "NONE"]) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*guardrails.POLICIES, "guardrail", "action", "filters", "g"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(ANY)
def test_any_trace_is_read(trace):
    assert isinstance(one(whole(trace, ANSWERED)), Pair)


def test_a_trace_may_be_as_deep_as_json_allows():
    deep = TOPIC
    for _ in range(400):
        deep = {"g": [deep]}
    assert one(whole({"guardrail": deep}, ANSWERED)).stop_reason == "guardrail_intervened"


# Prompt routers


def test_a_prompt_router_is_called_by_the_model_that_it_chose():
    router = "arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/anthropic.claude:1"
    chosen = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-sonnet-20240620-v1:0"
    for value in (converse(model=router), converse(content=[], model=router)):
        value["output"]["outputBodyJson"]["trace"] = {"promptRouter": {"invokedModelId": chosen}}
        answer = one(value)
        call = model.call_of(answer)
        assert (call.model_id, call.model_family) == (chosen, "anthropic.claude-3-5-sonnet")
        assert getattr(answer, "family", call.model_family) == "anthropic.claude-3-5-sonnet"
    assert one(converse(model=router)).model_family == "router"


# Thoughts


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"<think>Hm.</think>\n\n{ANSWERED}", ANSWERED),
        (f"  <thinking>Hm.</thinking> {ANSWERED}", ANSWERED),
        (f"Hm, basil.\n</think>\n{ANSWERED}", ANSWERED),
        (f"<think>Hm.</think>\n<think>Hm again.</think>{ANSWERED}", ANSWERED),
        (f"<reasoning>a</reasoning><think>b</think>{ANSWERED}", ANSWERED),
        ("<think>Hm, and then it was cut", ""),
        ("<think>Hm.</think><think>Hm, and then", ""),
        ("<think></think>", ""),
        ("Close the tag with `</think>` and go on.", "Close the tag with `</think>` and go on."),
        ("The tags are <think>this</think> and so on.", "The tags are <think>this</think> and so on."),
        ("3 < 4, <b>bold</b>", "3 < 4, <b>bold</b>"),
        (
            f"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>{ANSWERED}<|return|>",
            ANSWERED,
        ),
    ],
)
def test_thoughts_are_not_the_answer(said, shown):
    assert without_thoughts(said) == shown


def test_an_answer_that_is_only_a_thought_has_no_text():
    answer = one(converse(answered="<think>I can't help with that, or can I", stop="max_tokens"))
    assert (answer.reason, answer.call.stop_reason) == (model.NO_TEXT, "max_tokens")


@given(st.text(alphabet="<>/think \n", max_size=60))
def test_what_is_shown_is_the_end_of_what_was_said(said):
    assert said.endswith(without_thoughts(said))


def test_any_number_of_tags_takes_time_in_proportion():
    assert without_thoughts("<think></think>" * 200_000 + "x") == "x"
    assert without_thoughts("<think>" * 200_000) == ""
    assert without_thoughts("</think>" * 200_000).startswith("</think>")


# Answers that are no text


@pytest.mark.parametrize(
    "value",
    [
        record({"taskType": "TEXT_IMAGE"}, {"images": ["aGk="], "error": None}, model="amazon.nova-canvas-v1:0"),
        record({"taskType": "TEXT_IMAGE"}, {"images": [], "error": "blocked"}, model="amazon.nova-canvas-v1:0"),
        record({"prompt": ASKED}, {"seeds": [7], "finish_reasons": [None], "images": ["aGk="]}),
        record({"text_prompts": []}, {"artifacts": [{"base64": "aGk=", "finishReason": "SUCCESS"}]}),
        record({"modelInput": {}}, {"invocationArn": "arn:aws:bedrock:us-east-1:1:async-invoke/x"}),
        builders.metadata_only(model="stability.stable-image-ultra-v1:1"),
        builders.metadata_only(model="amazon.titan-image-generator-v2:0"),
        builders.metadata_only(model="amazon.nova-reel-v1:1"),
        builders.metadata_only(model="luma.ray-v2:0"),
        builders.metadata_only(model="us.amazon.nova-sonic-v1:0"),
        converse(content=[{"image": {"format": "png", "source": {"bytes": "aGk="}}}]),
        converse(content=[{"video": {"format": "mp4", "source": {}}}]),
        invoked({"choices": [{"message": {"content": None, "audio": {"data": "aGk="}}, "finish_reason": "stop"}]}),
        invoked([{"event": {"audioOutput": {"content": "aGk="}}}]),
        invoked({"output": [{"type": "image_generation_call", "result": "aGk="}]}),
    ],
)
def test_images_videos_and_speech_have_a_reason_of_their_own(value):
    answer = one(value)
    assert isinstance(answer, Skipped)
    assert (answer.reason, answer.call is None) == (model.MEDIA, False)


def test_a_model_of_texts_that_delivers_none_is_still_told_apart():
    assert one(builders.metadata_only()).reason == model.METADATA_ONLY
    assert one(builders.metadata_only(model="amazon.nova-pro-v1:0")).reason == model.METADATA_ONLY


def test_of_a_conversation_by_voice_the_last_turn_counts():
    pair = one(invoked([*builders.spoken("Hello?", "Hello!"), *builders.spoken()]))
    assert (pair.prompt, pair.completion) == (ASKED, ANSWERED)


def test_what_was_planned_stands_in_where_nothing_tells_what_was_said():
    events = [event for event in builders.spoken() if "FINAL" not in str(event.get("event", {}).get("contentStart"))]
    planned = [event for event in events if event["event"].get("textOutput", {}).get("contentId") != "d"]
    assert one(invoked(planned)).completion == "Something that was planned. "
