"""events/images/url_door_signed.json: the signature that is filled in opens the address, and none is made up."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from images.doors import function_url, signatures
from local.samples import fill
from local.samples.requests import signatures as signed
from tests import samples

SAMPLE = samples.path_of("images_url_door_signed").read_bytes()


def filled(monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str]) -> Any:
    value = SimpleNamespace(get_secret_value=lambda **_: {"SecretString": "the key"}, exceptions=None)
    monkeypatch.setattr(fill, "outputs", lambda *_: outputs)
    monkeypatch.setattr(fill, "client", lambda *_: value)
    return json.loads(fill.filled(SAMPLE, "millrace", "http://127.0.0.1:1", "us-east-1"))


def test_what_is_filled_in_opens_the_address(monkeypatch):
    request = filled(monkeypatch, {signed.OUTPUT: "arn:of:the:secret"})
    parameters = dict(parse_qsl(request["rawQueryString"]))
    assert request["queryStringParameters"] == parameters
    overrides = function_url.Overrides("signed", lambda _again: (b"the key",))
    assert overrides.admit(request["rawPath"], request["rawQueryString"], parameters) is None
    assert not signatures.is_signed([b"another key"], function_url.key_of(request["rawPath"]), parameters)


def test_a_stack_that_signs_nothing_is_named(monkeypatch):
    with pytest.raises(fill.FillError, match="give it UseSignedVariants=true"):
        filled(monkeypatch, {})
