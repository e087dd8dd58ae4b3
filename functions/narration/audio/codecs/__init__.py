"""MP3 in the process, and FFmpeg as a program.

mp3: Counts the frames of an MP3 without decoding it; silent frames and the Info frame.
decoding: Decodes MP3 in the process, without FFmpeg: fragments, and what was merged of them.
encoding: Encodes MP3 in the process (LAME), with the Info frame that says which samples are to be heard.
ffmpeg_tool: Finds FFmpeg and runs it (sounds, limiter, meter), with a time limit and a bounded report; its version.
id3: An ID3v2.3 tag as bytes, of what publishing.editions fills in (title, artist, dates ...); takes old tags off.
"""
