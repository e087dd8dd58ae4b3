"""JPEGs of the processes that Pillow does not write: lossless ones made, two in arithmetic coding as they are."""

from __future__ import annotations

import base64

from local.demo.images.lossless_jpeg import lossless

__all__ = ["ARITHMETIC", "PROGRESSIVE_ARITHMETIC", "lossless", "marked"]


def marked(jpeg: bytes, process: int, precision: int = 8) -> bytes:
    """The same file with another process and precision in its frame header: no decoder can follow most of them."""
    for marker in (0xC0, 0xC2, 0xC3):
        place = jpeg.find(bytes([0xFF, marker]))
        if place >= 0:
            return (
                jpeg[: place + 1]
                + bytes([process])
                + jpeg[place + 2 : place + 4]
                + bytes([precision])
                + jpeg[place + 5 :]
            )
    raise ValueError("no frame header")


ARITHMETIC = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5a"
    "YVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//yQAR"
    "CAAoADADASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/ACvZwQU4044Ww84E7gYLgtc1Codm36qjpjB/XIz767Ry/ojA8utU"
    "jCu7blqayUXAA3KiezbxVDOKDSFfgKnEsmuyAVjDBR/fFJkRfEpUrBriEE7ky29gV/VFNe/21TFxn4FyAkwsQziNLfjjktHdkqzJ9434q9rN"
    "gHZ4x9ARnf1Q5fD/2Q=="
)
PROGRESSIVE_ARITHMETIC = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5a"
    "YVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//ygAR"
    "CAAoADADASIAAhEBAxEB/8wABgAQARD/2gAMAwEAAhADEAAAAf5vLPUMI/4m3it2cMGnGFpxqJOAfsWLV/ouY8OB9p8VviLVajD/zAAEEAX/"
    "2gAIAQEAAQUCwOPJqT3Nuv/MAAQRBf/aAAgBAwEBPwHuqLPC8ooHVZXno3HylLtIYP/MAAQRBf/aAAgBAgEBPwHu1htOIH0xrA+jVJjQ/wA6"
    "tFrCwy+zgP/MAAQQBf/aAAgBAQAGPwLAjlqnmN9Af8s4gP/MAAQQBf/aAAgBAQABPyGqouB/K+Ij/9oADAMBAAIAAwAAABD/ABQl+nWlMP/M"
    "AAQRBf/aAAgBAwEBPxCnS84eSTcxRK0kw4WrhbvculD/zAAEEQX/2gAIAQIBAT8Qy3scasFe4i8CYhSK6Fa0Tv/MAAQQBf/aAAgBAQABPxCq"
    "lEHc3VnV0zEEDYD/2Q=="
)
"""48 x 40 pixels in four colours, as libjpeg-turbo's jpegtran writes them (SOF9 and SOF10)."""
