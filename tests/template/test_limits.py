"""docs/limits.md says what the code and the template do."""

from __future__ import annotations

from typing import Any

import boto3

from common import admission, executions
from documents.intake import claims
from documents.meaning import redaction_list
from images import profiles
from images.decoding import memory_limits, raster_headers
from images.doors import deadline, function_url, responses, variant_keys
from images.originals import limits as images
from llm.refusals import forms, languages, text
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from narration.admission import lanes
from narration.article import message_form, versions
from narration.audio import sounds
from narration.audio.codecs import id3
from narration.publishing import pointers, purchases
from narration.reading import body, profile, profile_form
from narration.speech import ssml
from operate import preflight
from tests.roads.test_build import BUDGETS, MEGABYTE
from tests.template import asl
from tests.template.translate import resolved, source, substitutions

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
MACHINE = ROOT / "statemachines" / "narration" / "narrate_article.asl.yaml"


def properties(name: str) -> Any:
    return resolved()["Resources"][name]["Properties"]


def machine() -> Any:
    return asl.parse(MACHINE.read_text(), substitutions(MACHINE))


def speak() -> Any:
    return machine()["States"]["SynthesizeRanges"]["ItemProcessor"]["States"]["Synthesize"]


def days(seconds: int) -> int:
    return seconds // 86_400


def most_iterations() -> int:
    return message_form.MAX_PARAGRAPHS // purchases.RANGE_FRAGMENTS


def timeout(name: str) -> int:
    return int(properties(name)["Timeout"])


def timeout_of_images() -> int:
    return int(read_template(ROOT / "pipelines" / "images.yaml")["Globals"]["Function"]["Timeout"])


def storage(name: str) -> int:
    return int(properties(name)["EphemeralStorage"]["Size"])


STAGES = read_template(ROOT / "pipelines" / "narration.yaml")["Mappings"]["Stages"]
LOG_DAYS = {stage: entry["LogDays"] for stage, entry in STAGES.items()}


def default(parameter: str) -> Any:
    return source()["Parameters"][parameter]["Default"]


