"""Both doors of the images pipeline on the local cloud, by AWS's own protocols and the stack's outputs alone."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from PIL import Image

from images.doors.responses import PART_BYTES
from local.cloud import clients
from local.cloud.testing import ROOT, Cloud, start_cloud
from local.demo import signed_requests
from local.demo.images import chapter as demo
from operate.clients import Target
from operate.images import addresses
from tests import metrics
from tests.e2e.waiting import eventually
from tests.unit.images.builders import CORNERS, corners, encoded, near, opened, oriented, photo, png, seen

MODELS = "resnet=tensor,little-net=thumbnail"
ROOT_USER = Credentials("test", "test")
KEY = "photos/über 100%25 a+b.jpg"
PHOTO = encoded(photo(1600, 1200), "JPEG")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """The nested application alone, with both doors."""
    running = start_cloud(
        ROOT / "pipelines" / "images.yaml", parameters={"UseObjectLambda": "true", "ModelAccessPoints": MODELS}
    )
    yield running
    running.stop()


@pytest.fixture(scope="module")
def put(cloud: Cloud) -> Callable[[str, bytes], str]:
    def upload(key: str, body: bytes) -> str:
        cloud.client("s3").put_object(Bucket=cloud.outputs["ImagesBucketName"], Key=key, Body=body)
        return key

    upload(KEY, PHOTO)
    return upload


class Answer(signed_requests.Answer):
    @property
    def error(self) -> str:
        return str(json.loads(self.body)["error"])


@pytest.fixture(scope="module")
def url(cloud: Cloud, put: Any) -> Callable[..., Answer]:
    """Asks at the Function URL, signed as any AWS client signs."""

    def ask(
        key: str, query: str = "", *, method: str = "GET", by: Credentials | None = ROOT_USER, **headers: str
    ) -> Answer:
        address = cloud.outputs["ImageUrl"] + quote(key) + (f"?{query}" if query else "")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if by is None:
            return _unsigned(address, method)
        answer = signed_requests.ask(address, cloud.region, method=method, headers=sent, credentials=by)
        return Answer(answer.status, answer.headers, answer.body)

    return ask


@pytest.fixture(scope="module")
def get(cloud: Cloud, put: Any) -> Callable[..., Any]:
    """GetObject at the access point."""

    def ask(key: str, alias: str = "ImageAccessPointAlias", **more: Any) -> Any:
        return cloud.client("s3").get_object(Bucket=cloud.outputs[alias], Key=key, **more)

    return ask


def refused(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call()
    answer: Any = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


# Door 1


def test_the_url_is_on_this_machine(cloud):
    assert cloud.outputs["ImageUrl"].startswith(f"{cloud.url}/")


def test_an_image_through_the_url(url):
    answer = url(KEY)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert opened(answer.body).size == (256, 256)
    assert opened(answer.body).mode == "L"


def test_profiles_and_overrides(url):
    answer = url(KEY, "profile=thumbnail&w=40&h=30&format=png")
    assert (opened(answer.body).format, opened(answer.body).size) == ("PNG", (40, 30))
    assert url(KEY, "profile=tensor").body.startswith(b"\x93NUMPY")
    assert (url(KEY, "w=9").status, url(KEY, "w=9").error) == (400, "InvalidParameter")
    assert (url(KEY, "profile=no").status, url(KEY, "profile=no").error) == (400, "UnknownProfile")


def test_conditions_and_head_at_the_url(url):
    first = url(KEY)
    again = url(KEY, if_none_match=first.headers["ETag"])
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["Content-Type"] is None
    assert url(KEY, if_modified_since=first.headers["Last-Modified"]).status == 304
    assert url(KEY, if_unmodified_since="Fri, 20 Nov 2020 10:00:00 GMT").error == "PreconditionFailed"
    head = url(KEY, method="HEAD")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    assert url(KEY, method="DELETE").status == 405


def test_who_does_not_sign_or_may_not_gets_nothing(cloud, url):
    assert url(KEY, by=None).status == 403
    stranger = _role(cloud, [])
    assert url(KEY, by=stranger).status == 403
    arn = f"arn:aws:lambda:{cloud.region}:123456789012:function:{cloud.physical_id('ImagesUrlDoor')}:live"
    allowed = _role(cloud, [(["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"], arn)])
    assert url(KEY, by=allowed).status == 200


def test_four_megabytes_are_the_most(url, put):
    noise = Image.effect_noise((2048, 2048), 90)
    put("noise.png", encoded(Image.merge("RGB", (noise, noise.transpose(0), noise.transpose(1))), "PNG"))
    answer = url("noise.png", "profile=free&w=2048&h=2048&mode=rgb&format=png")
    assert (answer.status, answer.error) == (413, "ResultTooLarge")
    assert url("noise.png", "profile=free&w=2048&h=2048&mode=rgb&q=60").status == 200


# Signed addresses


@pytest.fixture(scope="module")
def guarded() -> Iterator[Cloud]:
    """A stack whose profiles are changed by signed addresses alone."""
    running = start_cloud(ROOT / "pipelines" / "images.yaml", parameters={"UseSignedVariants": "true"})
    running.client("s3").put_object(Bucket=running.outputs["ImagesBucketName"], Key=KEY, Body=PHOTO)
    yield running
    running.stop()


def test_signed_addresses_and_a_change_of_the_key(guarded):
    target = Target(guarded.stack, urlsplit(guarded.url).port)

    def signed(*parameters: str) -> str:
        return addresses.address(target, KEY, parameters)

    def ask(url: str) -> signed_requests.Answer:
        return signed_requests.ask(url, guarded.region, credentials=ROOT_USER)

    def status(url: str) -> int:
        return ask(url).status

    first = signed("profile=free", "w=40", "h=30", "mode=rgb")
    assert list(addresses.change(target, confirm=True))
    second = signed("profile=free", "w=40", "h=30", "mode=rgb")
    assert (second != first, status(second), status(first)) == (True, 200, 200), "the key before opens what it signed"
    body = ask(first).body
    assert opened(body).size == (40, 30)
    assert status(first.replace("w=40", "w=41")) == 403
    assert status(re.sub("&s=.*", "", first)) == 403
    assert status(signed("profile=thumbnail")) == 200
    moved = ask(first.replace("h=30&mode=rgb", "mode=rgb&h=30"))
    assert (moved.status, moved.headers["Location"]) == (308, "?" + first.partition("?")[2])


# libvips


def test_a_large_png_by_the_layer_of_libvips():
    """The function finds the library in its layer: Pillow stands in for it nowhere."""
    running = start_cloud(ROOT / "pipelines" / "images.yaml", parameters={"UseVips": "true"})

    def counted(metric: str) -> float:
        return metrics.total(running.client("cloudwatch"), "Millrace/Images", metric, f"{running.stack}-images")

    try:
        original = encoded(photo(2000, 1001), "PNG", compress_level=1)
        running.client("s3").put_object(Bucket=running.outputs["ImagesBucketName"], Key="large.png", Body=original)
        answer = signed_requests.ask(f"{running.outputs['ImageUrl']}large.png", running.region, credentials=ROOT_USER)
        assert (answer.status, opened(answer.body).size) == (200, (256, 256))
        assert eventually(lambda: counted("ImagesTransformed") or None, "ImagesTransformed") == 1
        assert counted("PngFallbacks") == 0
    finally:
        running.stop()


# Door 2


def test_both_doors_give_the_same(url, get):
    through_url, through_access_point = url(KEY), get(KEY)
    assert through_access_point["Body"].read() == through_url.body
    assert through_access_point["ETag"] == through_url.headers["ETag"]
    assert through_access_point["ContentType"] == "image/jpeg"
    assert through_access_point["CacheControl"] == through_url.headers["Cache-Control"]


def test_an_access_point_a_profile(get):
    assert get(KEY, "TensorAccessPointAlias")["Body"].read(6) == b"\x93NUMPY"


@pytest.mark.parametrize(
    ("point", "name", "same"), [("Model1", "resnet", "Tensor"), ("Model2", "little-net", "profile=thumbnail")]
)
def test_an_access_point_per_model(get, url, cloud, point, name, same):
    """By alias, by ARN: the profile that stands beside its name."""
    point = f"{point.rstrip('12')}AccessPoint{point[-1]}"
    arn = cloud.outputs[f"{point}Arn"]
    assert arn == f"arn:aws:s3-object-lambda:{cloud.region}:123456789012:accesspoint/{name}"
    by_alias = get(KEY, f"{point}Alias")["Body"].read()
    expected = url(KEY, same).body if "=" in same else get(KEY, f"{same}AccessPointAlias")["Body"].read()
    assert by_alias == expected
    assert get(KEY, f"{point}Arn")["Body"].read() == by_alias
    assert "ModelAccessPoint3Alias" not in cloud.outputs


def test_the_format_for_who_asks(url):
    for accept, kind in {"image/avif,image/webp": "avif", "image/webp": "webp", "*/*": "jpeg"}.items():
        answer = url(KEY, "profile=web&v=3", accept=accept)
        assert (answer.headers["Content-Type"], answer.headers["Vary"]) == (f"image/{kind}", "Accept")
        assert opened(answer.body).size == (1280, 960)


def test_an_access_point_by_its_arn(get, cloud):
    """The client's host is `name-account.127.0.0.1`: dialled here, signed as it is."""
    whole = get(KEY)
    by_arn = get(KEY, "ImageAccessPointArn")
    assert (by_arn["Body"].read(), by_arn["ETag"]) == (whole["Body"].read(), whole["ETag"])
    head = cloud.client("s3").head_object(Bucket=cloud.outputs["ImageAccessPointArn"], Key=KEY, Range="bytes=0-9")
    assert head["ContentLength"] == 10
    assert refused(lambda: get("no such key", "ImageAccessPointArn")) == (404, "NoSuchKey")


