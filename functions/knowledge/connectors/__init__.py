"""Another repository's documents with their rights, brought into the inbox and kept like it.

repository: Where it is, what its keys are called in the inbox, what of it is an access file; its settings.
groups: groups.json: who is in a group, also by another group; circles of groups.
said: What is wrong with a stranger's file, as a sentence.
forms: What a repository's files may say.
access_form: A repository's access file -> the one that the inbox has, its groups resolved; for nobody if unreadable.
listing: All that the repository has now, each document with the access file that is for it.
comparing: What it had at the last sync beside what it has now -> what to do, in which order; what cannot be true.
kept: What a sync keeps in the knowledge bucket: the manifest (its cursor), its portions of work, what became of them.
turns: One sync at a time; one that was stopped is taken over.
bringing: One portion: access files put, documents copied, what vanished removed.
reports: What became of all portions -> the next manifest, and the report.
"""
