"""Rows that are wrong, each under its own name; and rows as they come: packed, reordered, cut off."""

from __future__ import annotations

import gzip
import json
import random

import pytest
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.s3.models import s3_backends

from tests.unit.training import world as worlds
from tests.unit.training.manifests.manifest import channel
from tests.unit.training.world import DATA, rows, table_of
from training.errors import ChannelUnreadable
from training.manifest import Channel
from training.manifests import data, parser, profiles
from training.manifests import rows as readers
from training.transform import kinds


def refused(world, **changed) -> tuple[str, str]:
    """Error and sentence that a run ends in."""
    state = world.run(world.put(worlds.manifest(**changed)))
    assert state["outcome"] == "refused"
    assert world.serves() is None
    assert not world.trained
    said = world.rejected()[0]
    return said["error"], said["message"]


def put(world, body: bytes, channel_name: str = "train", key: str = "part-0.csv") -> None:
    world.real("s3").put_object(Bucket=DATA, Key=f"{channel_name}/{key}", Body=body)


def test_a_column_that_is_the_label_under_other_names_is_refused(world):
    leaked = [(*row[:2], row[2], "yes" if row[2] == "Customer" else "no") for row in rows(0)]
    put(world, table_of(leaked, "age,station,user,casual"))
    error, message = refused(world)
    assert error == "LabelLeak"
    assert "casual says what the target user says" in message


def test_two_values_that_do_not_follow_the_label_are_no_leak_and_a_near_one_is_told(world):
    draw = random.Random(1)
    near = [
        (*row[:2], row[2], ("yes" if row[2] == "Customer" else "no") if number else "yes", draw.choice("ab"))
        for number, row in enumerate(rows(0))
    ]
    for name in ("train", "test"):
        put(world, table_of(near, "age,station,user,casual,coin"), name)
    execution = world.start(world.put(worlds.manifest()), "one")
    execution.go(until="Prepare")
    found = world.bucket.get(f"steps/{execution.state['version']}/columns.json").json()
    assert [said for said in found["cautions"] if "casual alone tells the classes apart" in said]
    assert execution.state["cautions"] == 1


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        (table_of([("5", "7", "Customer")] * 200), "ClassEmpty", "two classes are needed"),
        (table_of([*rows(0), ("5", "7", "Third")]), "ClassEmpty", "has 3 values"),
        (table_of([(row[0], row[1], str(n)) for n, row in enumerate(rows(0))]), "ClassEmpty", "more than 50 values"),
        (table_of([*rows(0), ("5", "7", "")]), "TargetMissing", "Row 201"),
        (table_of([*rows(0), ("5", "7", "NaN")]), "TargetMissing", "Row 201"),
        (table_of(rows(0), "age,station,who"), "TargetMissing", "no column user"),
        (table_of(rows(0)[:60]), "TooFewRows", "60 rows"),
        (table_of([*[("5", "7", "Subscriber")] * 200, *[("5", "8", "Customer")] * 3]), "TooFewRows", "3 rows of the"),
        (b"", "ChannelUnreadable", "is empty"),
        (b"age,station,user\n", "TooFewRows", "no rows"),
        (b"age,station,user\n1,2\n", "ChannelUnreadable", "line 2: 2 cells under 3 columns"),
        (b"age,age,user\n", "ChannelUnreadable", "two columns of one name"),
        (b"age,,user\n", "ChannelUnreadable", "without a name"),
        (b"age,station,user\n\xff\xfe,1,Customer\n", "ChannelUnreadable", "is not UTF-8"),
        (b'age,station,user\n"1,2,Customer\n', "ChannelUnreadable", "is not CSV"),
        (b"age,station,user\n" + b"1" * (1 << 21), "ChannelUnreadable", "a line of more than"),
        (table_of([("5", "7", row[2]) for row in rows(0)]), "ColumnConstant", "No column of train tells"),
    ],
)
def test_each_bad_channel_ends_under_its_own_name(world, body, error, says):
    put(world, body)
    found, message = refused(world)
    assert found == error
    assert says in message


