"""A question from a shell: what is sent and how it is signed, what is printed, and what a person is told to change."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from operate import cli
from operate.clients import Target
from operate.questions import command

HOST = "a1b2c3.execute-api.eu-west-1.amazonaws.com"
ID, SESSION = "1" * 40, "5" * 40
SIGNATURE = r"AWS4-HMAC-SHA256 Credential=test/\d{8}/eu-west-1/execute-api/aws4_request, SignedHeaders=([a-z0-9;-]+),"
TAKEN = (202, {"schema": 1, "id": ID, "session_id": SESSION})
RUNNING = {"state": "running"}
ANSWERED = {
    "state": "answered",
    "session_id": SESSION,
    "sql": "SELECT user_type, count(*) AS trips\nFROM trips",
    "columns": [{"name": "user_type", "type": "varchar"}, {"name": "trips", "type": "bigint"}],
    "rows": {"bucket": "answers", "key": "results/1.csv"},
    "preview": [["Subscriber", "1200"], [None, "7"]],
    "attempts": [
        {"sql": "SELECT x", "error": "COLUMN_NOT_FOUND", "line": 1, "column": 8},
        {"sql": "SELECT user_type", "error": None, "line": None, "column": None},
    ],
    "warnings": [{"code": "NUMBER_AS_TEXT", "message": "It compares numbers as text."}],
    "bytes_scanned": 4096,
    "text": "2 rows.",
    "reason": None,
}
REFUSED = {**ANSWERED, "state": "refused", "reason": {"error": "Unanswerable", "message": "no temperature"}}


@dataclass
class Api:
    """Answers requests in their order with what a test has written down; the last answer again and again."""

    answers: list[tuple[int, Any]]
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    def take(self, request: tuple[str, str, dict[str, str], bytes]) -> tuple[int, bytes]:
        self.requests.append(request)
        status, document = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return status, document if isinstance(document, bytes) else json.dumps(document).encode()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An API on this machine, to which a stack's outputs lead."""
    found = Api([])

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = found.take((self.command, self.path, dict(self.headers.items()), body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Nothing: what came is in ``requests``."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    monkeypatch.setattr(Target, "outputs", lambda _: {"QuestionsUrl": f"https://{HOST}"})
    monkeypatch.setattr(command, "PAUSE_SECONDS", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def ask(api: Api, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    code = cli.main(["ask", "How many trips?", "--port", str(api.port), "--region", "eu-west-1", *more])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_answer_with_its_statement_and_rows(api, capsys):
    api.answers = [TAKEN, (200, RUNNING), (200, ANSWERED)]
    code, out, err = ask(api, capsys)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "Statement 1 was wrong: COLUMN_NOT_FOUND at 1:8",
        "2 rows.",
        "",
        "SELECT user_type, count(*) AS trips",
        "FROM trips",
        "",
        "user_type   trips",
        "Subscriber  1200",
        "            7",
        "",
        "All rows: s3://answers/results/1.csv; 4,096 bytes scanned",
        "Careful: It compares numbers as text.",
        f"Ask on with --session {SESSION}",
    ]
    assert [(method, path) for method, path, _, _ in api.requests] == [
        ("POST", "/questions"),
        ("GET", f"/questions/{ID}"),
        ("GET", f"/questions/{ID}"),
    ]


def test_requests_are_signed_for_the_api_and_its_region(api, capsys):
    api.answers = [TAKEN, (200, ANSWERED)]
    ask(api, capsys, "--session", SESSION, "--database", "lake")
    for _, _, headers, _ in api.requests:
        assert headers["Host"] == HOST
        found = re.match(SIGNATURE, headers["Authorization"])
        assert found, headers
        assert "host" in found[1].split(";")
    body = json.loads(api.requests[0][3])
    assert body == {"question": "How many trips?", "session_id": SESSION, "database": "lake"}


def test_what_is_left_out_is_not_sent(api, capsys):
    api.answers = [TAKEN, (200, ANSWERED)]
    ask(api, capsys)
    assert json.loads(api.requests[0][3]) == {"question": "How many trips?"}


def test_a_token_stands_in_the_place_of_a_signature(api, capsys):
    api.answers = [TAKEN, (200, ANSWERED)]
    ask(api, capsys, "--token", "a.b.c")
    assert {headers["Authorization"] for _, _, headers, _ in api.requests} == {"Bearer a.b.c"}


def test_an_answer_as_it_is_kept(api, capsys):
    api.answers = [TAKEN, (200, ANSWERED)]
    assert json.loads(ask(api, capsys, "--json")[1]) == ANSWERED


def test_a_refusal_is_an_answer(api, capsys):
    api.answers = [TAKEN, (200, REFUSED)]
    code, out, _ = ask(api, capsys)
    assert code == 0
    assert out.splitlines()[-1] == "Refused: Unanswerable: no temperature"


@pytest.mark.parametrize(
    ("status", "document", "more", "told"),
    [
        (400, {"error": "InvalidRequest", "message": "question: add it."}, [], "400 InvalidRequest: question"),
        (403, {"message": "Forbidden"}, [], "execute-api:Invoke on the stack's API"),
        (401, {"message": "Unauthorized"}, [], "give one with --token"),
        (401, {"message": "Unauthorized"}, ["--token", "a.b.c"], "for a new token"),
        (502, b"<html>bad gateway</html>", [], "502 refused: <html>bad gateway</html>"),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_one_sentence_that_says_what_to_change(api, capsys, status, document, more, told):
    api.answers = [(status, document)]
    code, out, err = ask(api, capsys, *more)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("error: ")
    assert told in err


def test_an_answer_that_takes_longer_is_told_where_it_will_be(api, capsys, monkeypatch):
    api.answers = [TAKEN, (200, RUNNING)]
    hours = iter(range(0, 360_000, 3_600))
    monkeypatch.setattr(command.time, "monotonic", lambda: next(hours))
    code, _, err = ask(api, capsys)
    assert code == 1
    assert f"GET /questions/{ID}" in err


def test_a_stack_without_questions_is_told_by_its_parameter(capsys, monkeypatch):
    monkeypatch.setattr(Target, "outputs", lambda _: {})
    assert cli.main(["ask", "How many trips?", "--port", "1"]) == 1
    assert "UseQuestions=true" in capsys.readouterr().err
