# Puts a process in alarm, with Python's sqlite3: alarm_sqlite.py PROCESS_ID REASON
import os
import sqlite3
import sys


def raise_alarm(connection, process_id, reason):
    """Returns whether there is such a process."""
    with connection:  # Commits, or rolls back where an error is thrown.
        cursor = connection.execute(
            "UPDATE STATUS_PROCESS SET alarma = 1, notes = substr(?, 1, 100) WHERE process_id = ?",
            (reason, process_id))
    return cursor.rowcount == 1


connection = sqlite3.connect(f"file:{os.environ['DB_FILE']}?mode=rw", uri=True, timeout=10)
sys.exit(0 if raise_alarm(connection, int(sys.argv[1]), sys.argv[2]) else "there is no such process")