def test_ranges_parts_and_head(cloud, get):
    whole = get(KEY)["Body"].read()
    ranged = get(KEY, Range="bytes=100-199")
    assert (ranged["Body"].read(), ranged["ContentRange"]) == (whole[100:200], f"bytes 100-199/{len(whole)}")
    assert get(KEY, PartNumber=1)["Body"].read() == whole
    assert len(whole) < PART_BYTES
    assert refused(lambda: get(KEY, PartNumber=2)) == (416, "InvalidPartNumber")
    assert refused(lambda: get(KEY, Range="bytes=99999999-")) == (416, "InvalidRange")
    head = cloud.client("s3").head_object(Bucket=cloud.outputs["ImageAccessPointAlias"], Key=KEY)
    assert head["ContentLength"] == len(whole)
    part = cloud.client("s3").head_object(Bucket=cloud.outputs["ImageAccessPointAlias"], Key=KEY, Range="bytes=0-9")
    assert (part["ContentLength"], part["ResponseMetadata"]["HTTPStatusCode"]) == (10, 206)


def test_the_transfer_manager_downloads_what_get_gives(cloud, get, tmp_path):
    """It asks HEAD for the length, then GETs ranges: both have to speak of the result."""
    from boto3.s3.transfer import TransferConfig

    settings = TransferConfig(multipart_threshold=1024, multipart_chunksize=64 * 1024, use_threads=False)
    place = tmp_path / "array.npy"
    cloud.client("s3").download_file(cloud.outputs["TensorAccessPointAlias"], KEY, str(place), Config=settings)
    assert place.read_bytes() == get(KEY, "TensorAccessPointAlias")["Body"].read()


