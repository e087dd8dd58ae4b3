"""Who may read a document: its access file, the sets of readers in the table, and one rule that decides.

files: The access file that rules over a document now, the nearest upwards; what is unreadable lets nobody read.
access_form: The form of an access file, checked where a stranger's JSON comes in (pydantic).
defaults: The parameter DefaultReaders, for documents over which no file rules.
decide: Whether somebody may read, by exact names; who is denied may not.
sets: Access sets by the hash of what they hold, and which of them somebody reads, as items of the table.
"""
