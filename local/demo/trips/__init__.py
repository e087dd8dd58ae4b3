"""The trips chapter.

chapter: The trips chapter:
maker: Trips of a bike share system that never was, in the columns and quotes in which Bay Wheels publishes the real ...
plot: Trips by hour and by part of the day as one picture.
"""
