"""What JSONPath states do with their input while they run.

values: what paths, payload templates and intrinsic functions find, and the errors where they find nothing
result_path: a result put into the state's input
choices: the rules of a Choice
fields: Wait, the items of a Map, the arguments of a task under its Retry and Catch
variables: Assign, and paths that begin with a variable
_failing: the errors of a state that cannot go on, and the context object that it runs with
"""
