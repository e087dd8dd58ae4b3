"""Applications that are not this one: built, deployed and used as their authors would, by SAM CLI alone.

The first is what `sam init` makes of the Python template that SAM CLI brings with it; two small ones stand in
applications/.
"""

from __future__ import annotations

import json
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from local.cloud.deploying.deploy import Deployment, deploy, outputs
from local.cloud.settings import Settings
from local.cloud.testing import Cloud, start_cloud
from tests.e2e.waiting import eventually
from tests.roads import builds, sam_commands

SOURCES = Path(__file__).parent / "applications"
SAM = str(builds.SAM)
RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
CAPABILITIES = ["--resolve-s3", "--capabilities", "CAPABILITY_IAM"]


@dataclass(frozen=True)
class Application:
    """A folder with a template, and the cloud that it goes to."""

    home: Path
    cloud: Cloud

    @property
    def name(self) -> str:
        return self.home.name

    @property
    def outputs(self) -> dict[str, str]:
        return outputs(self.cloud.url, self.name)

    def sam(self, *words: str, typed: str = "") -> str:
        return sam_commands.run([SAM, *words], self.home, self.cloud, typed)

    def client(self, service: str) -> Any:
        return self.cloud.client(service)

    def ask(self, url: str) -> tuple[int, Any]:
        """What a browser would get that is led to this machine in the place of Amazon's."""
        address = urlsplit(url)
        assert address.hostname is not None
        request = urllib.request.Request(f"{self.cloud.url}{address.path}", headers={"Host": address.hostname})  # noqa: S310
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def delete(self) -> None:
        printed = self.sam("delete", "--stack-name", self.name, "--no-prompts", "--region", self.cloud.region)
        assert "Deleted successfully" in printed
        with pytest.raises(ClientError, match="does not exist"):
            self.client("cloudformation").describe_stacks(StackName=self.name)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    found = start_cloud(None)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("applications")


def from_sources(name: str, folder: Path, cloud: Cloud) -> Application:
    application = Application(Path(shutil.copytree(SOURCES / name, folder / name)), cloud)
    runtime = ["--parameter-overrides", f"PythonRuntime={RUNTIME}"]
    application.sam("build", *runtime)
    printed = application.sam("deploy", "--stack-name", name, *CAPABILITIES, *runtime)
    assert f"Successfully created/updated stack - {name}" in printed
    return application


@pytest.fixture(scope="module")
def gallery(folder: Path, cloud: Cloud) -> Application:
    return from_sources("gallery", folder, cloud)


@pytest.fixture(scope="module")
def orders(folder: Path, cloud: Cloud) -> Application:
    return from_sources("orders", folder, cloud)


class TestGallery:
    """Events of S3 and SQS, an HTTP API, a schedule."""

    def test_an_upload_is_listed_and_shown(self, gallery: Application):
        gallery.client("s3").put_object(Bucket=gallery.outputs["PicturesName"], Key="a b.jpg", Body=b"12345")
        gallery.client("s3").put_object(Bucket=gallery.outputs["PicturesName"], Key="note.txt", Body=b"1")
        url = f"{gallery.outputs['GalleryUrl']}a%20b.jpg"
        eventually(lambda: gallery.ask(url)[0] == 200 or None, "picture in the gallery")
        assert gallery.ask(url) == (200, {"name": "a b.jpg", "size": 5})
        status, body = gallery.ask(f"{gallery.outputs['GalleryUrl']}note.txt")
        assert (status, body) == (404, {"message": "There is no such picture."})

    def test_a_message_is_answered(self, gallery: Application):
        gallery.client("sqs").send_message(QueueUrl=gallery.outputs["AskedUrl"], MessageBody="how many?")
        eventually(lambda: self._counted(gallery, "queue"), "count that was asked for")

    @staticmethod
    def _counted(gallery: Application, by: str) -> Any:
        key = {"id": {"S": f"counted by {by}"}}
        found = gallery.client("dynamodb").get_item(TableName=gallery.outputs["ListedName"], Key=key).get("Item")
        return found and found["number"]["N"]