def test_conditions_at_the_access_point(get):
    tag = get(KEY)["ETag"]
    assert refused(lambda: get(KEY, IfNoneMatch=tag))[0] == 304
    assert refused(lambda: get(KEY, IfMatch='"other"')) == (412, "PreconditionFailed")
    now, once = datetime.now(UTC), datetime(2020, 1, 1, tzinfo=UTC)
    assert refused(lambda: get(KEY, IfModifiedSince=now))[0] == 304
    assert get(KEY, IfModifiedSince=once)["ETag"] == get(KEY, IfUnmodifiedSince=now)["ETag"] == tag
    assert refused(lambda: get(KEY, IfUnmodifiedSince=once)) == (412, "PreconditionFailed")
    with pytest.raises(ClientError) as caught:
        get(KEY, IfNoneMatch=tag)
    assert "content-type" not in caught.value.response["ResponseMetadata"]["HTTPHeaders"]


def test_the_callers_permissions_decide_at_the_access_point(cloud, get):
    """The function may read every original; a caller who may not is refused all the same."""
    point = "arn:aws:s3-object-lambda:*:*:accesspoint/*"
    actions = ["s3-object-lambda:GetObject", "lambda:InvokeFunction"]
    stranger = _client(cloud, _role(cloud, [(actions, "*"), (["s3-object-lambda:*"], point)]))
    assert refused(lambda: stranger.get_object(Bucket=cloud.outputs["ImageAccessPointAlias"], Key=KEY))[0] == 403


