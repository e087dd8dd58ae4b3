"""The program ``tabular`` as a job: what it leaves answers as what it trained, and each failure has its name."""

from __future__ import annotations

import json

import pytest

from tests.unit.training import jobs


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    return jobs.unpacked(tmp_path_factory.mktemp("tabular"), "tabular")


@pytest.fixture(scope="module")
def done(tmp_path_factory, code):
    folder = tmp_path_factory.mktemp("job")
    train = jobs.channel(folder / "train", jobs.trips(3_000))
    return jobs.run(folder, "tabular", jobs.trips_plan(), {"train": train}, {"max_iter": 40}, code=code)


def test_a_job_leaves_a_model_that_is_better_than_chance_and_says_so(done):
    assert (done.status, done.failure) == (0, "")
    metrics = done.metrics()
    assert metrics.keys() == {"roc_auc", "pr_auc", "accuracy", "log_loss"}
    assert metrics["roc_auc"] > 0.65
    model = done.loaded()
    assert (model.name, model.positive, model.negative) == ("trips", "Customer", "Subscriber")  # the rarer is positive
    assert model.fitted.others == {"station"}
    assert "station has more than 255 categories" in done.log


def test_its_smoke_rows_answer_as_the_job_did(done):
    model, smoke = done.loaded(), done.document("smoke.json")["rows"]
    assert len(smoke) == 20
    for entry in smoke:
        row = [entry["row"][column.name] for column in model.columns]
        assert model.probability(row) == entry["probability"]


def test_the_same_job_leaves_the_same_bytes(done, tmp_path, code):
    train = jobs.channel(tmp_path / "train", jobs.trips(3_000))
    again = jobs.run(tmp_path, "tabular", jobs.trips_plan(), {"train": train}, {"max_iter": 40}, code=code)
    for name in ("model.json", "smoke.json", "code/inference.py"):
        assert (again.model / name).read_bytes() == (done.model / name).read_bytes()
    other = jobs.run(tmp_path, "tabular", jobs.trips_plan(seed=2), {"train": train}, {"max_iter": 40}, code=code)
    assert (other.model / "model.json").read_bytes() != (done.model / "model.json").read_bytes()


def test_a_validation_channel_in_parts_and_compressed_is_what_is_measured(tmp_path, code):
    import gzip

    train = jobs.channel(tmp_path / "train", jobs.trips(1_000))
    jobs.channel(train / "more", jobs.trips(1_000, seed=2), "part-00001.csv")
    validation = jobs.channel(tmp_path / "validation", jobs.trips(500, seed=3), "all.csv")
    (validation / "all.csv.gz").write_bytes(gzip.compress((validation / "all.csv").read_bytes()))
    (validation / "all.csv").unlink()
    (validation / "_SUCCESS").write_text("")
    told = jobs.trips_plan(columns=(), positive="Subscriber", negative="Customer")
    done = jobs.run(
        tmp_path, "tabular", told, {"train": train, "validation": validation}, {"balance": "balanced"}, code=code
    )
    assert done.failure == ""
    # Kinds are found in the rows: stations are numbers there.
    assert {column.name: column.kind for column in done.loaded().columns}["station"] == "number"
    assert done.loaded().positive == "Subscriber"
    assert done.metrics()["pr_auc"] > 0.75


def changed(rows, place, column, text):
    rows[place][column] = text
    return rows


