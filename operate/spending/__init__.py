"""What a stack may buy in a day: shown, raised for today; a pipeline paused and resumed.

arguments: what spending, pause and resume take, what they need, an example of each
ceilings: which pipeline buys what, under which parameter; which of them a stack has; why others cannot be paused
accounts: the day's accounts: bought, ceiling, left; one of them raised for today
pausing: the item in the table by which a pipeline is paused, written and deleted
"""
