"""What feeds promise, looked at from outside: the published public state of each section, and nothing else."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from narration.publishing import keys
from tests.unit.narration.fake_aws import FakeAws
from tests.unit.narration.rss_rules import broken_rules

BASE_URL = "https://audio.example.com"


def check(aws: FakeAws) -> None:
    """Every feed shows exactly the published articles of its section, newest first, with what everybody may hear."""
    wanted = expected(aws)
    shown = {key: one.body for key, one in aws.objects.items() if key.startswith("feeds/")}
    assert {keys.feed(section) for section in wanted} <= shown.keys()
    for key, body in shown.items():
        assert broken_rules(body) == []
        assert b"members/" not in body
        items = ET.fromstring(body).findall("channel/item")
        found = [(item.findtext("guid"), item.findtext("title"), item.find("enclosure").get("url")) for item in items]
        section = key.removeprefix("feeds/").removesuffix(".xml")
        assert sorted(found) == sorted(wanted.get(section, []))
        dates = [parsedate_to_datetime(item.findtext("pubDate")) for item in items]
        assert dates == sorted(dates, reverse=True)


def expected(aws: FakeAws) -> dict[str, list[tuple[str, str, str]]]:
    """By section: guid, title and audio of what the pointers say."""
    sections: dict[str, list[tuple[str, str, str]]] = {}
    for key, one in list(aws.objects.items()):
        pointer = json.loads(one.body) if key.endswith("/latest.json") else {}
        if pointer.get("status") != "published":
            continue
        plan = json.loads(aws.objects[keys.plan(pointer["edition"])].body)
        if plan["section"] is not None:
            name = keys.TEASER if pointer["premium"] else keys.FULL
            audio = keys.edition(pointer["article"], pointer["edition"]) + name
            assert audio in aws.objects
            sections.setdefault(plan["section"], []).append(
                (quote(pointer["article"], safe=""), plan["title"], f"{BASE_URL}/{quote(audio)}")
            )
    return sections
