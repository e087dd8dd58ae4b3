"""Cookies and URLs verify under the public key as CloudFront verifies them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from operate import sign
from operate.cli import main
from operate.errors import OperateError


def _written(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, folder: Path) -> Path:
    path = folder / "private.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")))


def test_cookies_open_the_members_folder_of_one_article_until_they_expire(key: rsa.RSAPrivateKey, tmp_path: Path):
    resource = sign.members_of("https://audio.example.org", "a/b c")
    cookies = sign.signed_cookies("K1", _written(key, tmp_path), resource, 1_900_000_000)
    document = _decoded(cookies["CloudFront-Policy"])
    key.public_key().verify(_decoded(cookies["CloudFront-Signature"]), document, padding.PKCS1v15(), SHA1())
    (statement,) = json.loads(document)["Statement"]
    assert statement["Resource"] == "https://audio.example.org/articles/a%252Fb%2520c/members/*"
    assert statement["Condition"] == {"DateLessThan": {"AWS:EpochTime": 1_900_000_000}}
    assert cookies["CloudFront-Key-Pair-Id"] == "K1"


def test_a_url_carries_its_policy_and_signature(key: rsa.RSAPrivateKey, tmp_path: Path):
    url = sign.signed_url("K1", _written(key, tmp_path), "https://a.example/articles/x/members/full.mp3", 1_900_000_000)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    document = _decoded(query["Policy"])
    key.public_key().verify(_decoded(query["Signature"]), document, padding.PKCS1v15(), SHA1())
    assert json.loads(document)["Statement"][0]["Resource"] == "https://a.example/articles/x/members/full.mp3"


def test_another_kind_of_key_is_refused_with_a_reason(tmp_path: Path):
    path = _written(ec.generate_private_key(ec.SECP256R1()), tmp_path)
    with pytest.raises(OperateError, match="no RSA key"):
        sign.signed_cookies("K1", path, "https://a.example/*", 1)


def test_the_command_prints_three_cookies(key: rsa.RSAPrivateKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = _written(key, tmp_path)
    code = main(["sign", "a1", "--base-url", "https://a.example/", "--key-id", "K1", "--private-key", str(path)])
    assert code == 0
    assert [line.split("=")[0] for line in capsys.readouterr().out.splitlines()] == [
        "Set-Cookie: CloudFront-Policy",
        "Set-Cookie: CloudFront-Signature",
        "Set-Cookie: CloudFront-Key-Pair-Id",
    ]


def test_the_cookies_live_for_the_hours_asked_for(
    key: rsa.RSAPrivateKey, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sign.time, "time", lambda: 1_900_000_000.5)
    path = _written(key, tmp_path)
    arguments = ["sign", "a1", "--base-url", "https://a.example/", "--key-id", "K1", "--private-key", str(path)]
    assert main([*arguments, "--hours", "2"]) == 0
    first, _, rest = capsys.readouterr().out.partition(";")
    (statement,) = json.loads(_decoded(first.partition("=")[2]))["Statement"]
    assert statement["Condition"] == {"DateLessThan": {"AWS:EpochTime": 1_900_000_000 + 7200}}
    assert statement["Resource"] == "https://a.example/articles/a1/members/*"
    assert rest.splitlines()[0] == " Secure; HttpOnly; Path=/articles/a1/members/"


def _printed(key: rsa.RSAPrivateKey, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    arguments = ["--base-url", "https://a.example", "--key-id", "K1", "--private-key", str(_written(key, folder))]
    assert main(["sign", *more, *arguments]) == 0
    return capsys.readouterr().out


def test_cookies_of_two_articles_do_not_push_each_other_out(key: rsa.RSAPrivateKey, tmp_path: Path, capsys):
    one, other = (_printed(key, tmp_path, capsys, article) for article in ("a/1", "a/2"))
    assert "; Path=/articles/a%252F1/members/\n" in one
    assert "; Path=/articles/a%252F2/members/\n" in other


def test_cookies_for_every_article_and_the_sites_domain(key: rsa.RSAPrivateKey, tmp_path: Path, capsys):
    lines = _printed(key, tmp_path, capsys, "--domain", "a.example").splitlines()
    assert [line.partition("; ")[2] for line in lines] == ["Secure; HttpOnly; Path=/articles/; Domain=a.example"] * 3
    policy = _decoded(lines[0].partition("=")[2].partition(";")[0])
    assert json.loads(policy)["Statement"][0]["Resource"] == "https://a.example/articles/*/members/*"


def test_the_header_that_a_browser_sends_back(key: rsa.RSAPrivateKey, tmp_path: Path, capsys):
    name, _, value = _printed(key, tmp_path, capsys, "a1", "--cookie-header").partition(": ")
    pairs = dict(pair.split("=", 1) for pair in value.strip().split("; "))
    assert (name, list(pairs)) == ("Cookie", ["CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"])
    signature, document = _decoded(pairs["CloudFront-Signature"]), _decoded(pairs["CloudFront-Policy"])
    key.public_key().verify(signature, document, padding.PKCS1v15(), SHA1())


def test_a_url_of_one_file(key: rsa.RSAPrivateKey, tmp_path: Path, capsys):
    url = urlsplit(_printed(key, tmp_path, capsys, "a/1", "--url", "full.mp3").strip())
    assert (url.netloc, url.path) == ("a.example", "/articles/a%252F1/members/full.mp3")
    assert set(parse_qs(url.query)) == {"Policy", "Signature", "Key-Pair-Id"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a1", "--base-url", "audio.example.org"], "audio.example.org is no address"),
        (["a1", "--base-url", "https://a.example/articles"], "without a path"),
        (["--base-url", "https://a.example", "--url", "full.mp3"], "name the article"),
    ],
)
def test_what_cannot_be_signed_is_one_sentence(key: rsa.RSAPrivateKey, tmp_path: Path, capsys, arguments, said):
    code = main(["sign", *arguments, "--key-id", "K1", "--private-key", str(_written(key, tmp_path))])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err


@pytest.mark.parametrize("content", [b"no key", None])
def test_a_key_that_cannot_be_read_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], content):
    path = tmp_path / "private.pem"
    if content:
        path.write_bytes(content)
    code = main(["sign", "a1", "--base-url", "https://a.example", "--key-id", "K1", "--private-key", str(path)])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("error: ")
    assert str(path) in err
