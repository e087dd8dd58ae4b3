"""Images: an original becomes the picture that a profile asks for.

handlers: One module per Lambda function: it parses its event, calls, returns.
originals: Where originals come from.
decoding: What a file is and what decoding it may cost, from its first bytes and headers.
transform: The pure heart: bytes and a profile in, bytes out.
doors: What both doors share: answers, limits of time, counting.
model: The nouns of an image request, in the order in which they come to be:
errors: What can be wrong with an image or a request for one, and the HTTP status that says so at each door.
profiles: Which profile a request means:
"""
