"""Bytes of an image and a profile in, bytes of the result out. Pure.

image: The whole way: plans, decodes small, turns upright by EXIF, hands on to be encoded.
geometry: Where the pixels go for each fit (stretch, cover, contain, pad), and how small a JPEG may be decoded.
attention: Which part of a picture has the most edges, for fit cover with focus ``attention``.
coded_profiles: ICC profiles for Display P3 and BT.2020 that are told by numbers alone (nclx, cICP).
pixels: Resizing, and 8-bit grey or RGB out of any mode: alpha on white or kept, 16 bit scaled.
colour: Embedded ICC profiles: colours to sRGB by LittleCMS, perceptual, on the small image.
"""

VERSION = "3"
"""To be raised whenever other bytes come of the same original and profile: entity tags follow it."""
