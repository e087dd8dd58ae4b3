"""What may be bought: a ceiling per pipeline, kind and day (UTC), and a switch that pauses a pipeline. Only here.

Each paid call goes through a ``Purse``: it asks whether the pipeline is paused, takes what the call costs from the
day's account before it is made, and gives back what a service refused without a bill. At the ceiling nothing fails:
what asks gets CeilingReached or PipelinePaused and comes again (lanes: ``common.admission``; machines: their Retry).

accounts: The day's item in the table: what is taken and given back, the ceiling, what an operator raised it by.
pauses: The item that says that a pipeline is paused, by whom and since when; workers look at it every 15 seconds.
refusals: Whether an error says that a service billed nothing.
purses: What one worker has in hand for one turn: blocks that are taken at once, paid from, and given back.
"""

from common.spending.purses import Purse, held_as, open_purse

__all__ = ["Purse", "held_as", "open_purse"]
