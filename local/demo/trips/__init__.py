"""The trips chapter.

chapter: trips streamed, cleaned, queried where they lie, drawn, made into training sets
maker: trips in the columns and quotes of Bay Wheels' files, made from a seed; whose pass it is can be learned
plot: trips by hour and by part of the day as one picture
"""
