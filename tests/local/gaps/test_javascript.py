"""Functions of CloudFront without Node: what the small part of JavaScript gives is what Node gives."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ministack.core import cloudfront_js

from local.cloud.deploying.template import read_yaml
from local.cloud.testing import ROOT
from local.gaps import _seams
from local.gaps.cloudfront import functions
from local.gaps.cloudfront._javascript.program import evaluate
from local.gaps.cloudfront._javascript.values import Thrown
from local.gaps.cloudfront._javascript.words import NotKnown

TEMPLATE = read_yaml(ROOT / "pipelines" / "narration.yaml")
OPEN_PATHS: str = TEMPLATE["Resources"]["OpenPaths"]["Properties"]["FunctionCode"]
in_node = pytest.mark.skipif(not cloudfront_js.available(), reason="there is no Node to compare with")

EXPRESSIONS = [
    "'a' + \"b\"", "1 === 1.0", "1 === '1'", "'a' !== 'b'", "!'' && !0 && !null && !undefined", "[] ? 1 : 2",
    "{} && 'x'", "'' || 'y'", "null || undefined || 0", "[1, 'b'][1]", "[1][5] === undefined", "[1, 2].length",
    "({a: {b: 'c'}}).a.b", "({'a-b': 1})['a-b']", "event.request.none === undefined", "'Ab'.toLowerCase()",
    "'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.includes('b')", "/^a[^/]+\\/$/.test('ab/')",
    "/a$/.test('a\\n')", "/./.test('\\n')", "decodeURIComponent('%C3%BC%2F')", "encodeURIComponent('a b/ü!~')",
    "true ? false ? 1 : 2 : 3", "'\\'\\\\\\n'", "1 === 2 || 3 === 3 && 'x'",
]  # fmt: skip
PROGRAMS = [
    "function handler(event) { var a; if (a === undefined) { a = 'x'; } else a = 'y'; return a; }",
    "function f(a, b) { return b; } function handler(event) { return f(1) === undefined; }",
    "function handler(event) { try { return decodeURIComponent('%'); } catch (e) { return e.message; } }",
    "function handler(event) { try { return event.none.more; } catch { return 'no'; } }",
    "function handler(event) { event.request.headers['x'] = {value: 'y'}; return event.request; }",
    "function handler(event) { event.request.uri = event.request.uri + 'index.html'; return event.request; }",
    "// a comment\nfunction handler(event) { /* another */ ; return; }",
    "var outer = 'a'; function handler(event) { outer = 'b'; return outer; }",
    "function handler(event) { if (event.request.uri === '/') return 1\n}",
]


def event(uri: str = "/") -> dict[str, Any]:
    return {"request": {"uri": uri, "headers": {}}}


def node(code: str, given: Any) -> Any:
    return _seams.shipped("core.cloudfront_js.evaluate")(code.encode(), given)


def ours(code: str, given: Any) -> Any:
    """As JSON brings it back from Node, where undefined is null."""
    return json.loads(json.dumps(evaluate(code, given), default=lambda _: None))


@in_node
@pytest.mark.parametrize("code", [*(f"function handler(event) {{ return {one}; }}" for one in EXPRESSIONS), *PROGRAMS])
def test_it_means_what_it_means_in_node(code: str):
    assert ours(code, event()) == node(code, event())


PIECES = st.sampled_from(
    ["/", "//", "articles", "members", "feeds", ".", "..", "%2F", "%2e", "%6D", "%", "%C3%BC", "%FF", "ü", "\n", "x"]
)


@in_node
@settings(max_examples=200)
@given(st.lists(PIECES, max_size=9).map(lambda parts: "/" + "".join(parts)))
def test_the_function_of_the_template_decides_as_in_node(uri: str):
    assert ours(OPEN_PATHS, event(uri)) == node(OPEN_PATHS, event(uri))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_members_paths_are_closed_whatever_the_id(article: str):
    address = quote(f"/articles/{quote(article, safe='')}/members/full.mp3")
    for path in (address, address.replace("/members/", "%2Fmembers%2F"), address.replace("members", "%6Dembers")):
        assert evaluate(OPEN_PATHS, event(path))["statusCode"] == 403


@pytest.mark.parametrize(
    "body",
    ["for (;;) {}", "return 1 - 1;", "return 1 < 2;", "return 1 == 1;", "var f = (a) => a;", "return `a`;",
     "return 1 + 1;", "return 'a'.replace('a', 'b');", "return /a/i.test('a');", "return /(?=a)/.test('a');",
     "return /\\d/.test('1');", "return '\\u0041';", "throw 'a';", "return await f();", "var a = 1, b = 2;",
     "return 1 'a'", "return {a};",     "event = /[/.test('a')", "1 = 2;"],
)  # fmt: skip
def test_what_is_not_known_is_told(body: str):
    with pytest.raises(NotKnown, match="not known here"):
        evaluate(f"function handler(event) {{ {body} }}", event())


def test_a_program_without_a_handler():
    with pytest.raises(NotKnown, match="no function handler"):
        evaluate("var a = 1;", event())


@pytest.mark.parametrize(
    "body", ["return none;", "return event.none.more;", "return decodeURIComponent('%');", "event();"]
)
def test_what_javascript_throws(body: str):
    with pytest.raises(Thrown):
        evaluate(f"function handler(event) {{ {body} }}", event())


def test_node_is_used_where_it_is(monkeypatch: pytest.MonkeyPatch):
    run = functions._without_node(lambda code, given: "Node's")
    code = b"function handler(event) { return 'ours'; }"
    for there, answer in ((True, "Node's"), (False, "ours")):
        monkeypatch.setattr(cloudfront_js, "available", lambda there=there: there)
        assert run(code, event()) == answer
    with pytest.raises(cloudfront_js.CloudFrontFunctionError, match="with Node on the path"):
        run(b"function handler(event) { return 1 - 1; }", event())
