"""A small part of JavaScript: enough for functions that look at a request and let it through, change it or refuse it.

Functions with ``var``, ``if``, ``try``, ``return`` and assignments to members; strings, numbers, objects, arrays and
plain regular expressions; ``?:``, ``||``, ``&&``, ``!``, ``===``, ``!==``, ``+`` of strings; some methods of strings;
``decodeURIComponent`` and ``encodeURIComponent``. All else raises NotKnown, most of it before anything runs.

program: parses a program into functions of Python, and runs its handler
words: the words of a program; texts and regular expressions in Python's spelling
values: what members, truth and equality are in JavaScript, and what it throws
"""
