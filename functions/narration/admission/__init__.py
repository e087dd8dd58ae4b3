"""Who is spoken when, and whether it is still wanted by then.

lanes: The lane of an article's ranges, by its priority, its size and the first lane's allowance per minute.
estimates: What a message would bill if it came now, for a replay with another voice.
wanted: The newest version of each article that anybody has asked for; what is older need not be bought.
ranges: One range of a plan's fragments, bought within a worker's turn.
"""