FAILURES = [
    ("ClassEmpty", [["duration", "user_type"], ["1", "a"], ["2", "a"]], {}, {}),
    ("ClassEmpty", [["duration", "user_type"], *[[str(n), "abc"[n % 3]] for n in range(60)]], {}, {}),
    ("ClassEmpty", jobs.trips(100), {"positive": "Member", "negative": "Customer"}, {}),
    ("TargetMissing", changed(jobs.trips(50), 7, 4, "NaN"), {}, {}),
    ("TargetMissing", jobs.trips(50), {"target": "class"}, {}),
    ("ColumnConstant", [jobs.trips(0)[0], *([*row[:3], "", row[4]] for row in jobs.trips(90)[1:])], {}, {}),
    ("ChannelUnreadable", jobs.trips(0), {}, {}),
    ("ChannelUnreadable", [["a", "a"], ["1", "2"]], {}, {}),
    ("ChannelUnreadable", [*jobs.trips(50), ["1", "2"]], {}, {}),
    ("ChannelUnreadable", [[name for name in row if name != "hour"] for row in jobs.trips(5)], {}, {}),
    ("ManifestInvalid", jobs.trips(50), {"columns": (jobs.Column("station", "text"),)}, {}),
    ("ManifestInvalid", jobs.trips(50), {}, {"trees": 7}),
    ("ManifestInvalid", jobs.trips(50), {}, {"max_iter": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rows", "told", "values"), FAILURES)
def test_each_failure_has_its_name_and_leaves_no_model(tmp_path, code, name, rows, told, values):
    columns = {} if len(rows[0]) == 5 else {"columns": ()}
    train = jobs.channel(tmp_path / "train", rows)
    done = jobs.run(tmp_path, "tabular", jobs.trips_plan(**(columns | told)), {"train": train}, values, code=code)
    assert (done.status, done.failure.partition(":")[0]) == (1, name)
    assert len(done.failure) <= 1_000
    assert done.log.rstrip().endswith(done.failure)
    assert not done.model.exists()


def test_bytes_that_are_no_text_are_named(tmp_path, code):
    train = jobs.channel(tmp_path / "train", jobs.trips(5))
    (train / "b.csv").write_bytes(b"duration,station,hour,age,user_type\n1,\xff,2,3,Customer\n")
    done = jobs.run(tmp_path, "tabular", jobs.trips_plan(), {"train": train}, code=code)
    assert done.failure.startswith("ChannelUnreadable: b.csv of train cannot be read")


def test_a_job_without_a_plan_or_a_channel_is_named(tmp_path, code):
    done = jobs.run(tmp_path, "tabular", jobs.trips_plan(), {}, code=code)
    assert done.failure.startswith("ChannelUnreadable: The job has no channel train")


def test_rows_of_one_class_measure_nothing(tmp_path, code):
    rows = jobs.trips(300)
    channels = {
        "train": jobs.channel(tmp_path / "train", rows),
        "validation": jobs.channel(tmp_path / "validation", [row for row in rows if row[4] != "Customer"]),
    }
    done = jobs.run(tmp_path, "tabular", jobs.trips_plan(), channels, code=code)
    assert done.failure.startswith("ClassEmpty: The rows that are measured have one class only")


TRAINED = """
import json, random, sys
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from training.model import Column
from training.programs import export, proof
from training.serving import walker
from training.transform import fitted

given = json.load(sys.stdin)
seed = given["seed"]
chance, draw = random.Random(seed), np.random.default_rng(seed)
size, categories = 1_500, given["categories"]
columns = tuple(Column(f"n{n}", "number") for n in range(3)) + tuple(Column(f"c{n}", "category") for n in range(2))
rows = []
for _ in range(size):
    numbers = [repr(float(x)) for x in draw.normal(size=3) * 10.0 ** draw.integers(-9, 9, size=3)]
    rows.append([*numbers, f"k{chance.randrange(categories)}", f"m{chance.randrange(7)}"])
for row in rows:
    for place in range(5):
        if chance.random() < given["missing"]:
            row[place] = ""
counts = {}
for place, name in ((3, "c0"), (4, "c1")):
    counts[name] = {}
    for row in rows:
        if row[place]:
            counts[name][row[place]] = counts[name].get(row[place], 0) + 1
fit = fitted.fit(columns, counts)

def matrix(rows):
    cells = [[np.nan if cell is None else float(cell) for cell in fit.encode(row)] for row in rows]
    return np.array(cells, dtype=np.float64)

X = matrix(rows)
y = (np.nan_to_num(X[:, 0]) + 3 * (X[:, 4] == 2) + draw.normal(size=size) > 1).astype(int)
model = HistGradientBoostingClassifier(
    max_iter=30, random_state=seed, categorical_features=[False, False, False, True, True], **given["values"]
).fit(X, y)
names = {"name": "m", "version": "v", "positive": "1", "negative": "0"}
document = walker.envelope("trees", fit, names, 0.5) | export.trees(model, 5)
walked = walker.load(json.loads(json.dumps(document, allow_nan=False)))
asked = proof.rows(fit, rows, seed, proof.edges(document))
expected = model.predict_proba(matrix(asked))[:, 1]
print(json.dumps({
    "rows": len(asked),
    "different": sum(walked.probability(row) != float(each) for row, each in zip(asked, expected)),
    "answers": len(set(expected)),
}))
"""


@pytest.mark.parametrize(
    ("seed", "categories", "missing", "values"),
    [
        (1, 5, 0.1, {}),
        (2, 255, 0.0, {"min_samples_leaf": 2}),
        (3, 400, 0.3, {"max_leaf_nodes": 200, "min_samples_leaf": 1, "learning_rate": 0.7}),
        (4, 2, 0.9, {"class_weight": "balanced"}),
        (5, 40, 0.05, {"early_stopping": True, "max_depth": 3}),
        (6, 1, 0.98, {}),
    ],
)
def test_the_walker_answers_as_scikit_learn_to_the_last_bit(seed, categories, missing, values):
    given = {"seed": seed, "categories": categories, "missing": missing, "values": values}
    found = jobs.ask(TRAINED, given)
    assert (found["rows"], found["different"]) == (1_000, 0)
    assert found["answers"] > (20 if missing < 0.95 else 1)


MUTATIONS = {
    "a leaf": "document['trees'][3]['value'][-1] += 1e-9",
    "a side": "document['trees'][0]['missing'] = [1 - each for each in document['trees'][0]['missing']]",
    "the base": "document['base'] *= 1.0000001",
    "the thresholds": (
        "for tree in document['trees']:\n"
        "        tree['value'] = [v if f < 0 or v > 1e9 else v * (1 + 2**-52)"
        " for f, v in zip(tree['feature'], tree['value'])]"
    ),
    "a category": "document['transform']['columns'][1]['categories'].reverse()",
}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_an_export_that_is_not_the_model_fails_the_job(tmp_path, mutation):
    """The defect is put where an exporter could have it: between the trained model and its file."""
    code = jobs.unpacked(tmp_path, "tabular")
    program = code / "millrace" / "training" / "programs" / "proof.py"
    text = program.read_text()
    wrong = f"    {mutation}\n    document['transform']['hash'] = _hash(document)\n    model = walker.load(document)\n"
    assert "    model = walker.load(document)\n" in text
    program.write_text(text.replace("    model = walker.load(document)\n", wrong) + HASH)
    rows = jobs.trips(1_000)
    done = jobs.run(
        tmp_path, "tabular", jobs.trips_plan(), {"train": jobs.channel(tmp_path / "train", rows)}, code=code
    )
    assert (done.status, done.failure.partition(":")[0]) == (1, "ExportDiffers")
    assert "where the trained model answers" in done.failure
    assert not (done.model / "model.json").exists()


HASH = """

def _hash(document):
    import hashlib, json
    body = {"columns": document["transform"]["columns"]}
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
"""


GUARD = """
import json, sys
given = json.load(sys.stdin)
import sklearn
from training.programs import export
from training.errors import ExportDiffers
if given["version"]:
    sklearn.__version__ = given["version"]
class Other:
    pass
try:
    export.trees(Other(), 1)
except ExportDiffers as error:
    print(json.dumps(str(error)))
"""


@pytest.mark.parametrize(
    ("version", "sentence"),
    [("2.0.1", "none of the versions 1.5 to 1.9"), ("1.4.2", "none of"), (None, "without _predictors, _baseline")],
)
def test_a_scikit_learn_that_keeps_its_trees_elsewhere_is_said_in_a_sentence(version, sentence):
    assert sentence in jobs.ask(GUARD, {"version": version})


INFERENCE = """
import json, sys
given = json.load(sys.stdin)
sys.path.insert(0, given["code"])
sys.path = [path for path in sys.path if path != given["root"]]
import inference
model = inference.model_fn(given["folder"])
found = {}
for form, body in given["bodies"].items():
    answer = inference.predict_fn(inference.input_fn(body, form), model)
    found[form] = json.loads(inference.output_fn(answer, "application/json")[0])
found["csv"] = inference.output_fn(answer, "text/csv")[0]
print(json.dumps(found))
"""


def test_an_endpoint_answers_as_the_job_did(done):
    from training.programs import archive
    from training.transform import rows

    smoke = done.document("smoke.json")["rows"]
    names = [column.name for column in done.loaded().columns]
    table = [[entry["row"][name] for name in names] for entry in smoke]
    bodies = {
        "text/csv": rows.to_csv(table, names).decode(),
        "application/json": json.dumps({"instances": [{"features": row} for row in table]}),
        "application/jsonlines": "\n".join(json.dumps(entry["row"]) for entry in smoke),
    }
    given = {"code": str(done.model / "code"), "root": str(archive.ROOT), "folder": str(done.model), "bodies": bodies}
    found = jobs.ask(INFERENCE, given)
    expected = [entry["probability"] for entry in smoke]
    for form in bodies:
        assert [each["probability"] for each in found[form]["predictions"]] == expected
    assert [float(line) for line in found["csv"].split()] == expected
