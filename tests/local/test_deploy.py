"""What is packaged, what stands for a layer, how a stack is made and changed."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from importlib import metadata
from pathlib import Path

import boto3
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.cloud.deploying import layers, package, template
from local.cloud.deploying.deploy import DeployError, Deployment, deploy
from local.cloud.settings import Settings
from local.cloud.testing import CloudError, start_cloud
from local.cloud.workers import unpacked
from local.cloud.workers.kills import CLOCK_SETTING

TEMPLATES = Path(__file__).parent / "templates"


class Store:
    """The artefact bucket as a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, content: bytes) -> str:
        self.objects[key] = content
        return f"s3://artefacts/{key}"

    def names(self, uri: str) -> list[str]:
        with zipfile.ZipFile(io.BytesIO(self.objects[uri.removeprefix("s3://artefacts/")])) as archive:
            return archive.namelist()


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A copy of the small application that a test may change."""
    return Path(shutil.copytree(TEMPLATES / "small", tmp_path / "small"))


class TestPackage:
    def test_code_of_the_globals_is_packaged_once(self, app):
        store = Store()
        made = package.package(app / "template.yaml", store.put)["Resources"]
        uri = made["Plain"]["Properties"]["CodeUri"]
        assert store.names(uri) == ["app.py"]
        assert made["Layered"]["Properties"]["CodeUri"] == uri
        assert made["Broken"]["Properties"]["CodeUri"] != uri
        assert len([key for key in store.objects if key.startswith("code/")]) == 2

    def test_caches_are_left_out(self, app):
        (app / "app" / "__pycache__").mkdir()
        (app / "app" / "__pycache__" / "app.pyc").write_bytes(b"x")
        store = Store()
        uri = package.package(app / "template.yaml", store.put)["Resources"]["Plain"]["Properties"]["CodeUri"]
        assert store.names(uri) == ["app.py"]

    def test_nothing_changed_gives_the_same_template(self, app):
        first = package.package(app / "template.yaml", Store().put)
        (app / "app" / "app.py").touch()
        assert package.package(app / "template.yaml", Store().put) == first

    def test_a_changed_file_gives_another_key(self, app):
        first = package.package(app / "template.yaml", Store().put)
        (app / "app" / "app.py").write_text("# changed\n")
        second = package.package(app / "template.yaml", Store().put)
        assert first["Resources"]["Plain"] != second["Resources"]["Plain"]
        assert first["Resources"]["Broken"] == second["Resources"]["Broken"]

    def test_programs_stay_executable(self, tmp_path):
        program = tmp_path / "program"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        (tmp_path / "text").write_text("text")
        with zipfile.ZipFile(io.BytesIO(package.zip_folder(tmp_path))) as archive:
            modes = {entry.filename: (entry.external_attr >> 16) & 0o777 for entry in archive.infolist()}
        assert modes == {"program": 0o755, "text": 0o644}

    def test_state_machine_keeps_its_substitutions(self, app):
        store = Store()
        machine = package.package(app / "template.yaml", store.put)["Resources"]["Machine"]["Properties"]
        stored = store.objects[machine["DefinitionUri"].removeprefix("s3://artefacts/")]
        assert stored == (app / "machine.asl.yaml").read_bytes()
        assert list(machine["DefinitionSubstitutions"]) == ["Plain"]

    @pytest.mark.parametrize(
        ("kind", "where", "form"),
        [
            ("AWS::Serverless::StateMachine", "DefinitionUri", "s3://{bucket}/{key}"),
            ("AWS::Serverless::HttpApi", "DefinitionUri", "s3://{bucket}/{key}"),
            ("AWS::StepFunctions::StateMachine", "DefinitionS3Location", {"Bucket": "{bucket}", "Key": "{key}"}),
            ("AWS::ApiGateway::RestApi", "BodyS3Location", {"Bucket": "{bucket}", "Key": "{key}"}),
        ],
    )
    def test_a_document_goes_as_it_is(self, tmp_path, kind, where, form):
        """Before its substitutions it need not be JSON, and tabs are none of YAML."""
        text = b'{\n\t"MaxAttempts": ${Retries}\n}\n'
        (tmp_path / "a.asl.json").write_bytes(text)
        (tmp_path / "template.json").write_text(
            json.dumps({"Resources": {"A": {"Type": kind, "Properties": {where: "a.asl.json"}}}}, indent="\t")
        )
        store = Store()
        stored = package.package(tmp_path / "template.json", store.put)["Resources"]["A"]["Properties"][where]
        ((key, content),) = store.objects.items()
        assert content == text
        assert stored == json.loads(json.dumps(form).replace("{bucket}", "artefacts").replace("{key}", key))

    @pytest.mark.parametrize(
        ("kind", "where"), [("AWS::Lambda::Function", "Code"), ("AWS::Lambda::LayerVersion", "Content")]
    )
    @pytest.mark.parametrize("uri", ["app", "app/app.py", "app.zip"])
    def test_types_that_sam_leaves_alone_have_local_paths_too(self, app, kind, where, uri):
        with zipfile.ZipFile(app / "app.zip", "w") as archive:
            archive.write(app / "app" / "app.py", "app.py")
        (app / "template.json").write_text(json.dumps({"Resources": {"A": {"Type": kind, "Properties": {where: uri}}}}))
        store = Store()
        made = package.package(app / "template.json", store.put)["Resources"]["A"]["Properties"][where]
        assert made["S3Bucket"] == "artefacts"
        assert store.names(f"s3://artefacts/{made['S3Key']}") == ["app.py"]

    def test_what_is_stored_already_stays(self, tmp_path):
        code = {"S3Bucket": "b", "S3Key": "k"}
        resources = {
            "A": {"Type": "AWS::Lambda::Function", "Properties": {"Code": code}},
            "B": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "s3://b/k"}},
            "C": {"Type": "AWS::Serverless::Function", "Properties": {"InlineCode": "x = 1"}},
        }
        globals_ = {"Function": {"CodeUri": "nowhere"}}
        (tmp_path / "template.json").write_text(json.dumps({"Globals": globals_, "Resources": resources}))
        assert package.package(tmp_path / "template.json", Store().put)["Resources"] == resources

    def test_nested_application_is_packaged_too(self, app):
        outer = app / "outer.yaml"
        outer.write_text(
            "Transform: AWS::Serverless-2016-10-31\n"
            "Resources: {Inner: {Type: AWS::Serverless::Application, Properties: {Location: template.yaml}}}\n"
        )
        store = Store()
        location = package.package(outer, store.put)["Resources"]["Inner"]["Properties"]["Location"]
        inner = json.loads(store.objects[location.removeprefix("https://s3.amazonaws.com/artefacts/")])
        assert inner["Resources"]["Plain"]["Properties"]["CodeUri"].startswith("s3://artefacts/code/")

    def test_third_party_code_in_a_function_is_refused(self, app):
        (app / "app" / "requirements.txt").write_text("boto3\n")
        with pytest.raises(template.TemplateError, match="belongs in a layer"):
            package.package(app / "template.yaml", Store().put)

    def test_missing_folder_is_named(self, app):
        shutil.rmtree(app / "broken")
        with pytest.raises(template.TemplateError, match="Broken wants the folder 'broken'"):
            package.package(app / "template.yaml", Store().put)

    def test_what_sam_build_made_goes_as_it_is(self, app):
        (app / "layer" / "python").mkdir()
        (app / "layer" / "python" / "built.py").write_text("")
        store = Store()
        made = package.package(app / "template.yaml", store.put, built=True)["Resources"]["Library"]["Properties"]
        assert "python/built.py" in store.names(made["ContentUri"])
        assert unpacked.MARKER not in store.names(made["ContentUri"])

    def test_a_layer_whose_folder_is_named_by_a_parameter(self, tmp_path):
        folder = tmp_path / "layer" / "arm64"
        folder.mkdir(parents=True)
        (folder / "requirements.in").write_text("jsonschema\n")
        (folder / "Makefile").write_text("build-A:\n")
        for text, found in (("layer/${Wing}", True), ("layer/${Other}", False), ("layer/${AWS::Region}", False)):
            layer = {
                "Type": "AWS::Serverless::LayerVersion",
                "Metadata": {"BuildMethod": "makefile"},
                "Properties": {"ContentUri": {"Fn::Sub": text}},
            }
            parameters = {"Wing": {"Type": "String", "Default": "arm64"}, "Other": {"Type": "String"}}
            (tmp_path / "template.json").write_text(json.dumps({"Parameters": parameters, "Resources": {"A": layer}}))
            store = Store()
            made = package.package(tmp_path / "template.json", store.put)["Resources"]["A"]["Properties"]["ContentUri"]
            if found:
                assert store.names(made) == [unpacked.MARKER]
            else:
                assert made == {"Fn::Sub": text}


class TestLayers:
    def test_stand_in_holds_exactly_the_closure_of_its_requirements(self, tmp_path):
        """jsonschema of the environment needs attrs, jsonschema-specifications, referencing, rpds and typing."""
        wanted = unpacked.stand_in("jsonschema\n", {"python/own.py": b"x = 1\n"})
        folder = unpacked.Unpacked(tmp_path).layer(wanted)
        tops = {p.name for p in (folder / "python").iterdir() if not p.name.endswith(".dist-info")}
        expected = {"jsonschema", "attr", "attrs", "jsonschema_specifications", "referencing", "rpds", "own.py"}
        assert tops - {"typing_extensions.py"} == expected  # typing_extensions is needed below Python 3.13 alone
        assert (folder / "python" / "own.py").read_text() == "x = 1\n"
        assert not (folder / unpacked.MARKER).exists()

    @pytest.mark.parametrize("name", ["powertools", "audio", "ffmpeg/arm64"])
    def test_layers_of_the_application_have_stand_ins(self, name, tmp_path):
        text = Path("layers", name, "requirements.in").read_text()
        found = layers.closure(layers.read_requirements(text))
        layers.link(found.values(), tmp_path)
        assert {canonicalize_name(r.name) for r in layers.read_requirements(text)} <= set(found)
        seen = {canonicalize_name(d.metadata["Name"]) for d in metadata.distributions(path=[str(tmp_path)])}
        assert seen == set(found)

    def test_a_need_that_the_lock_leaves_out_is_left_out(self, tmp_path):
        """soundfile names numpy as a need; the layer ships none, so that a function that asks for it fails here too."""
        folder = Path("layers", "decoder", "x86_64")
        shipped = layers.locked((folder / "requirements.txt").read_text())
        wanted = unpacked.stand_in((folder / "requirements.in").read_text(), {}, shipped)
        made = unpacked.Unpacked(tmp_path).layer(wanted)
        assert shipped == {"soundfile"}
        assert not (made / "python" / "numpy").exists()
        assert (made / "python" / "soundfile.py").exists()
        assert "numpy" in layers.closure([Requirement("soundfile")])

    def test_folder_that_several_distributions_share_is_linked_file_by_file(self, tmp_path, monkeypatch):
        site = tmp_path / "site"
        for name in ("one", "two"):
            info = site / f"{name}-1.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
            (site / "shared").mkdir(exist_ok=True)
            (site / "shared" / f"{name}.py").write_text("")
            (info / "RECORD").write_text(f"shared/{name}.py,,\n{name}-1.dist-info/METADATA,,\n../../bin/{name},,\n")
        monkeypatch.syspath_prepend(str(site))
        layers._owners.cache_clear()
        layers.link(layers.closure([Requirement("one")]).values(), tmp_path / "layer")
        layers._owners.cache_clear()
        assert sorted(p.name for p in (tmp_path / "layer").iterdir()) == ["one-1.dist-info", "shared"]
        assert [p.name for p in (tmp_path / "layer" / "shared").iterdir()] == ["one.py"]

    def test_markers_and_comments(self):
        text = 'boto3==1.0  # why\n\n# a line\ncolorama; sys_platform == "no-such"\n'
        assert [str(r) for r in layers.read_requirements(text)] == ["boto3==1.0"]

    def test_an_extra_brings_its_own_needs(self):
        plain = layers.closure([Requirement("moto")])
        extra = layers.closure([Requirement("moto[stepfunctions]")])
        assert "antlr4-python3-runtime" in set(extra) - set(plain)

    def test_what_is_not_installed_is_named(self):
        with pytest.raises(layers.LayerError, match="'no-such-package', which is not installed"):
            layers.closure([Requirement("no-such-package")])

    def test_another_version_is_refused(self):
        with pytest.raises(layers.LayerError, match=r"'boto3<1', but version"):
            layers.closure([Requirement("boto3<1")])

    def test_options_are_refused(self):
        with pytest.raises(layers.LayerError, match=r"'-r other\.in' is not a requirement"):
            layers.read_requirements("-r other.in\n")


class TestTemplate:
    def test_parameters_of_samconfig(self, tmp_path):
        config = tmp_path / "samconfig.toml"
        assert template.local_parameters(config) == {}
        config.write_text('[local.deploy.parameters]\nparameter_overrides = ["Stage=dev", "Empty="]\n')
        assert template.local_parameters(config) == {"Stage": "dev", "Empty": ""}
        config.write_text("[local.deploy.parameters]\nparameter_overrides = 'Stage=dev Name=\"two words\"'\n")
        assert template.local_parameters(config) == {"Stage": "dev", "Name": "two words"}

    def test_word_without_equals_is_refused(self):
        with pytest.raises(template.TemplateError, match="write Name=Value"):
            template.parse_parameters(["Stage"])

    def test_short_forms(self, tmp_path):
        file = tmp_path / "t.yaml"
        file.write_text(
            "A: !Ref B\nC: !GetAtt D.E.F\nG: !If [H, !Sub '${I}', !Ref AWS::NoValue]\nJ: 2012-10-17\n"
            "K: !Not [!Condition L]\n"
        )
        assert template.read_yaml(file) == {
            "A": {"Ref": "B"},
            "C": {"Fn::GetAtt": ["D", "E.F"]},
            "G": {"Fn::If": ["H", {"Fn::Sub": "${I}"}, {"Ref": "AWS::NoValue"}]},
            "J": "2012-10-17",
            "K": {"Fn::Not": [{"Condition": "L"}]},
        }

    @pytest.mark.parametrize(
        ("text", "message"),
        [("a: [", r"not valid YAML: .*in \".*t\.yaml\", line 2"), ("a: 1", "has no Resources")],
    )
    def test_what_is_no_template(self, tmp_path, text, message):
        (tmp_path / "t.yaml").write_text(text)
        with pytest.raises(template.TemplateError, match=f"(?s){message}"):
            template.read_template(tmp_path / "t.yaml")


class TestClients:
    def test_a_client_without_settings_of_its_own_reaches_every_host(self, cloud, monkeypatch):
        """As README.md's shell has it: boto3 would ask `sync-127.0.0.1` otherwise."""
        monkeypatch.setenv("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": cloud.region}
        client = boto3.Session().client("stepfunctions", endpoint_url=cloud.url, **keys)
        arn = f"arn:aws:states:{cloud.region}:123456789012:stateMachine:nothing"
        with pytest.raises(client.exceptions.StateMachineDoesNotExist):
            client.start_sync_execution(stateMachineArn=arn)


