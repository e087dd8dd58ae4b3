"""What becomes of work whose worker dies, on a cloud of its own.

ways: for each function what it is given to do, and how one sees from outside that it was done
consumers: a function of the template killed until its work stands still, then redriven
"""