def test_a_column_that_is_named_may_not_be_the_same_everywhere_and_one_that_is_not_named_is_left_out(world):
    fixed = [(row[0], "7", row[2]) for row in rows(0)]
    put(world, table_of(fixed))
    named = [{"name": "age", "type": "number"}, {"name": "station", "type": "category"}]
    assert refused(world, columns=named)[0] == "ColumnConstant"
    execution = world.start(world.put(worlds.manifest(), "2026-12-01T11:00:00Z"), "two")
    execution.go(until="Prepare")
    found = world.bucket.get(f"steps/{execution.state['version']}/columns.json").json()
    assert found["left_out"] == {"station": "It is the same in every row."}
    assert [each["name"] for each in found["columns"]] == ["age"]


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"columns": [{"name": "wind", "type": "number"}]}, "ManifestInvalid", "columns names wind"),
        ({"positive": "Nobody"}, "ManifestInvalid", "positive is 'Nobody'"),
        ({"slices": ["wind"]}, "ManifestInvalid", "slices names wind"),
        (
            {"channels": [channel("train", "s3://data/nothing/"), channel("test", "s3://data/test/")]},
            "ChannelUnreadable",
            "names no object",
        ),
        (
            {"channels": [channel("train", "s3://elsewhere/x/"), channel("test", "s3://data/test/")]},
            "ChannelUnreadable",
            "NoSuchBucket",
        ),
        ({"program": {"source": "s3://data/no.tar.gz"}, "hyperparameters": {}}, "ProgramUnusable", "no archive"),
    ],
)
def test_a_manifest_that_does_not_fit_its_rows_is_refused(world, changed, error, says):
    found, message = refused(world, **changed)
    assert found == error
    assert says in message


@pytest.mark.parametrize("train", ["s3://data/t", "s3://data/te", "s3://data/test/part-0.csv"])
def test_rows_that_stand_in_two_channels_are_refused(world, train):
    error, message = refused(world, channels=[channel("train", train), channel("test", "s3://data/test/")])
    assert error == "ChannelUnreadable"
    assert "s3://data/test/part-0.csv is in the channels test and train" in message


def test_lines_of_one_word_are_a_text_as_a_job_has_it():
    text = "one\ntwo\nthree\tfour\nfive\nsix"
    profile = profiles.Profile("mail")
    profile.add(text, "yes")
    assert profile.kind() == kinds.infer(["mail"], [[text]])[0].kind == "text"


def test_long_texts_that_begin_with_the_same_are_no_constant(world):
    told = [(*row, "Dear all: " + "again and " * 40 + draw) for row, draw in zip(rows(0), "ab" * 100, strict=True)]
    for name in ("train", "test"):
        put(world, table_of(told, "age,station,user,mail"), name)
    columns = [{"name": "mail", "type": "text"}]
    execution = world.start(
        world.put(worlds.manifest(program="text_classifier", columns=columns, hyperparameters={})), "one"
    )
    execution.go(until="Prepare")
    assert execution.state["rows"]["train"] == 200


def test_an_archive_of_the_wrong_layout_is_refused_before_anything_is_paid(world):
    world.real("s3").put_object(Bucket=DATA, Key="code.tar.gz", Body=worlds.packed({"folder/train.py": b"pass"}))
    error, message = refused(world, program={"source": "s3://data/code.tar.gz"}, hyperparameters={})
    assert error == "ProgramUnusable"
    assert "folder/train.py" in message


def test_a_test_channel_of_other_columns_is_refused(world):
    put(world, table_of([(row[0], row[2]) for row in rows(1)], "age,user"), "test")
    error, message = refused(world)
    assert (error, "station" in message) == ("ChannelUnreadable", True)


def test_a_test_channel_of_other_classes_is_refused(world):
    put(world, table_of([(*row[:2], row[2].lower()) for row in rows(1)]), "test")
    assert refused(world)[0] == "ClassEmpty"


def test_what_cannot_be_parsed_is_refused_without_a_version(world):
    given = world.put({"name": "trips", "schema": 7})
    state = world.run(given)
    assert (state["error"], state["version"]) == ("ManifestInvalid", "")
    assert "schema must be 1." in world.rejected()[0]["message"]
    assert world.rejected()[0]["source"]["version_id"] == given["manifest"]["version_id"]


