"""What a picture is written as. Pure.

choice: The format that a browser's Accept header is served, where a profile says ``auto``.
encoders: A finished image as JPEG, PNG, WebP, AVIF or NPY.
npy: Pixels as a NumPy array file, normalised by mean and std, in the layout hwc or chw.
"""
