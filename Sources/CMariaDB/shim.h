#include <stddef.h>
#include <stdint.h>
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