def test_packed_objects_other_orders_of_columns_and_marks_at_the_start_are_read(world):
    put(world, gzip.compress(b"\xef\xbb\xbfuser,age,station\r\nCustomer,20,5\r\n\r\n"), key="part-1.csv.gz")
    put(world, b"", key="readme.txt")
    put(world, b"", key="folder/")
    found = list(readers.iterate(Channel("train", DATA, "train/")))
    assert len(found) == 201
    assert found[-1] == {"age": "20", "station": "5", "user": "Customer"}


def test_a_packed_object_that_breaks_off_is_named(world):
    put(world, gzip.compress(table_of(rows(3)))[:-20], key="part-1.csv.gz")
    with pytest.raises(ChannelUnreadable, match=r"part-1\.csv\.gz.*breaks off"):
        list(readers.iterate(Channel("train", DATA, "train/")))


def test_an_object_that_changes_after_it_was_listed_is_named(world):
    entries = data.listed(Channel("train", DATA, "train/"))
    put(world, table_of(rows(9)))
    with pytest.raises(ChannelUnreadable, match="has changed since it was listed"):
        readers.read("train", entries)


@pytest.mark.parametrize(
    "listed",
    [
        b"", b"{}", b"[]", b'[{"prefix": 7}]', b'[{"prefix": "s3://data/train/"}, 7]',
        b'[{"prefix": "s3://data/train/"}, "absent.csv"]',
    ],
)  # fmt: skip
def test_a_manifest_file_of_another_form_is_named(world, listed):
    world.real("s3").put_object(Bucket=DATA, Key="sets/train.json", Body=listed)
    with pytest.raises(ChannelUnreadable):
        data.listed(Channel("train", DATA, "sets/train.json", "ManifestFile"))


def stored(keys: list[str]) -> None:
    """Objects put without a request for each."""
    backend = s3_backends[ACCOUNT]["aws"]
    for key in keys:
        backend.put_object(DATA, key, b"age,user\n")


def of_a_file(world, names: list[str], prefix: str = "s3://data/set/") -> Channel:
    world.real("s3").put_object(Bucket=DATA, Key="sets/m.json", Body=json.dumps([{"prefix": prefix}, *names]).encode())
    return Channel("train", DATA, "sets/m.json", "ManifestFile")


def test_the_parts_of_a_manifest_file_are_listed_and_not_asked_for_one_by_one(world):
    """Three thousand requests take longer than Claim has."""
    names = [f"train/part-{number:05d}.csv" for number in range(3_000)]
    stored(
        [f"set/{name}" for name in names] + ["set/test/part-00000.csv", "set/train/part-01000.csv.old", "set/zz.csv"]
    )
    asked = []
    world.hook = asked.append
    found = data.listed(of_a_file(world, [*names, names[0]]))
    assert [each.key for each in found] == [f"set/{name}" for name in names]
    assert not [call for call in asked if "head_object" in call]
    head = world.bucket.__class__(DATA).head("set/train/part-02999.csv")
    assert head is not None
    assert (found[-1].etag, found[-1].size) == (head.etag, head.size)


@pytest.mark.parametrize("names", [["a.csv"], ["b/a.csv", "a/b.csv"], ["a.csv", "a.csv.gz"], ["é.csv", "z.csv"]])
def test_names_of_any_form_are_found_among_others(world, names):
    stored([f"set/{name}" for name in ("0.csv", *names, "a/a.csv", "zz.csv", "\U0001f600.csv")])
    assert {each.key for each in data.listed(of_a_file(world, names))} == {f"set/{name}" for name in names}


def test_a_name_that_is_not_there_is_told(world):
    stored(["set/a.csv", "set/c.csv"])
    for names in (["a.csv", "b.csv"], ["b.csv"], ["a.csv", "d.csv"]):
        with pytest.raises(ChannelUnreadable, match=rf"names {names[-1]}, which is not below s3://data/set/"):
            data.listed(of_a_file(world, names))


def test_parts_among_too_many_others_want_a_folder_of_their_own(world, monkeypatch):
    monkeypatch.setattr(data, "MOST_AROUND", 5)
    stored([f"set/{number}.csv" for number in range(9)])
    assert len(data.listed(of_a_file(world, ["0.csv", "6.csv"]))) == 2
    with pytest.raises(ChannelUnreadable, match="give them a folder of their own"):
        data.listed(of_a_file(world, ["0.csv", "8.csv"]))


