"""What a file is, how it is decoded and what that may cost, decided from its headers; then its pixels.

kinds: The kinds of image that are handed to a decoder at all, and what to do with those that people send besides.
boxes: AVIF or HEIC, and the size, from the container's boxes: the codec of the primary item, all brands.
av1_sizes: The largest frame in an AVIF's coded data, which may be larger than its boxes say.
webp_chunks: A WebP's size, alpha, animation, ICC profile and EXIF, from its chunks.
png_chunks: Which PNGs are plain enough for libvips, and a PNG with all that it tells besides its pixels.
raster_headers: Sizes of PNG, GIF, BMP and TIFF, and their varieties that are closed (bit fields, floats, camera raw).
memory_limits: The most memory, pixels and scans that decoding may cost, by kind; more is ImageTooLarge.
plan: The plan of one file: kind, size, decoder, scaled or whole. No library has opened it yet.
decoded: What every decoder gives back: pixels, scale, orientation, ICC profile.
with_pillow: Pillow's decoders; JPEGs at 1/2, 1/4 or 1/8 without the padding of their last blocks, or without an end.
libwebp: WebP at any scale by the libwebp in Pillow's wheel, after a check of its ABI; else Pillow.
libvips: PNGs as averages of blocks by libvips, where a stack has its layer (UseVips); Pillow judges what it refuses.
refusals: Names and stable words for whatever a decoder raises.
pixels_of: The way through the plan: its decoder, and the one that stands in for it.
"""
