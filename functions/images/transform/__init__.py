"""The pure heart: bytes and a profile in, bytes out.

pixels: From whatever mode Pillow decoded to 8-bit grey or RGB:
geometry: Where the pixels of an original go:
npy: Pixels as a NumPy array file, written without NumPy (format version 1.0:
image: The pure heart:
"""