def test_nobody_writes_through_an_access_point(cloud, get):
    """S3 would hand PutObject on to the bucket: the access point's policy refuses it, whatever the caller may do."""
    alias = cloud.outputs["ModelAccessPoint1Alias"]
    mighty = _client(cloud, _role(cloud, [(["s3:*", "s3-object-lambda:*", "lambda:InvokeFunction"], "*")]))
    assert mighty.get_object(Bucket=alias, Key=KEY)["Body"].read(6) == b"\x93NUMPY"
    assert mighty.head_object(Bucket=alias, Key=KEY)["ContentLength"] == 602_240
    before = mighty.get_object(Bucket=cloud.outputs["ImagesBucketName"], Key=KEY)["ETag"]
    for write in (
        lambda bucket: mighty.put_object(Bucket=bucket, Key=KEY, Body=b"other"),
        lambda bucket: mighty.delete_object(Bucket=bucket, Key=KEY),
    ):
        assert refused(lambda write=write: write(alias)) == (403, "AccessDenied")
        assert refused(lambda write=write: write(cloud.outputs["ModelAccessPoint1Arn"])) == (403, "AccessDenied")
    assert mighty.get_object(Bucket=cloud.outputs["ImagesBucketName"], Key=KEY)["ETag"] == before


# Both doors, with what goes wrong


