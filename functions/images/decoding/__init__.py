"""What a file is and what decoding it may cost, from its first bytes and headers.

kinds: Which kind of image some bytes are, by their first ones.
memory_limits: What decoding may cost, worked out from headers before a pixel is decoded.
jpeg_markers: What a JPEG's markers say about the cost of decoding it, read without a decoder (ITU-T T.81, annex B).
"""
