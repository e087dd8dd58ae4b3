"""From fragments of speech and sounds to one MP3 with its timeline.

codecs: MP3 in the process (frames, decoder, encoder, tags), and the one place that runs FFmpeg.
levels: How loud speech is (a fragment without FFmpeg, an edition by its meter) and is to be: targets, gain, ceiling.
silence: What a fragment's sidecar keeps: silence at its two ends (pydub), loudness and peak, by decoding it.
sounds: An editor's sound file, checked (size, length, containers) and decoded to the form that is merged.
timeline: Where everything stands in the merged audio: pauses by kind, guards, chapters; timeline.json and back.
pauses: The silence between two items where a publisher or an ornament asks for another than usual.
speech_marks: Which sentence and which word is heard when; which engines give marks.
merging: What goes into a merge and comes out of it, and the releases it is made with; both ways to merge share it.
mastering: The merge mastered: decodes, places, brings to its loudness, encodes; bit rate, fades, limiter.
express: The merge express: Polly's own frames as they are, frames of silence between them.
recipe: All numbers and rules of the merge as one hash, which an edition's hash holds.
captions: Chapters and captions as WebVTT, and chapters as JSON.
"""
