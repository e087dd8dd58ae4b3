"""Bytes of an image and a profile in, bytes of the result out. Pure.

image: The whole way: opens, decodes small, turns upright by EXIF, encodes; names for what decoders raise.
geometry: Where the pixels go for each fit (stretch, cover, contain, pad), and how small a JPEG may be decoded.
pixels: Resizing, and 8-bit grey or RGB out of any mode: alpha on white, 16 bit scaled, colours converted.
npy: Pixels as a NumPy array file, normalised by mean and std, in the layout hwc or chw.
"""

VERSION = "1"
"""To be raised whenever other bytes come of the same original and profile: entity tags follow it."""
