"""A door behind real authorizers: of 29 and more forged tokens none gets in, and no caller chooses who it is.

The API, its JWT authorizer and its signed routes are the local cloud's; the door is the one that is deployed. Whoever
of the two refuses, a forged token starts nothing.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from common.doors import identity
from common.doors.identity import Trust
from tests import members
from tests.doors import AUDIENCE, claims, flattened, jwk, part, safe, signed
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow

FUNCTIONS = Path(__file__).parents[3] / "functions"
DOOR = f"import sys; sys.path.insert(0, {str(FUNCTIONS)!r})\nfrom questions.handlers.door import handler\n"
OURS, THEIRS = members.rsa_key("ours"), members.rsa_key("theirs")
ECHO = "import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}\n"
KID = "ours-1"
QUESTION = {"question": "How many trips?"}


@dataclass
class KeyServer:
    """An issuer of tokens on this machine, and what was asked of it."""

    url: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def issuer() -> Iterator[KeyServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            documents = {
                "/.well-known/openid-configuration": {"issuer": found.url, "jwks_uri": f"{found.url}/keys.json"},
                "/keys.json": {"keys": [jwk(OURS, KID)]},
                "/evil.json": {"keys": [jwk(THEIRS, KID), jwk(THEIRS, "theirs-1")]},
            }
            body = json.dumps(documents.get(self.path, {})).encode()
            self.send_response(200 if self.path in documents else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = KeyServer(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Door:
    """A deployed door: ``api`` is its id, ``machine`` what it starts."""

    cloud: Cloud
    api: str
    machine: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and document of a request as it stands; an underscore in a header's name stands for a hyphen."""
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        request = urllib.request.Request(self.address(path), data, sent, method=method)  # noqa: S310
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def sign(self, keys: dict[str, Any], method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The same, signed for execute-api with these keys."""
        data = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, self.address(path), data=data)
        credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
        SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
        return self.send(method, path, body, **{name.replace("-", "_"): text for name, text in request.headers.items()})

    def address(self, path: str) -> str:
        return f"{self.cloud.url}/_aws/execute-api/{self.api}/$default{path}"

    def executions(self) -> int:
        found = self.cloud.client("stepfunctions").list_executions(stateMachineArn=self.machine)
        return len(found["executions"])


def door(cloud: Cloud, authorizer: dict[str, Any] | None, issuer: str, code: str = DOOR) -> Door:
    """The door's function behind an API with this authorizer, None for signed requests; or another function."""
    table, bucket = cloud.name("state"), cloud.name("answers")
    cloud.client("dynamodb").create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    cloud.client("s3").create_bucket(Bucket=bucket)
    machine = cloud.machine({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    variables = {
        "STATE_TABLE": table,
        "ANSWERS_BUCKET": bucket,
        "DATABASES": "lake",
        "ANSWER_QUESTION_ARN": machine,
        "QUESTIONS_PER_MINUTE": "1000",
        "KEPT_DAYS": "30",
        "TOKEN_ISSUER": issuer,
        "POWERTOOLS_SERVICE_NAME": "questions",
        "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Questions",
    }
    function = cloud.function(
        code,
        Environment={"Variables": {name: value for name, value in variables.items() if value}},
        Role=cloud.role(allow("*", "*"), service="lambda.amazonaws.com"),
        Timeout=60,
        MemorySize=512,
    )
    cloud.client("lambda").add_permission(
        FunctionName=function, StatementId="any", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    resources = _resources(function, authorizer)
    return Door(cloud, cloud.stack(resources, Api={"Ref": "Api"})["Api"], machine)


def _resources(function: str, authorizer: dict[str, Any] | None) -> dict[str, Any]:
    kind = {"AuthorizationType": "JWT", "AuthorizerId": {"Ref": "Authorizer"}} if authorizer else {}
    routes = {
        name: {
            "ApiId": {"Ref": "Api"},
            "RouteKey": key,
            "Target": {"Fn::Sub": "integrations/${Integration}"},
            **(kind or {"AuthorizationType": "AWS_IAM"}),
        }
        for name, key in (("Ask", "POST /questions"), ("Read", "GET /questions/{id}"))
    }
    own = {"ApiId": {"Ref": "Api"}}
    made: dict[str, tuple[str, dict[str, Any]]] = {
        "Api": ("Api", {"Name": "door", "ProtocolType": "HTTP"}),
        "Stage": ("Stage", {**own, "StageName": "$default", "AutoDeploy": True}),
        "Integration": (
            "Integration",
            {**own, "IntegrationType": "AWS_PROXY", "IntegrationUri": function, "PayloadFormatVersion": "2.0"},
        ),
        **({"Authorizer": ("Authorizer", {**own, **authorizer})} if authorizer else {}),
        **{name: ("Route", properties) for name, properties in routes.items()},
    }
    return {name: {"Type": f"AWS::ApiGatewayV2::{t}", "Properties": p} for name, (t, p) in made.items()}


def believing(issuer: KeyServer) -> dict[str, Any]:
    """An authorizer that believes this issuer."""
    return {
        "Name": "tokens",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": [AUDIENCE], "Issuer": issuer.url},
    }


@pytest.fixture(scope="module")
def tokens(cloud: Cloud, issuer: KeyServer) -> Door:
    return door(cloud, believing(issuer), issuer.url)


@pytest.fixture(scope="module")
def signatures(cloud: Cloud) -> Door:
    return door(cloud, None, "")


# Tokens


def payload(issuer: KeyServer, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    return claims(**{"iss": issuer.url, "exp": now + 3600, "iat": now - 60, **changed})


def good(issuer: KeyServer, **changed: Any) -> str:
    return signed(OURS, payload(issuer, **changed), {"alg": "RS256", "kid": KID})


def with_hmac(key: bytes, head: dict[str, Any], body: dict[str, Any]) -> str:
    text = f"{part(head)}.{part(body)}"
    code = hmac.HMAC(key, SHA256())
    code.update(text.encode())
    return f"{text}.{safe(code.finalize())}"


def with_curve(head: dict[str, Any], body: dict[str, Any]) -> str:
    text = f"{part(head)}.{part(body)}"
    r, s = utils.decode_dss_signature(ec.generate_private_key(ec.SECP256R1()).sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{safe(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def forged(issuer: KeyServer) -> dict[str, str | None]:
    """What the header Authorization holds, by what is wrong with it."""
    now, plain = int(time.time()), payload(issuer)
    head, hashed = {"alg": "RS256", "kid": KID}, {"alg": "HS256", "kid": KID}
    public, modulus = members.public_pem(OURS).encode(), jwk(OURS, KID)["n"].encode()
    own, others = good(issuer), good(issuer, sub="bob")
    first, middle, last = own.split(".")
    evil = f"{issuer.url}/evil.json"
    found: dict[str, str | None] = {
        "none at all": None,
        "a word": "Bearer secret",
        "two parts": f"Bearer {first}.{middle}",
        "five parts": f"Bearer {own}.a.b",
        "no algorithm": f"Bearer {part({'alg': 'none', 'kid': KID})}.{middle}.",
        "no algorithm, the old signature": f"Bearer {part({'alg': 'none', 'kid': KID})}.{middle}.{last}",
        "no algorithm, spelt oddly": f"Bearer {part({'alg': 'nOnE', 'kid': KID})}.{middle}.",
        "HS256 with the public key": f"Bearer {with_hmac(public, hashed, plain)}",
        "HS256 with the modulus": f"Bearer {with_hmac(modulus, hashed, plain)}",
        "HS256 with nothing": f"Bearer {with_hmac(b'', hashed, plain)}",
        "another key under a known name": f"Bearer {signed(THEIRS, plain, head)}",
        "another key under its own name": f"Bearer {signed(THEIRS, plain, {**head, 'kid': 'theirs-1'})}",
        "a known key under another name": f"Bearer {signed(OURS, plain, {**head, 'kid': 'theirs-1'})}",
        "no name of a key": f"Bearer {signed(OURS, plain, {'alg': 'RS256'})}",
        "a path for a name": f"Bearer {signed(OURS, plain, {**head, 'kid': '../../dev/null'})}",
        "RS512": f"Bearer {signed(OURS, plain, {**head, 'alg': 'RS512'}, SHA512)}",
        "ES256": f"Bearer {with_curve({**head, 'alg': 'ES256'}, plain)}",
        "keys of its own choice (jku)": f"Bearer {signed(THEIRS, plain, {**head, 'jku': evil})}",
        "a certificate of its own choice (x5u)": f"Bearer {signed(THEIRS, plain, {**head, 'x5u': evil})}",
        "a key inside (jwk)": f"Bearer {signed(THEIRS, plain, {**head, 'jwk': jwk(THEIRS, KID)})}",
        "another audience": f"Bearer {good(issuer, aud='another')}",
        "a part of the audience": f"Bearer {good(issuer, aud=AUDIENCE[:-1])}",
        "more than the audience": f"Bearer {good(issuer, aud=AUDIENCE + '2')}",
        "other audiences": f"Bearer {good(issuer, aud=['another', AUDIENCE.upper()])}",
        "no audience": f"Bearer {good(issuer, aud=None)}",
        "another issuer": f"Bearer {good(issuer, iss='https://evil.example.org')}",
        "an issuer that begins alike": f"Bearer {good(issuer, iss=issuer.url + '.evil.example.org')}",
        "an issuer with a slash": f"Bearer {good(issuer, iss=issuer.url + '/')}",
        "no issuer": f"Bearer {good(issuer, iss=None)}",
        "ended": f"Bearer {good(issuer, exp=now - 10)}",
        "no end": f"Bearer {good(issuer, exp=None)}",
        "an end as a text": f"Bearer {good(issuer, exp=str(now + 3600))}",
        "not good yet": f"Bearer {good(issuer, nbf=now + 3600)}",
        "from tomorrow": f"Bearer {good(issuer, iat=now + 86400)}",
        "no user": f"Bearer {good(issuer, sub=None)}",
        "an empty user": f"Bearer {good(issuer, sub='')}",
        "a list of users": f"Bearer {good(issuer, sub=['ann', 'bob'])}",
        "another payload": f"Bearer {first}.{others.split('.')[1]}.{last}",
        "half a signature": f"Bearer {first}.{middle}.{last[: len(last) // 2]}",
        "a signature of nothing": f"Bearer {first}.{middle}.{safe(bytes(256))}",
        "two tokens": f"Bearer {own},Bearer {others}",
        "in the address alone": None,
    }
    return found


def test_a_token_gets_in_and_each_of_its_user_s_tokens_is_the_same_user(tokens: Door, issuer: KeyServer) -> None:
    status, taken = tokens.send("POST", "/questions", QUESTION, Authorization=f"Bearer {good(issuer)}")
    assert status == 202
    again = tokens.send("POST", "/questions", QUESTION, Authorization=f"Bearer {good(issuer, jti='2')}")
    assert again == (202, taken)
    path = f"/questions/{taken['id']}"
    status, found = tokens.send("GET", path, Authorization=f"Bearer {good(issuer)}")
    assert (status, found["state"], found["question"]) == (200, "running", "How many trips?")
    assert tokens.send("GET", path, Authorization=f"Bearer {good(issuer, sub='bob')}")[0] == 404
    assert tokens.executions() == 1


def test_no_forged_token_gets_in(tokens: Door, issuer: KeyServer) -> None:
    before = tokens.executions()
    cases = forged(issuer)
    assert len(cases) >= 29
    passed = {}
    for number, (name, header) in enumerate(cases.items()):
        path = f"/questions?access_token={good(issuer)}" if "address" in name else "/questions"
        sent = {} if header is None else {"Authorization": header}
        status, _ = tokens.send("POST", path, {"question": f"How many trips, number {number}?"}, **sent)
        if status not in (401, 403):
            passed[name] = status
    assert passed == {}
    assert tokens.executions() == before


def test_keys_of_a_callers_choice_are_never_fetched(tokens: Door, issuer: KeyServer) -> None:
    for name in ("jku", "x5u"):
        token = signed(THEIRS, payload(issuer), {"alg": "RS256", "kid": KID, name: f"{issuer.url}/evil.json"})
        assert tokens.send("POST", "/questions", QUESTION, Authorization=f"Bearer {token}")[0] == 401
    assert "/evil.json" not in issuer.asked


def test_a_token_without_an_end_is_refused_by_the_door_itself(tokens: Door, issuer: KeyServer) -> None:
    """The authorizer lets it pass, as API Gateway does."""
    status, found = tokens.send("POST", "/questions", QUESTION, Authorization=f"Bearer {good(issuer, exp=None)}")
    assert (status, found["error"]) == (401, "Unauthenticated")
    assert "exp" in found["message"]


def test_groups_come_flattened_which_is_why_they_are_read_from_the_token(cloud: Cloud, issuer: KeyServer) -> None:
    """What ``common.doors.identity`` leans on, and ``tests.doors`` imitates."""
    echo = door(cloud, believing(issuer), issuer.url, ECHO)
    for groups in (["hr", "board"], ["hr board"], "hr", [], [7, True], {"a": [1]}):
        token = good(issuer, **{"cognito:groups": groups})
        status, event = echo.send("POST", "/questions", QUESTION, Authorization=f"Bearer {token}")
        assert status == 200
        assert event["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] == flattened(groups)
        assert identity.of(event, Trust(issuer.url), time.time()).name == "ann"
        if groups in (["hr", "board"], ["hr board"], "hr"):
            names = (groups,) if isinstance(groups, str) else tuple(groups)
            assert identity.of(event, Trust(issuer.url, "cognito:groups"), time.time()).groups == names


# Signatures


def user_keys(cloud: Cloud, allowed: bool) -> dict[str, Any]:
    iam, name = cloud.client("iam"), cloud.name("user")
    iam.create_user(UserName=name)
    if allowed:
        policy = {"Version": "2012-10-17", "Statement": [allow("execute-api:Invoke", "*")]}
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return dict(iam.create_access_key(UserName=name)["AccessKey"])


def session_keys(cloud: Cloud, role: str, session: str) -> dict[str, Any]:
    return dict(cloud.client("sts").assume_role(RoleArn=role, RoleSessionName=session)["Credentials"])


def test_a_signature_gets_in_where_its_user_may(cloud: Cloud, signatures: Door) -> None:
    assert signatures.send("POST", "/questions", QUESTION)[0] == 403
    assert signatures.sign(user_keys(cloud, allowed=False), "POST", "/questions", QUESTION)[0] == 403
    ann, bob = user_keys(cloud, allowed=True), user_keys(cloud, allowed=True)
    status, taken = signatures.sign(ann, "POST", "/questions", QUESTION)
    assert status == 202
    assert signatures.sign(ann, "GET", f"/questions/{taken['id']}")[0] == 200
    assert signatures.sign(bob, "GET", f"/questions/{taken['id']}")[0] == 404
    assert signatures.sign(bob, "POST", "/questions", {**QUESTION, "session_id": taken["session_id"]})[0] == 404
    assert signatures.sign(bob, "POST", "/questions", QUESTION)[1]["id"] != taken["id"]


def test_whoever_assumes_a_role_is_the_role_under_any_session_name(cloud: Cloud, signatures: Door) -> None:
    analyst, other = (cloud.role(allow("execute-api:Invoke", "*")) for _ in range(2))
    asked = {"question": "How many trips did roles make?"}
    ids = {
        signatures.sign(session_keys(cloud, analyst, name), "POST", "/questions", asked)[1]["id"]
        for name in ("ann", "bob", f"{ACCOUNT}.root")
    }
    (identifier,) = ids
    stranger = session_keys(cloud, other, "ann")
    assert signatures.sign(stranger, "GET", f"/questions/{identifier}")[0] == 404
    assert signatures.sign(stranger, "POST", "/questions", asked)[1]["id"] != identifier


def test_a_token_does_not_open_a_signed_door(signatures: Door, issuer: KeyServer) -> None:
    assert signatures.send("POST", "/questions", QUESTION, Authorization=f"Bearer {good(issuer)}")[0] in (401, 403)
