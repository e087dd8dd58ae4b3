"""What both doors share: answers, limits of time, counting.

responses: What goes back to the caller, in HTTP's terms and for both doors alike:
serving: What both doors do:
deadline: An answer in time, whatever a decoder does.
"""
