/* Puts a process in alarm, with MariaDB's or MySQL's C library: alarm PROCESS_ID REASON
   cc alarm.c $(pkg-config --cflags --libs libmariadb) -o alarm */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns 1 where there is such a process, 0 where not, -1 on an error. Committed, unless autocommit is off. */
static int raise_alarm(MYSQL *connection, long long process_id, const char *reason)
{
    const char *sql = "UPDATE STATUS_PROCESS SET alarma = 1, notes = LEFT(?, 100) WHERE process_id = ?";
    unsigned long length = strlen(reason);
    MYSQL_BIND values[2] = {
        {.buffer_type = MYSQL_TYPE_STRING, .buffer = (void *)reason, .buffer_length = length, .length = &length},
        {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &process_id},
    };
    MYSQL_STMT *statement = mysql_stmt_init(connection);
    int found = -1;
    if (statement && mysql_stmt_prepare(statement, sql, strlen(sql)) == 0
        && mysql_stmt_bind_param(statement, values) == 0 && mysql_stmt_execute(statement) == 0)
        found = mysql_stmt_affected_rows(statement) == 1;
    if (found < 0) fprintf(stderr, "cannot raise the alarm: %s\n", statement ? mysql_stmt_error(statement) : "memory");
    if (statement) mysql_stmt_close(statement);
    return found;
}

int main(int count, char **arguments)
{
    if (count != 3) return 64;
    MYSQL *connection = mysql_init(NULL);
    unsigned int seconds = 10;
    mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(connection, MYSQL_OPT_READ_TIMEOUT, &seconds);
    if (!mysql_real_connect(connection, getenv("DB_HOST"), getenv("DB_USER"), getenv("DB_PASSWORD"), getenv("DB_NAME"),
            atoi(getenv("DB_PORT")), NULL, CLIENT_FOUND_ROWS)) {
        fprintf(stderr, "cannot connect: %s\n", mysql_error(connection));
        return 1;
    }
    int found = raise_alarm(connection, atoll(arguments[1]), arguments[2]);
    if (found == 0) fprintf(stderr, "there is no such process\n");
    mysql_close(connection);
    return found != 1;
}
