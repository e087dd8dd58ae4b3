"""How loud audio is and is to be: of a fragment without FFmpeg and numpy, of an edition by FFmpeg's meter.

weighting: The ear's weighting of BS.1770 at C speed, as mean squares of 100 ms each; the sample peak.
gating: Integrated loudness of those, gated as BS.1770 says; that of several fragments together.
loudness: Loudness targets, true peak, gain and ceiling of the limiter; reads what FFmpeg measured.
meter: Measures raw samples of an edition: loudness by FFmpeg, true peak in those places alone where it can be.
"""