def said() -> list[str]:
    """What the page says, with the numbers that hold."""
    return [
        f"| body in S3 | {body.MAX_BODY_BYTES // MEGABYTE} MB |",
        f"| paragraphs | {message_form.MAX_PARAGRAPHS:,} |",
        f"| characters | {message_form.MAX_CHARACTERS:,} |",
        f"| `id` | {message_form.MAX_ID} characters, and {message_form.MAX_ENCODED_ID} bytes percent-encoded",
        f"| `title`; `byline`; the teaser's `note` | {message_form.MAX_TITLE:,} characters each |",
        f"| `reading/profile.toml` | {profile.MAX_BYTES // 1024} KB, {profile_form.MAX_RULES} rules, "
        f"{profile_form.MAX_WORDS:,} words |",
        f"| a pause | {message_form.MAX_PAUSE_SECONDS} seconds |",
        f"| `url` | {message_form.MAX_URL:,} characters |",
        f"| teaser of a premium article | {default('TeaserCharacters')} characters and "
        f"{default('TeaserShare')} per cent of its text",
        f"0 to {versions.MAX_INTEGER:,} |",
        f"{ssml.MAX_BILLED:,} billed characters, {ssml.MAX_TOTAL:,} with SSML",
        f"| a sound | {sounds.MAX_BYTES // MEGABYTE} MB, {sounds.MAX_SECONDS} seconds |",
        f"| sounds of one edition together | {sounds.MAX_SECONDS_TOGETHER:,} seconds |",
        f"| {id3._TOC_ENTRIES} (ID3) |",
        f"| Plan, Retag, Publish | {timeout('NarrationPlan')} s each |",
        f"| Synthesize | {timeout('NarrationSynthesize')} s for {purchases.RANGE_FRAGMENTS} fragments |",
        f"| Merge | {timeout('NarrationMerge')} s, {storage('NarrationMerge'):,} MB of /tmp |",
        f"| execution | {machine()['TimeoutSeconds']:,} s ({days(machine()['TimeoutSeconds'])} days) |",
        f"waits {days(speak()['TimeoutSeconds'])} days; its message is kept "
        f"{days(properties('SpeechNextQueue')['MessageRetentionPeriod'])} |",
        f"| {properties('SpeechNextQueue')['RedrivePolicy']['maxReceiveCount']}, seen again after "
        f"{properties('SpeechNextQueue')['VisibilityTimeout']} s each |",
        f"| {asl.WAITING_RETRY['MaxAttempts']:,} tries, {asl.WAITING_RETRY['MaxDelaySeconds']} s between two at most |",
        f"with {admission.LEFT_SECONDS:.0f} s left the rest is sent again",
        f"| {lanes.RANGES_PER_MINUTE} per minute, of articles of at most {lanes.MOST_RANGES} |",
        f"{message_form.MAX_PARAGRAPHS:,} fragments are {most_iterations()} iterations",
        f"| attempts at one piece of work | {executions.MOST_ATTEMPTS} |",
        f"| stable keys after a race | {pointers.MOST_LOOKS} looks |",
        f"{properties('NarrationStartArticles')['ScalingConfig']['MaximumConcurrency']} batches of "
        f"{properties('NarrationStartArticles')['BatchSize']} messages",
        f"| ranges of an article on their way at once | {machine()['States']['SynthesizeRanges']['MaxConcurrency']} |",
        f"| {source()['Parameters']['SpeechWorkers']['Default']} for what can wait, "
        f"{source()['Parameters']['SpeechFirstWorkers']['Default']} for what goes first, "
        f"{preflight.LEAST} each at least |",
        f"kept {days(properties('ArticlesQueue')['MessageRetentionPeriod'])} days, "
        f"{properties('ArticlesQueue')['RedrivePolicy']['maxReceiveCount']} tries each",
        f"dead letters | kept {days(properties('NarrationDeadLetters')['MessageRetentionPeriod'])} days |",
        f"| an original | {images.MOST_BYTES // 10**6} MB |",
        f"| what decoding takes | {memory_limits.MEMORY_BYTES // 10**6} MB, by the headers",
        f"| pixels of an original | {memory_limits.SCALED_JPEG_PIXELS // 10**6} million,",
        f"| {memory_limits.BLOCK_SCANS:,} blocks times scans |",
        f"| an embedded colour profile | {raster_headers.MOST_PROFILE_BYTES // 10**6} MB |",
        f"| {profiles.MOST_PIXELS_A_SIDE:,} each; 100; four decimals |",
        f"| a result at the URL | {function_url.MOST_BYTES // 2**20} MB |",
        f"a part has {responses.PART_BYTES // 2**20} MiB",
        f"| a function | {timeout_of_images()} s, of which {deadline.MARGIN_SECONDS} s are kept for the answer; "
        f"S3 {images.TIMEOUT_SECONDS} s without a byte |",
        f"a new one may take {variant_keys.AGAIN_SECONDS} s to open",
        f"| {forms.PROMPT} characters of the prompt, the first {text.HEAD} and last {text.TAIL} of the completion |",
        f"| languages of the refusal verdict | {1 + len(languages.languages())}: English by its cues",
        f"| logs | {LOG_DAYS['dev']} days in dev, {LOG_DAYS['staging']} in staging, {LOG_DAYS['prod']} in prod |",
        f"here {BUDGETS['with FfmpegLayer'] // MEGABYTE} with FFmpeg, {BUDGETS['without'] // MEGABYTE} without",
    ]


def test_the_page_says_what_holds():
    assert [line for line in said() if line not in PAGE] == []


def test_one_number_stands_for_three_functions():
    assert {timeout(f"Narration{name}") for name in ("Plan", "Retag", "Publish")} == {timeout("NarrationPlan")}
    assert message_form.MAX_TITLE == message_form.MAX_NOTE


