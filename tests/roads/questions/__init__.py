"""Questions whose model writes wrong or hostile statements, and many questions at once, on clouds of their own.

test_wrong_statements: each mistake and hostile statement through the door
test_crowd: many callers at once, a model that throttles, workers that die
"""
