"""The images chapter: one photo in many kinds of files through both doors, side by side on one sheet."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError
from PIL import Image, ImageDraw, ImageFont

from local.demo import signed_requests
from local.demo.account import Client, Tell
from local.demo.images import colour_profiles, photo_maker

SHEET = "images.jpg"
REFUSED = {"photos/cut off.jpg": "DamagedImage", "photos/bomb.png": "ImageTooLarge"}
CELL, CAPTION, GAP = 200, 44, 16
PAPER, INK, PALE = "#ffffff", "#222222", "#eeeeee"


@dataclass(frozen=True)
class Shown:
    """What became of one original: ``error`` at the URL where there is no image."""

    caption: str
    key: str
    size: int
    grey: bytes = b""
    colour: bytes = b""
    at_access_point: bytes | str = b""
    error: str = ""
    milliseconds: float = 0.0


def play(client: Client, outputs: dict[str, str], folder: Path, tell: Tell) -> int:
    """Plays the chapter with clients of any account, saves the sheet; returns how many promises were broken."""
    tell("\nImages: one transform, two doors\n")
    tell(f"{'original':<24}{'bytes':>11}{'grey 256':>10}{'colour 320':>12}{'took':>9}   what came of it")
    doors = Doors(client, outputs)
    shown = [doors.show(*original) for original in photo_maker.originals()]
    for one in shown:
        sizes = f"{len(one.grey):>10,}{len(one.colour):>12,}" if not one.error else f"{'-':>10}{'-':>12}"
        tell(f"{one.caption:<24}{one.size:>11,}{sizes}{one.milliseconds:>6.0f} ms   {one.error or 'an image'}")
    _sheet(shown).save(folder / SHEET, quality=90)
    tell("")
    checks = _checks(doors, shown)
    for promise, kept in checks:
        tell(f"{'yes' if kept else 'NO':<4} {promise}")
    tell(f"\nsaved: {SHEET}")
    return sum(not kept for _, kept in checks)


def _checks(doors: Doors, shown: list[Shown]) -> list[tuple[str, bool]]:
    photos = [one for one in shown if one.key not in REFUSED]
    first, upright = shown[0], next(one for one in shown if one.key == "photos/upright.jpg")
    checks = [
        ("every photo is an image", all(one.grey and one.colour for one in photos)),
        ("the bomb and the cut-off file are refused by name", {o.key: o.error for o in shown if o.error} == REFUSED),
        ("the photo with EXIF orientation stands upright", _is_upright(upright.colour)),
        ("a wide-gamut photo and a print show the colours that their profiles mean", all(map(_is_true, photos))),
        ("after a lossless JPEG the door still answers", doors.answers(first.key)),
        ("a browser gets AVIF, one without it WebP, and caches are told so", doors.serves_by_accept(first.key)),
        ("asked again with its tag, an image is not sent again", doors.is_not_modified(first.key)),
        ("a request without a signature gets nothing", doors.is_closed(first.key)),
    ]
    if doors.alias:
        same = [one.at_access_point == (REFUSED.get(one.key) or one.grey) for one in shown]
        checks.append(("both doors give the same bytes and the same names of errors", all(same)))
    return checks


class Doors:
    """The stack's two doors, found through its outputs."""

    def __init__(self, client: Client, outputs: dict[str, str]) -> None:
        self._s3 = client("s3")
        self._bucket = outputs["ImagesBucketName"]
        self._url = outputs["ImageUrl"]
        self.alias = outputs.get("ImageAccessPointAlias")

    def show(self, caption: str, key: str, original: bytes) -> Shown:
        """Uploads an original and asks for it at both doors."""
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=original)
        begun = time.monotonic()
        grey = self._ask(key)
        took = (time.monotonic() - begun) * 1000
        behind = self._at_access_point(key)
        if grey.status != 200:
            error = str(json.loads(grey.body)["error"])
            return Shown(caption, key, len(original), at_access_point=behind, error=error, milliseconds=took)
        colour = self._ask(key, "?profile=thumbnail")
        return Shown(caption, key, len(original), grey.body, colour.body, behind, milliseconds=took)

    def is_not_modified(self, key: str) -> bool:
        tag = self._ask(key).headers["ETag"]
        return self._ask(key, headers={"If-None-Match": tag}).status == 304

    def answers(self, key: str) -> bool:
        return self._ask(key).status == 200

    def serves_by_accept(self, key: str) -> bool:
        wishes = {"image/avif,image/webp,*/*": "image/avif", "image/webp,*/*": "image/webp", "*/*": "image/jpeg"}
        answers = {kind: self._ask(key, "?profile=web", headers={"Accept": wish}) for wish, kind in wishes.items()}
        return all(
            (answer.headers["Content-Type"], answer.headers["Vary"]) == (kind, "Accept")
            for kind, answer in answers.items()
        )

    def is_closed(self, key: str) -> bool:
        from botocore.credentials import Credentials

        nobody = Credentials("AKIAIOSFODNN7EXAMPLE", "wrong")
        return self._ask(key, credentials=nobody).status == 403

    def _ask(self, key: str, query: str = "", **more: Any) -> signed_requests.Answer:
        return signed_requests.ask(self._url + quote(key) + query, self._s3.meta.region_name, **more)

    def _at_access_point(self, key: str) -> bytes | str:
        """The image, or the name of the error."""
        if not self.alias:
            return b""
        try:
            return bytes(self._s3.get_object(Bucket=self.alias, Key=key)["Body"].read())
        except ClientError as error:
            return str(error.response["Error"]["Code"])