class TestOrders:
    """A machine in JSONPath that a rule starts, with a function and a table."""

    def test_an_order_is_kept(self, orders: Application):
        detail = {"id": "o-1", "article": "desk", "count": 2}
        entry = {"Source": "shop", "DetailType": "Order Placed", "Detail": json.dumps(detail)}
        orders.client("events").put_events(Entries=[entry])
        table = orders.client("dynamodb")
        key = {"id": {"S": "o-1"}}
        kept = eventually(lambda: table.get_item(TableName=orders.outputs["KeptName"], Key=key).get("Item"), "order")
        assert kept == {"id": {"S": "o-1"}, "cents": {"N": "90000"}}

    @pytest.mark.parametrize("order", [{"article": "house"}, {"article": "moon"}])
    def test_an_order_is_refused(self, orders: Application, order: dict[str, Any]):
        client = orders.client("stepfunctions")
        arn = orders.outputs["OrdersArn"]
        execution = client.start_execution(stateMachineArn=arn, input=json.dumps({"id": "o-2", **order}))[
            "executionArn"
        ]

        def ended() -> dict[str, Any] | None:
            found = client.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        found = eventually(ended, "end of the order")
        assert (found["status"], found["error"]) == ("FAILED", "OrderRefused")

    def test_sam_invokes_it_remotely(self, orders: Application):
        printed = orders.sam("remote", "invoke", "Price", "--stack-name", orders.name, "--event", '{"article": "pen"}')
        assert '{"cents": 120}' in printed


#: What `sam init` asks whether one wants it: resource groups, Application Insights, X-Ray.
WATCHED = ["--application-insights", "--tracing", "--structured-logging"]


def test_what_sam_init_makes_says_hello(folder: Path, cloud: Cloud, tmp_path: Path):
    """The template lies in SAM CLI itself; `sam init --runtime` asks the network for a newer one."""
    (template,) = builds.SAM.parents[1].glob("lib/python*/site-packages/samcli/lib/init/templates/*-hello-python")
    context = json.dumps({"runtime": RUNTIME, "architectures": {"value": [builds.HERE]}})
    sam_commands.run(
        [
            SAM,
            "init",
            "--name",
            "hello",
            "--location",
            str(template),
            "--no-input",
            "--extra-context",
            context,
            *WATCHED,
        ],
        folder,
        cloud,
    )
    hello = Application(folder / "hello", cloud)
    hello.sam("build")
    assert "Successfully created/updated stack - hello" in hello.sam("deploy", typed="y\n")  # it asks about the change
    assert hello.ask(hello.outputs["HelloWorldApi"]) == (200, {"message": "hello world"})
    assert "START RequestId" in hello.sam("logs", "-n", "HelloWorldFunction", "--stack-name", "hello")
    hello.delete()
    # `local up --built`, which packages what `sam build` made by itself.
    settings = Settings(port=int(cloud.url.rpartition(":")[2]), region=cloud.region, temp=tmp_path)
    built = Deployment(hello.home / ".aws-sam" / "build" / "template.yaml", "hello-up", built=True)
    assert hello.ask(deploy(settings, built, lambda _: None)["HelloWorldApi"]) == (200, {"message": "hello world"})


def test_the_clock_has_counted(gallery: Application):
    """Stands here because a minute has gone by meanwhile."""
    eventually(lambda: TestGallery._counted(gallery, "Scheduled Event"), "count by the clock", 180)


def test_sam_deletes_them(gallery: Application, orders: Application):
    orders.delete()
    bucket = gallery.outputs["PicturesName"]
    with pytest.raises(sam_commands.CommandError, match="DELETE_FAILED"):
        gallery.delete()  # its bucket holds something
    s3 = gallery.client("s3")
    for found in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        s3.delete_object(Bucket=bucket, Key=found["Key"])
    gallery.delete()
