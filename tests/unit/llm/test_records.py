"""Records in every shape that is known, and in none: what comes out, or the reason why nothing does."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm import model
from llm.logs import records
from llm.logs.bodies import blocks
from llm.logs.bodies.prompts import prompt_of
from llm.logs.bodies.reply import Reply
from llm.logs.records import BodyMissing, BodyTooLong, offloaded, pair_of, read
from llm.logs.rules import Rules
from llm.model import Pair, Skipped
from tests.unit.llm import builders
from tests.unit.llm.builders import ANSWERED, ASKED, AT, CALLER, converse, embedding, lines, record

SHAPES = builders.shapes()


def one(value, rules=None, **options):
    (answer,) = read(lines(value), rules, **options)
    return answer


def reason(value, rules=None, **options):
    answer = one(value, rules, **options)
    assert isinstance(answer, Skipped), answer
    return answer.reason


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_its_pair(shape):
    pair = one(SHAPES[shape])
    assert isinstance(pair, Pair)
    assert (pair.prompt, pair.completion.strip()) == (ASKED, ANSWERED)
    assert (pair.request_id, pair.timestamp, pair.source) == ("req-1", AT, "logs")
    assert (pair.input_tokens, pair.output_tokens) == (11, 17)
    assert not pair.truncated


@pytest.mark.parametrize("shape", SHAPES)
def test_tokens_are_read_from_the_body_where_the_record_has_none(shape):
    changed = json.loads(json.dumps(SHAPES[shape]))
    del changed["input"]["inputTokenCount"], changed["output"]["outputTokenCount"]
    before, after = one(SHAPES[shape]), one(changed)
    told = (after.input_tokens, after.output_tokens)
    assert told in [(11, 17), (None, None), (11, None), (None, 17)]
    if shape in {"Converse", "Anthropic stream", "Nova stream", "Titan", "Llama", "OpenAI chat stream"}:
        assert told == (before.input_tokens, before.output_tokens)


def test_what_a_converse_record_tells_beside_its_texts():
    pair = one(converse(input={**converse()["input"], "cacheReadInputTokenCount": 9, "cacheWriteInputTokenCount": 4}))
    assert (pair.operation, pair.model_family, pair.stop_reason) == (
        "Converse",
        "anthropic.claude-3-5-sonnet",
        "end_turn",
    )
    assert (pair.latency_ms, pair.cache_read_tokens, pair.cache_write_tokens) == (812.0, 9, 4)
    assert one(converse()).cache_read_tokens == 5


def test_latency_of_a_stream_is_that_of_the_whole_invocation():
    assert one(SHAPES["Anthropic stream"]).latency_ms == 640


@pytest.mark.parametrize(
    ("shape", "stop"),
    [
        ("Anthropic text", "stop_sequence"),
        ("Titan", "end_turn"),
        ("Titan stream", "end_turn"),
        ("Llama", "end_turn"),
        ("Mistral", "end_turn"),
        ("Cohere Command R stream", "end_turn"),
        ("AI21 Jurassic", "end_turn"),
        ("OpenAI chat stream", "end_turn"),
        ("OpenAI Responses", "end_turn"),
        ("Nova stream", "end_turn"),
    ],
)
def test_stop_reasons_have_one_name_each(shape, stop):
    assert one(SHAPES[shape]).stop_reason == stop


@pytest.mark.parametrize(
    ("said", "stop"),
    [
        ("guardrail_intervened", "guardrail_intervened"),
        ("content_filtered", "content_filtered"),
        ("max_tokens", "max_tokens"),
        ("model_context_window_exceeded", "model_context_window_exceeded"),
    ],
)
def test_stop_reasons_of_converse_stay(said, stop):
    assert one(converse(stop=said)).stop_reason == stop


def test_a_content_filter_has_one_name():
    titan = record({"inputText": ASKED}, {"results": [{"outputText": "", "completionReason": "CONTENT_FILTERED"}]})
    openai = record({"input": ASKED}, {"choices": [{"message": {"content": None}, "finish_reason": "content_filter"}]})
    for value in (titan, openai):
        pair = one(value)
        assert (pair.stop_reason, pair.completion) == ("content_filtered", "")


def test_a_guardrail_is_seen_in_an_invoked_model_too():
    answer = {
        **SHAPES["Anthropic messages"]["output"]["outputBodyJson"],
        "amazon-bedrock-guardrailAction": "INTERVENED",
    }
    assert one(record({"messages": []}, answer)).stop_reason == "guardrail_intervened"
    chunks = [*builders.anthropic_chunks(), {"amazon-bedrock-guardrailAction": "INTERVENED"}]
    assert one(record({"messages": []}, chunks)).stop_reason == "guardrail_intervened"


def test_what_was_taken_away_is_a_pair_without_text():
    pair = one(converse(content=[], stop="guardrail_intervened"))
    assert (pair.completion, pair.stop_reason) == ("", "guardrail_intervened")


# Reasons


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{"schemaType": "ModelInvocationLog", "requ', model.MALFORMED),
        (b"\xff\xfe{}", model.MALFORMED),
        (b"[" * 100_000, model.MALFORMED),
        (b"17", model.MALFORMED),
        (b'{"n": ' + b"9" * 5000 + b"}", model.MALFORMED),
        ({"level": "INFO", "message": "another tool's line"}, model.FOREIGN),
        (record(schemaType="AgentInvocationLog"), model.FOREIGN),
        (record(timestamp="yesterday"), model.MALFORMED),
        (record(timestamp=1795166400), model.MALFORMED),
        (converse(modelId=17), model.MALFORMED),
        (builders.metadata_only(), model.METADATA_ONLY),
        (builders.failed(), model.ERROR),
        (record({"prompt": ASKED}, {"error": {"message": "no"}}), model.ERROR),
        (embedding(), model.EMBEDDING),
        (embedding(model="arn:aws:bedrock:us-east-1:1:application-inference-profile/abc"), model.EMBEDDING),
        (record({"texts": [ASKED]}, {"embeddings": [[0.1]]}, model="cohere.embed-english-v3"), model.EMBEDDING),
        (converse(content=[{"toolUse": {"name": "weather", "input": {}}}], stop="tool_use"), model.TOOL_USE),
        (record(_chat := {"messages": []}, {"choices": [{"message": {"tool_calls": [{}]}}]}), model.TOOL_USE),
        (record(_chat, {"content": [{"type": "tool_use", "name": "x", "input": {}}]}), model.TOOL_USE),
        (converse(content=[{"reasoningContent": {"reasoningText": {"text": "Hm."}}}]), model.NO_TEXT),
        (converse(answered=" \n"), model.NO_TEXT),
        (record({"textToImageParams": {"text": "a fox"}}, {"images": ["aGk="]}), model.MEDIA),
        (record({"messages": []}, None), model.NO_TEXT),
    ],
)
def test_what_gives_no_pair_has_a_reason(value, expected):
    assert reason(value) == expected


def test_a_reason_counts_where_and_when_the_call_was_made():
    skipped = one(builders.failed(modelId="eu.amazon.nova-pro-v1:0", operation="ConverseStream"))
    assert (skipped.timestamp, skipped.family, skipped.operation) == (AT, "amazon.nova-pro", "ConverseStream")


def test_a_turn_that_only_calls_tools_is_paid_for_like_any_other():
    call = one(converse(content=[{"toolUse": {"name": "weather", "input": {}}}], stop="tool_use")).call
    assert (call.completion, call.prompt, call.input_tokens, call.output_tokens) == ("", "", 11, 17)
    assert (call.latency_ms, call.stop_reason) == (812.0, "tool_use")
    assert one(builders.failed()).call is None


def test_a_line_that_is_too_long_is_counted_and_the_next_one_read():
    answers = list(read([None, *lines(converse())]))
    assert [getattr(answer, "reason", "pair") for answer in answers] == [model.TOO_LONG, "pair"]


def test_records_in_an_array_are_records():
    both = [converse(request_id="a"), converse(request_id="b")]
    whole = list(read([json.dumps(both).encode()]))
    apart = list(read([b"[", json.dumps(both[0]).encode() + b",", json.dumps(both[1]).encode(), b"]", b""]))
    assert [pair.request_id for pair in whole] == [pair.request_id for pair in apart] == ["a", "b"]


@pytest.mark.parametrize("indent", [1, 2, 4])
def test_records_that_were_printed_over_many_lines_are_records(indent):
    both = [converse(request_id="a"), converse(answered="{\n}\n", request_id="b")]
    printed = "\n".join(json.dumps(each, indent=indent) for each in both)
    in_an_array = json.dumps(both, indent=indent)
    for text in (printed, in_an_array):
        found = list(read(text.encode().split(b"\n")))
        assert [answer.request_id for answer in found] == ["a", "b"], text
    mixed = [*lines(converse(request_id="c")), *printed.encode().split(b"\n"), *lines(converse(request_id="d"))]
    assert [answer.request_id for answer in read(mixed)] == ["c", "a", "b", "d"]


def test_a_printed_record_that_never_ends_or_is_too_long_is_one():
    printed = json.dumps(converse(), indent=2).encode().split(b"\n")
    assert [answer.reason for answer in read(printed[:-1])] == [model.MALFORMED]
    long = [*printed[:-1], *([b"x" * 1000] * 1100), printed[-1]]
    good = lines(converse())
    for whole in (long, [*printed[:-1], None, printed[-1]]):
        assert [getattr(one, "reason", "pair") for one in read([*whole, *good])] == [model.TOO_LONG, "pair"]


def test_bodies_of_printed_records_are_waited_for():
    value = builders.off_loaded("s3://b/in", "s3://b/out")
    assert len(list(offloaded(json.dumps(value, indent=2).encode().split(b"\n"), Rules()))) == 2


def test_records_without_line_ends_between_them_are_records():
    run = b"".join(lines(converse(request_id="a"), converse(request_id="b")))
    assert [answer.request_id for answer in read([run])] == ["a", "b"]
    assert reason(run + b'{"half": ') == model.MALFORMED


def test_the_chunks_of_a_stream_without_their_record_are_one_thing():
    chunks = builders.anthropic_chunks() * 30
    assert reason(json.dumps(chunks).encode()) == model.FOREIGN
    assert list(read([b"[]"])) == []


def test_long_texts_are_cut_and_say_so():
    pair = one(converse("a" * 40_000, "ü" * 40_000))
    assert (len(pair.prompt), len(pair.completion)) == (records.MOST_CHARACTERS, records.MOST_CHARACTERS)
    assert pair.truncated


def test_halves_of_characters_do_not_travel():
    pair = one(json.dumps(converse(answered="basil \ud83c")).encode())
    assert pair.completion == "basil ?"
    pair.completion.encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T09:30:15Z", AT),
        ("2026-11-20T09:30:15.250Z", AT.replace(microsecond=250_000)),
        ("2026-11-20T10:30:15+01:00", AT),
        ("2026-11-20T09:30:15", AT),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
    ],
)
def test_times(text, expected):
    assert records.timestamp_of(text) == expected


# The loop guard

OWN = Rules(own_roles=frozenset({"millrace-LlmEvaluateRole-1A2B"}))


def own(role="millrace-LlmEvaluateRole-1A2B", **changes):
    return converse(identity={"arn": f"arn:aws:sts::123456789012:assumed-role/{role}/LlmEvaluate"}, **changes)


def test_own_calls_are_never_measured_whatever_model_they_name():
    assert reason(own(), OWN) == model.SELF
    assert reason(own(modelId="amazon.titan-embed-text-v2:0"), OWN) == model.SELF
    assert one(own(), OWN).call is None


@pytest.mark.parametrize("role", ["millrace-LlmEvaluateRole-1A2B-copy", "LlmEvaluateRole", ""])
def test_other_roles_are_measured(role):
    assert isinstance(one(own(role), OWN), Pair)


@pytest.mark.parametrize(
    "identity", [None, {}, {"arn": None}, {"arn": 7}, "text", {"arn": f"arn:aws:iam::1:user/{CALLER}"}]
)
def test_an_identity_may_be_anything(identity):
    assert isinstance(one(converse(identity=identity), OWN), Pair)


def test_own_calls_never_fetch_a_body():
    value = builders.off_loaded("s3://b/in", "s3://b/out")
    value["identity"] = own()["identity"]
    assert list(offloaded(lines(value), OWN)) == []


# Off-loaded bodies


def bodies(found):
    def fetch(path):
        if path not in found:
            raise BodyMissing
        return found[path]

    return fetch


def test_bodies_beside_the_log_are_fetched():
    whole = converse()
    value = builders.off_loaded("s3://b/in", "s3://b/out")
    stored = {"s3://b/in": whole["input"]["inputBodyJson"], "s3://b/out": whole["output"]["outputBodyJson"]}
    assert one(value, fetch=bodies(stored)) == one(whole)
    assert list(offloaded(lines(value, whole), Rules())) == ["s3://b/out", "s3://b/in"]


def test_a_streamed_body_beside_the_log_is_a_list():
    value = builders.off_loaded(answered="s3://b/out", operation="InvokeModelWithResponseStream")
    assert one(value, fetch=bodies({"s3://b/out": builders.anthropic_chunks()})).completion == ANSWERED


def test_a_body_that_never_came_is_a_reason():
    value = builders.off_loaded(answered="s3://b/out")
    assert reason(value, fetch=bodies({})) == model.BODY_MISSING
    assert reason(value) == model.BODY_MISSING
    assert one(value).call.output_tokens == 17


def test_a_body_that_is_too_large_is_a_reason():
    def fetch(_path):
        raise BodyTooLong

    assert reason(builders.off_loaded(asked="s3://b/in"), fetch=fetch) == model.TOO_LONG


@pytest.mark.parametrize("path", [None, 7, "", {}])
def test_a_path_may_be_anything(path):
    value = builders.off_loaded(answered="s3://b/out")
    value["output"]["outputBodyS3Path"] = path
    assert reason(value) == model.NO_TEXT


# Apps


@pytest.mark.parametrize(
    ("metadata", "app"),
    [
        ({"app": "shop"}, "shop"),
        ({"app": "someone-else"}, "other"),
        ({"team": "shop"}, ""),
        ({"app": ""}, ""),
        ({"app": 7}, ""),
        (None, ""),
        ("shop", ""),
    ],
)
def test_apps_are_those_of_the_list(metadata, app):
    rules = Rules(app_key="app", apps=frozenset({"shop", "help"}))
    assert one(converse(requestMetadata=metadata), rules).app == app


# Anything else

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = sorted({"text", "content", "type", "delta", "output", "message", "choices", "usage", "metrics", "results"})
BODY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["text", "tool_use", "message"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=15,
)


def is_sound(answer):
    """Whatever came in, what comes out keeps its contract."""
    if isinstance(answer, Skipped):
        assert answer.reason in model.REASONS
    else:
        assert answer.completion.strip() or answer.stop_reason in model.INTERVENED
        assert len(answer.completion) <= records.MOST_CHARACTERS
        assert answer.timestamp.tzinfo == UTC
        (answer.prompt + answer.completion).encode()
    return True


@given(st.binary(max_size=200))
def test_any_line_is_read_or_has_a_reason(line):
    assert all(is_sound(answer) for answer in read([line]))


@given(JSON)
def test_any_json_is_read_or_has_a_reason(value):
    assert is_sound(pair_of(value, Rules()))


@given(BODY | st.lists(BODY, max_size=4), BODY | st.lists(BODY, max_size=4))
def test_any_body_is_read_or_has_a_reason(given_body, answer):
    assert is_sound(pair_of(record(given_body, answer), Rules()))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SHAPES)), st.randoms(use_true_random=False), JSON)
def test_any_member_may_be_anything(shape, chance, value):
    """One member of a good record, at any depth, is replaced or left out."""
    changed = json.loads(json.dumps(SHAPES[shape]))
    holder = changed
    while True:
        names = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not names:
            break
        name = chance.choice(names)
        if isinstance(holder[name], dict | list) and chance.random() < 0.7:
            holder = holder[name]
            continue
        if chance.random() < 0.5 or isinstance(holder, list):
            holder[name] = value
        else:
            del holder[name]
        break
    assert is_sound(pair_of(changed, Rules()))


@given(st.sampled_from(sorted(SHAPES)), st.integers(min_value=0))
def test_a_line_cut_anywhere_is_malformed_and_nothing_worse(shape, at):
    (line,) = lines(SHAPES[shape])
    assert reason(line[: at % len(line)] or b"x") == model.MALFORMED


@given(st.permutations(sorted(SHAPES)))
@settings(max_examples=20)
def test_order_does_not_matter(order):
    found = {pair.request_id: pair for pair in read(lines(*(dict(SHAPES[n], requestId=n) for n in order)))}
    expected = {pair.request_id: pair for pair in read(lines(*(dict(SHAPES[n], requestId=n) for n in sorted(SHAPES))))}
    assert found == expected


def test_members_come_in_any_order():
    for shape in SHAPES.values():
        names = list(shape)
        random.Random(7).shuffle(names)
        assert one({name: shape[name] for name in names}) == one(shape)


def test_a_time_zone_is_not_lost():
    assert one(record({"prompt": "x"}, {"text": "y"}, timestamp="2026-11-20T23:30:00-05:00")).timestamp == datetime(
        2026, 11, 21, 4, 30, tzinfo=UTC
    )


def test_a_prompt_of_marks_that_never_close_takes_no_time():
    """A user may write anything; what one wrote must not keep a log object from being read."""
    marks = "<<SYS>>" * 500_000
    assert prompt_of({"prompt": f"[INST]{marks} hello [/INST]"}) == f"{marks} hello"
    assert prompt_of({"prompt": f"[INST]{marks} be brief <</SYS>> hello [/INST]"}).endswith("hello")


@pytest.mark.parametrize("kind", [{}, [], 1, True])
def test_a_kind_that_is_no_text_is_of_nothing_known(kind):
    """A set cannot be asked for a dictionary or a list."""
    assert blocks.text_of([{"type": kind, "text": "Hello"}, "there"]) == "there"
    reply = Reply()
    blocks.said([{"type": kind, "text": "Hello"}], reply)
    assert reply.parts == []
