"""Polly, spoken by eSpeak NG.

service: SynthesizeSpeech, DescribeVoices, lexicons: limits (6,000 and 3,000 characters) and the rules between members
lexicons: pronunciation lexicons: stored, checked, and laid over the text before it is spoken
switches: quotas per engine, faults on request, requests and characters counted
errors: Polly's own errors
voices: voices, their engines and languages (``voices.toml``), and the eSpeak NG voice behind each
engines: what the audio of each engine is like (``engines.toml``): loudness by voice, silent edges, layout of the MP3
ssml: SSML as Polly reads it: tags per engine (``ssml_rules.toml``), billed characters, positions in bytes
lower: from SSML to runs for eSpeak NG, pauses and every character's origin kept
espeak: the parent's side of the fork server that speaks
espeak_worker: the fork server: one forked process per synthesis, so that the same text gives the same bytes
speech: runs joined to one sound with timed events and silent edges
marks: speech marks, as JSON lines
encode: samples to MP3, Ogg, PCM and others by FFmpeg, in the byte layout of Polly's MP3
"""
