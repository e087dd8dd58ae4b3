"""What a file is and what decoding it may cost, from its first bytes and headers.

kinds: The kinds of image that are handed to a decoder at all (JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP).
jpeg_markers: A JPEG's size, sampling and scans, read from its markers without a decoder (ITU-T T.81, annex B).
memory_limits: The most memory, pixels and scans that decoding may cost, by kind; more is ImageTooLarge.
"""
