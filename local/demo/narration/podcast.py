"""The podcast feed of a section, opened by a feed parser that knows nothing of this application."""

from __future__ import annotations

from collections.abc import Mapping

from local.demo.account import DemoError, Tell
from local.demo.newsroom import Newsroom


def play(newsroom: Newsroom, section: str, wanted: Mapping[str, str], tell: Tell) -> int:
    """Prints what the parser sees of ``feeds/<section>.xml``; 1 if that is not ``wanted``.

    ``wanted``: by article id the file that its enclosure must be.
    """
    import feedparser

    body = newsroom.audio.get(f"feeds/{section}.xml")
    if body is None:
        raise DemoError(f"There is no feeds/{section}.xml; is PublicBaseUrl set in samconfig.toml's [local]?")
    feed = feedparser.parse(body)
    if feed.bozo:
        raise DemoError(f"feedparser cannot read the feed: {feed.bozo_exception}")
    tell(f'\nPodcast: feeds/{section}.xml as feedparser {feedparser.__version__} sees it: "{feed.feed.title}"')
    for item in feed.entries:
        audio = item.enclosures[0]
        minutes, seconds = divmod(int(item.itunes_duration), 60)
        name, size = audio.href.rpartition("/")[2], int(audio.length) / 1000
        tell(f"  {item.title:<44}{minutes:>4}:{seconds:02}  {name:<12}{size:>6.0f} kB  {item.published}")
    enclosures = {item.id: item.enclosures[0].href.rpartition("/")[2] for item in feed.entries}
    return int(enclosures != wanted)
