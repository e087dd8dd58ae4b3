"""Addresses of pictures.

arguments: what ``sign-image`` takes, needs, and an example
addresses: an address at which a picture comes as w, h and the like say, signed; another key for those
"""
