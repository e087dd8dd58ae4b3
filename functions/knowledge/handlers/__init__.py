"""One module per Lambda function: it parses its event, calls, returns.

list_repository: Another repository beside what the last sync left -> what to do, in portions.
sync_portion: Some access files or documents -> put into the inbox, or removed from it.
finish_sync: What became of all portions -> the report and the cursor.
"""