@pytest.mark.parametrize(
    ("key", "body", "at_url", "at_access_point"),
    [
        ("text.jpg", b"<html>hello</html>", (415, "UnsupportedImage"), (400, "UnsupportedImage")),
        ("cut.jpg", PHOTO[: len(PHOTO) // 2], (422, "DamagedImage"), (400, "DamagedImage")),
        ("bomb.png", png(30_000, 30_000, bits=1), (413, "ImageTooLarge"), (400, "ImageTooLarge")),
        ("missing.jpg", None, (404, "NoSuchKey"), (404, "NoSuchKey")),
    ],
)
def test_failures_have_names(url, get, put, key, body, at_url, at_access_point):
    if body is not None:
        put(key, body)
    answer = url(key)
    assert (answer.status, answer.error) == at_url
    assert refused(lambda: get(key)) == at_access_point


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_photos_stand_upright(url, put, orientation):
    turn = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    stored = corners(400, 300) if orientation == 1 else corners(400, 300).transpose(turn[orientation])
    put("turned.jpg", oriented(stored, orientation))
    found = seen(url("turned.jpg", "profile=free&mode=rgb&w=80&h=60&format=png").body)
    assert all(near(colour, expected) for colour, expected in zip(found, CORNERS, strict=True))


def test_what_was_made_and_refused_is_counted(cloud, url, put):
    put("counted.txt", b"hello")
    url(KEY)
    url("counted.txt")

    def total(metric: str) -> float:
        return metrics.total(cloud.client("cloudwatch"), "Millrace/Images", metric, f"{cloud.stack}-images")

    for metric in ("ImagesTransformed", "ImagesRefused", "BytesIn", "BytesOut", "TransformMilliseconds"):
        eventually(lambda metric=metric: total(metric) or None, metric)
    assert total("MegapixelsIn") >= 1.92


def test_an_image_is_made_again_when_the_original_changes(url, put):
    put("changing.png", encoded(Image.new("L", (50, 50), 0), "PNG"))
    before = url("changing.png", "profile=free&format=png")
    put("changing.png", encoded(Image.new("L", (50, 50), 255), "PNG"))
    after = url("changing.png", "profile=free&format=png", if_none_match=before.headers["ETag"])
    assert after.status == 200
    assert (seen(before.body)[0], seen(after.body)[0]) == (0, 255)


def test_the_demos_chapter_keeps_its_promises(cloud, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ROOT_USER.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ROOT_USER.secret_key)
    lines: list[str] = []
    assert demo.play(cloud.client, cloud.outputs, tmp_path, lines.append) == 0
    assert len([line for line in lines if line.startswith("yes ")]) == 9
    assert opened((tmp_path / demo.SHEET).read_bytes()).width > 1000


def test_the_training_loop_of_the_documentation(cloud, url, tmp_path):
    """As it is printed, but for NumPy, which is not installed here: a stand-in that checks the files' beginning."""
    text = (ROOT / "docs" / "images.md").read_text(encoding="utf-8")
    (example,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "class Images" in block)
    (tmp_path / "numpy.py").write_text(
        "class Array(bytes): pass\n"
        "def load(file):\n"
        "    body = file.read()\n"
        "    assert body[:6] == b'\\x93NUMPY'\n"
        "    return Array(body)\n"
        "def stack(arrays): return list(arrays)\n"
    )
    program = tmp_path / "train.py"
    program.write_text(example + "\ntrain(dataset, learn=lambda batch: float(len(batch)))\n")
    environ = {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_ACCESS_KEY_ID": ROOT_USER.access_key,
        "AWS_SECRET_ACCESS_KEY": ROOT_USER.secret_key,
        "IMAGE_URL": cloud.outputs["ImageUrl"],
        "IMAGES_BUCKET": cloud.outputs["ImagesBucketName"],
        "NO_PROXY": "*",
    }
    for number in range(40):
        cloud.client("s3").copy_object(
            Bucket=cloud.outputs["ImagesBucketName"],
            Key=f"training/{number}.jpg",
            CopySource={"Bucket": cloud.outputs["ImagesBucketName"], "Key": KEY},
        )
    ran = subprocess.run([sys.executable, str(program)], env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "[########################################] 40/40" in ran.stderr


def _unsigned(url: str, method: str) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request(method, parts.path)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def _role(cloud: Cloud, allowed: list[tuple[list[str], str]]) -> Credentials:
    """Credentials of a new role that may do exactly this."""
    name = f"caller-{time.monotonic_ns()}"
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    iam = cloud.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    if allowed:
        statements = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in allowed]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    made = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="caller")["Credentials"]
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def _client(cloud: Cloud, by: Credentials) -> Any:
    made = boto3.client(
        "s3",
        endpoint_url=cloud.url,
        region_name=cloud.region,
        aws_access_key_id=by.access_key,
        aws_secret_access_key=by.secret_key,
        aws_session_token=by.token,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}),
    )
    made.meta.events.register("before-send", clients.dialling(cloud.url))
    return made
