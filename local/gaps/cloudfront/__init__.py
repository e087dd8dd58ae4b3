"""What MiniStack lacks of CloudFront; its distributions answer by themselves, under their domain name as Host header.

hosts: a distribution answers under its aliases too, and under a name that leads here
functions: a part of JavaScript where there is no Node
keys: public keys and key groups of a template; a key that is none is refused, and none changes
viewers: a behaviour with trusted key groups asks for a signed URL or signed cookies; paths are matched as AWS does
_javascript: that part, evaluated
_signed: a signed URL or signed cookies read, and their policy judged
_paths: a path as path patterns see it, and patterns with their wildcards
"""
