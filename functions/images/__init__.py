"""Images: an original becomes the picture that a profile asks for.

handlers: One module per Lambda function, which are the two doors: each parses its event, calls, returns.
profiles: The profile a request means (profiles.toml: names, sizes, formats), and its w, h, fit, mode, format, q.
originals: Where originals come from: the bucket, or a presigned URL; at most 50 MB.
decoding: What a file is and what decoding it may cost, from its first bytes and headers, before a pixel is decoded.
transform: Bytes and a profile in, bytes out: orientation, fit, focus, grey or RGB, colours.
encoding: JPEG, PNG, WebP, AVIF or NPY out of pixels, and which of them an Accept header gets.
doors: What goes back to the caller: entity tags, conditions, ranges, errors, the end of the time, counting.
model: The nouns of a request, in the order in which they come to be: profile, original, picture.
errors: What can be wrong with an image or a request for one, and the HTTP status that says so at each door.
"""
