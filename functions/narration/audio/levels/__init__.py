"""How loud decoded speech is, without FFmpeg and without numpy: what a fragment's sidecar keeps.

weighting: The ear's weighting of BS.1770 at C speed, as mean squares of 100 ms each; the sample peak.
gating: Integrated loudness of those, gated as BS.1770 says; that of several fragments together.
"""
