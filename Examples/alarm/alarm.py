# Puts a process in alarm, with PyMySQL: alarm.py PROCESS_ID REASON
import os
import sys

import pymysql
from pymysql.constants import CLIENT


def raise_alarm(connection, process_id, reason):
    """Returns whether there is such a process."""
    with connection.cursor() as cursor:
        found = cursor.execute(
            "UPDATE STATUS_PROCESS SET alarma = 1, notes = LEFT(%s, 100) WHERE process_id = %s",
            (reason, process_id))
    connection.commit()  # Without it nothing has happened.
    return found == 1


connection = pymysql.connect(
    host=os.environ["DB_HOST"], port=int(os.environ["DB_PORT"]), database=os.environ["DB_NAME"],
    user=os.environ["DB_USER"], password=os.environ["DB_PASSWORD"],
    client_flag=CLIENT.FOUND_ROWS, connect_timeout=5, read_timeout=10, write_timeout=10)
sys.exit(0 if raise_alarm(connection, int(sys.argv[1]), sys.argv[2]) else "there is no such process")