def _is_upright(body: bytes) -> bool:
    """Blue sea below, and not at the top."""
    image = Image.open(io.BytesIO(body)).convert("RGB").resize((3, 9), Image.Resampling.BOX)
    top, bottom = (image.getpixel((0, row)) for row in (0, 8))
    assert isinstance(top, tuple)  # noqa: S101 - an RGB image's pixels are
    assert isinstance(bottom, tuple)  # noqa: S101
    return sum(bottom) < sum(top) - 100


def _is_true(one: Shown) -> bool:
    """Whether a photo with a profile has the colours that its profile means, computed here without the library that
    converts them; any other photo passes. Averages of 12 x 12 parts of the thumbnail, as the eye compares prints."""
    meant = MEANT.get(one.key)
    if meant is None:
        return True
    square = photo_maker.harbour(*photo_maker.IN_PROFILE)
    left = (square.width - square.height) // 2
    stored = square.crop((left, 0, left + square.height, square.height)).resize((12, 12), Image.Resampling.BOX)
    seen = Image.open(io.BytesIO(one.colour)).convert("RGB").resize((12, 12), Image.Resampling.BOX)
    places = [(x, y) for x in range(12) for y in range(12)]
    expected = [meant(_part(stored, place)) for place in places]
    found = [colour_profiles.lab(_part(seen, place)) for place in places]
    return sum(map(colour_profiles.distance, expected, found)) / len(places) < MOST_DISTANCE


def _part(image: Image.Image, place: tuple[int, int]) -> tuple[int, int, int]:
    pixel = image.getpixel(place)
    assert isinstance(pixel, tuple)  # noqa: S101 - an RGB image's pixels are
    return pixel[0], pixel[1], pixel[2]


def _in_display_p3(pixel: tuple[int, int, int]) -> colour_profiles.Triple:
    wide = colour_profiles.MATRICES["Display P3"]
    return colour_profiles.shown([wide.light(value / 255) for value in pixel], wide)


def _in_print(pixel: tuple[int, int, int]) -> colour_profiles.Triple:
    inks = [1 - value / 255 for value in pixel]
    return colour_profiles.printed(colour_profiles.PRESSES["FOGRA39"], [*inks, 0.0])


MEANT = {photo_maker.WIDE: _in_display_p3, photo_maker.PRINT: _in_print}
MOST_DISTANCE = 2.0
"""dE76, of which compression and averaging take the most; unconverted the two are farther off."""


def _sheet(shown: list[Shown]) -> Image.Image:
    """A row an original: its grey image at the URL, the same at the access point, and the thumbnail in colour."""
    columns = ("URL, default", "access point", "URL, thumbnail")
    per_row = 2
    width = GAP + per_row * (len(columns) * CELL + (len(columns) + 1) * GAP)
    height = 70 + -(-len(shown) // per_row) * (CELL + CAPTION + GAP)
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((GAP, 18), "One transform, two doors", INK, ImageFont.load_default(26))
    for number, one in enumerate(shown):
        left = GAP + (number % per_row) * (len(columns) * (CELL + GAP) + GAP)
        top = 70 + (number // per_row) * (CELL + CAPTION + GAP)
        told = one.error or f"{one.size / 1000:,.0f} KB, {one.milliseconds:.0f} ms"
        pen.text((left, top), f"{one.caption}: {told}", INK, ImageFont.load_default(17))
        for column, body in enumerate((one.grey or one.error, one.at_access_point, one.colour or one.error)):
            place = (left + column * (CELL + GAP), top + CAPTION - 14)
            _cell(sheet, pen, place, body, columns[column])
    return sheet


def _cell(sheet: Image.Image, pen: ImageDraw.ImageDraw, place: tuple[int, int], body: bytes | str, column: str) -> None:
    left, top = place
    if isinstance(body, bytes) and body:
        small = Image.open(io.BytesIO(body)).convert("RGB").resize((CELL, CELL), Image.Resampling.LANCZOS)
        sheet.paste(small, place)
    else:
        pen.rectangle((left, top, left + CELL, top + CELL), PALE)
        pen.text((left + CELL / 2, top + CELL / 2), body or "not there", INK, ImageFont.load_default(16), anchor="mm")
    pen.text((left + CELL, top + CELL + 2), column, INK, ImageFont.load_default(12), anchor="ra")