def test_objects_of_other_endings_are_left_out_and_told(world):
    put(world, table_of(rows(5)), key="part-1.CSV")
    put(world, gzip.compress(table_of(rows(6))), key="part-2.csv.GZ")
    for key in ("_SUCCESS", "notes.txt", "part-3.parquet", "rows"):
        put(world, b"not rows", key=key)
    state = world.run(world.put(worlds.manifest(owner="me")))
    said = world.bucket.get(state["report"]["key"] if isinstance(state["report"], dict) else state["report"]).json()
    assert said["counts"]["rows"]["train"] == 600
    assert said["objects_left_out"] == {
        "train": {"objects": 4, "some": ["train/_SUCCESS", "train/notes.txt", "train/part-3.parquet"]}
    }
    assert said["members_ignored"] == ["owner"]


def test_a_channel_whose_objects_all_end_otherwise_is_refused(world):
    for key in ("rows", "more.parquet"):
        world.real("s3").put_object(Bucket=DATA, Key=f"other/{key}", Body=b"x\n")
    with pytest.raises(
        ChannelUnreadable, match=r"2 objects end otherwise, as other/more\.parquet does.*under such names"
    ):
        data.listed(Channel("train", DATA, "other/"))


def test_objects_stand_in_the_order_in_which_a_job_reads_them(world):
    """By the parts of their paths; S3's own order has a-b/ before a/."""
    for key in ("a-b/1.csv", "a/1.csv"):
        world.real("s3").put_object(Bucket=DATA, Key=f"order/{key}", Body=b"x\n")
    found = data.listed(Channel("train", DATA, "order/"))
    assert [each.key for each in found] == ["order/a/1.csv", "order/a-b/1.csv"]


def test_of_a_channel_that_is_too_long_so_much_is_looked_at_and_that_is_told(world, monkeypatch):
    from training.manifests import checks

    monkeypatch.setattr(checks, "MOST_ROWS", 150)
    execution = world.start(world.put(worlds.manifest()), "one")
    execution.go(until="Prepare")
    found = world.bucket.get(f"steps/{execution.state['version']}/columns.json").json()
    assert found["unlooked"] == ["test", "train"]
    assert found["rows"] == {"test": 150, "train": 150}


def test_kinds_of_columns_are_found_in_the_rows(world):
    draw = random.Random(3)
    wide = [
        (
            row[0],
            row[1],
            row[2],
            draw.choice(["007", "x7"]),
            " ".join(["word"] * draw.randint(6, 9)),
            str(draw.random()),
        )
        for row in rows(0)
    ]
    put(world, table_of(wide, "age,station,user,bike,note,wind"))
    put(world, table_of(wide, "age,station,user,bike,note,wind"), "test")
    execution = world.start(world.put(worlds.manifest()), "one")
    execution.go(until="Prepare")
    found = world.bucket.get(f"steps/{execution.state['version']}/columns.json").json()
    kinds = {each["name"]: each["kind"] for each in found["columns"]}
    assert kinds == {"age": "number", "station": "number", "bike": "category", "wind": "number"}
    assert found["left_out"] == {"note": "It is a text, which tabular does not read."}
    assert found["positive"] == "Customer"  # the rarer one


def test_a_manifest_of_a_stack_with_a_long_name_gets_no_endpoint(world, monkeypatch):
    monkeypatch.setenv("STACK_NAME", "a" * 21)
    error, message = refused(world, deploy={"kind": "serverless"})
    assert (error, "deploy under a shorter name" in message) == ("ManifestInvalid", True)


def test_a_manifest_that_went_meanwhile_is_refused(world):
    given = world.put(worlds.manifest())
    given["manifest"]["version_id"] = "00000000-0000-0000-0000-000000000000"
    assert world.run(given)["error"] == "ManifestInvalid"


def test_the_largest_manifest_is_bounded():
    body = json.dumps(worlds.manifest(note="x" * parser.MOST_BYTES)).encode()
    with pytest.raises(Exception, match="are allowed"):
        parser.parse(body)
