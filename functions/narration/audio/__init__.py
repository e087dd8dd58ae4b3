"""From fragments of speech and sounds to one MP3 with its timeline.

mp3: Counts the frames of an MP3 without decoding it; silent frames and the Info frame.
decoding: Decodes MP3 in the process, without FFmpeg: fragments, and what was merged of them.
levels: How loud decoded speech is, without FFmpeg: weighting, gates, several fragments together.
silence: What a fragment's sidecar keeps: silence at its two ends (pydub), loudness and peak, by decoding it.
sounds: An editor's sound file, checked (size, length, containers) and decoded to the form that is merged.
ffmpeg_tool: The one place that finds FFmpeg and runs it, with a time limit and a bounded report.
loudness: Loudness targets, true peak, gain and ceiling of the limiter; reads what FFmpeg measured.
meter: Measures raw samples: loudness by FFmpeg, true peak in those places alone where it can be.
encoding: Encodes MP3 in the process (LAME), with the Info frame that says which samples are to be heard.
timeline: Where everything stands in the merged audio: pauses by kind, guards, chapters; timeline.json and back.
pauses: The silence between two items where a publisher or an ornament asks for another than usual.
speech_marks: Which sentence and which word is heard when; which engines give marks.
merging: What goes into a merge and comes out of it, and how the MP3 is encoded; both ways to merge share it.
mastering: The merge mastered: decodes, places, brings to its loudness, encodes; bit rate, fades, limiter.
express: The merge express: Polly's own frames as they are, frames of silence between them.
recipe: All numbers and rules of the merge as one hash, which an edition's hash holds.
captions: Chapters and captions as WebVTT, and chapters as JSON.
id3: An ID3v2.3 tag as bytes, of what publishing.editions fills in (title, artist, dates ...); takes old tags off.
"""
