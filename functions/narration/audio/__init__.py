"""From fragments of speech and sounds to one MP3 with its timeline.

mp3: Counts the frames of an MP3 without decoding it:
silence: How much silence stands at the two ends of a fragment, by decoding it; and the one import of pydub.
sounds: An editor's sound file, checked and brought to the form that is merged:
timeline: Where everything stands in the merged audio, computed from lengths alone:
mastering: The merge:
express: The other merge:
loudness: What FFmpeg's ``ebur128`` filter reports, and what follows from it:
ffmpeg_tool: The one place that finds FFmpeg and runs it:
id3: Writes the ID3v2.3 tag of an edition:
captions: Chapters and captions as WebVTT (W3C), the form that browsers and players read, and chapters as JSON.
merging: What goes into a merge and what comes out of it; both ways to merge share it.
speech_marks: Speech marks:
"""