def test_days_of_the_bucket():
    rules = {rule["Id"]: rule for rule in properties("AudioBucket")["LifecycleConfiguration"]["Rules"]}
    old = rules["ForgetOldVersions"]["NoncurrentVersionExpiration"]["NoncurrentDays"]
    assert f"| old versions of an object | kept {old} days |" in PAGE
    assert f"kept under `rejected/` for {rules['ForgetRejections']['ExpirationInDays']} days" in PAGE


def test_what_waits_outlives_a_flood_and_is_outlived_by_its_message():
    task, message = speak()["TimeoutSeconds"], properties("SpeechNextQueue")["MessageRetentionPeriod"]
    assert 10 * 86_400 < task < message
    assert task < machine()["TimeoutSeconds"]
    assert days(properties("SpeechDeadLetters")["MessageRetentionPeriod"]) == 14


def test_a_function_without_a_place_is_tried_for_three_days_and_a_half():
    """With full jitter each wait is anything up to the limit, so half of it on average."""
    retry = asl.WAITING_RETRY
    waits = [
        min(retry["MaxDelaySeconds"], retry["IntervalSeconds"] * retry["BackoffRate"] ** n)
        for n in range(retry["MaxAttempts"])
    ]
    assert 3.4 <= sum(waits) / 2 / 86_400 <= 3.6


def test_the_history_of_the_longest_article_is_short_enough():
    """25,000 events (Step Functions quotas): even if every range and every task uses up all its retries."""
    ranges = sum(entry["MaxAttempts"] for entry in speak()["Retry"])
    tasks = [task for name, task in asl.tasks(machine()) if name in {"Plan", "Merge", "Publish"}]
    others = sum(entry["MaxAttempts"] for task in tasks for entry in task["Retry"])
    assert most_iterations() * (8 + 3 * ranges) + 3 * others < 25_000


def test_the_regions_of_a_pipeline_are_those_of_what_it_cannot_do_without():
    session = boto3.session.Session()
    every = set(session.get_available_regions("lambda"))
    lacking = sorted(every - set(session.get_available_regions("polly")))
    assert f"| narration | Polly | all but {', '.join(lacking)} |" in PAGE
    assert f"the model of `ModelId` | {', '.join(session.get_available_regions('textract'))} |" in PAGE


def test_the_limits_of_a_redaction_list():
    size = f"{redaction_list.MOST_BYTES:,} bytes, {redaction_list.MOST_WORDS:,} words"
    most = f"{size}, {redaction_list.MOST_PATTERNS} patterns, {redaction_list.MOST_LETTERS} letters each"
    assert f"| `settings/redaction.json` | {most} |" in PAGE
    assert f"{redaction_list.MOST_LETTERS} letters, {redaction_list.MOST_FINDS} times in a line |" in PAGE


def test_a_mark_of_a_deletion_is_kept_as_long_as_a_claim():
    template = read_template(ROOT / "pipelines" / "documents.yaml")["Resources"]["SummariesBucket"]["Properties"]
    rules = {rule["Id"]: rule for rule in template["LifecycleConfiguration"]["Rules"]}
    assert rules["ForgetMarksOfDeletions"]["ExpirationInDays"] == days(claims.SECONDS)
    assert f"| a deletion's mark | kept {days(claims.SECONDS)} days |" in PAGE
    assert rules["ForgetWork"] | {"Prefix": "steps/", "ExpirationInDays": 7} == rules["ForgetWork"]
    assert not {rule.get("Prefix") for rule in rules.values()} & {"boxes/", "text/", "summaries/"}


def test_a_dead_letter_of_speech_is_read_even_if_its_receives_are_not_counted_anew():
    lane, dead = (
        properties(name)["RedrivePolicy"]["maxReceiveCount"] for name in ("SpeechNextQueue", "SpeechDeadLetters")
    )
    assert dead >= lane + 5
