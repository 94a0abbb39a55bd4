#include <mysql.h>
#include <sqlite3.h>
#include <systemd/sd-bus.h>