class TestStack:
    def test_unknown_resource_is_a_stub_with_a_name(self, cloud):
        assert cloud.outputs["UnknownName"] == f"{cloud.stack}-Unknown"

    @pytest.mark.parametrize(
        ("kind", "sentence"),
        [
            ("AWS::S3::Buckett", r"Template format error: Unrecognized resource types: \[AWS::S3::Buckett\]"),
            ("AWS::MSK::Cluster", r"The local cloud does not have the resource types \[AWS::MSK::Cluster\]"),
        ],
        ids=["a typing error", "not built"],
    )
    def test_a_type_that_is_not_here_ends_the_start(self, tmp_path, kind, sentence):
        (tmp_path / "template.yaml").write_text(f"Resources:\n  Store:\n    Type: {kind}\n")
        with pytest.raises(CloudError, match=f"template.yaml:3: {sentence}"):
            start_cloud(tmp_path / "template.yaml")

    def test_change_and_no_change(self, cloud, app):
        """Deploys another stack into the same cloud, then its next version, then the same again."""
        (app / "template.yaml").write_text(
            "Transform: AWS::Serverless-2016-10-31\n"
            "Parameters: {Answer: {Type: String, Default: first}}\n"
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
            "      {Handler: app.f, Runtime: python3.13, CodeUri: app,\n"
            "       Environment: {Variables: {ANSWER: !Ref Answer}}}\n"
            "Outputs: {Name: {Value: !Ref F}}\n"
        )
        settings = Settings(port=int(cloud.url.rpartition(":")[2]), region=cloud.region, temp=app)
        functions = cloud.client("lambda")

        def state(source: str, **parameters: str) -> tuple[object, str]:
            """``Unused`` is one of samconfig's, which this template does not declare."""
            (app / "app" / "app.py").write_text(source)
            wanted = Deployment(app / "template.yaml", "changing", parameters, defaults={"Unused": "x"})
            outputs = deploy(settings, wanted, lambda _: None)
            answer = json.loads(functions.invoke(FunctionName=outputs["Name"], Payload=b"{}")["Payload"].read())
            status = cloud.client("cloudformation").describe_stacks(StackName="changing")["Stacks"][0]["StackStatus"]
            return answer, status

        code = "import os\ndef f(event, context): return [{n}, os.environ['ANSWER']]\n"
        assert state(code.format(n=1)) == ([1, "first"], "CREATE_COMPLETE")
        assert state(code.format(n=2)) == ([2, "first"], "UPDATE_COMPLETE")
        assert state(code.format(n=2), Answer="second") == ([2, "second"], "UPDATE_COMPLETE")
        with pytest.raises(DeployError, match=r"Parameters: \[Unused\] do not exist in the template; .* Answer"):
            state(code.format(n=2), Unused="x")
        assert state(code.format(n=2), Answer="second") == ([2, "second"], "UPDATE_COMPLETE")
        with pytest.raises(DeployError, match=r"Parameters: \[Unused\] do not exist in the template; .* Answer"):
            state(code.format(n=2), Unused="x")

    def test_another_region(self, app):
        cloud = start_cloud(
            app / "template.yaml", environ={"AWS_DEFAULT_REGION": "eu-central-1"}, parameters={"Greeting": "hallo"}
        )
        try:
            assert ":eu-central-1:123456789012:" in cloud.outputs["MachineArn"]
            answer = cloud.client("lambda").invoke(
                FunctionName=cloud.physical_id("Plain"), Payload=b'{"do": "environ"}'
            )
            environ = json.loads(answer["Payload"].read())["environ"]
            assert (environ["AWS_REGION"], environ["GREETING"]) == ("eu-central-1", "hallo")
        finally:
            cloud.stop()

    def test_a_clock_that_is_off_takes_no_time_from_a_function(self, app):
        """Deadline and clock are both the host's; a function that read one of another host would have no time left."""
        cloud = start_cloud(app / "template.yaml", environ={CLOCK_SETTING: "240"})
        try:
            for name in ("Plain", "Traced"):
                answer = cloud.client("lambda").invoke(FunctionName=cloud.physical_id(name), Payload=b"{}")
                assert 0 < json.loads(answer["Payload"].read())["left"] <= 10_000
        finally:
            cloud.stop()
