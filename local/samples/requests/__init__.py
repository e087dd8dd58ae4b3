"""Messages of queues, and what a sample of a request names that no stack has: it is made when the sample is filled in.

answers: the three names that only the answer of an access point knows
signatures: what signs the request of a changed profile
asks: messages as Lambda hands them over, those of the lanes among them
"""
