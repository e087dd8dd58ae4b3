"""Polly, spoken by eSpeak NG.

service: Amazon Polly's SynthesizeSpeech and DescribeVoices, spoken by eSpeak NG.
ssml: SSML as Polly reads it:
lower: From Polly's SSML to what eSpeak NG is given:
voices: Polly's voices and languages, from ``voices.toml``, and the eSpeak NG voice that stands in for each.
espeak: The parent's side of the eSpeak NG fork server:
espeak_worker: The fork server:
speech: From runs to one stretch of sound with its timed events, shaped at the edges as Polly's is.
marks: Speech marks:
encode: Samples to each of Polly's output formats, by the FFmpeg binary of the imageio-ffmpeg wheel.
throttle: Polly's rates:
faults: Failures on request, and a count of what was asked:
errors: The errors Polly answers with, named and numbered as in AWS's own service model.
"""
