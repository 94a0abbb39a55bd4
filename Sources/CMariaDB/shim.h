#include <stddef.h>
#include <stdint.h>
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <mariadb_rpl.h>

/* mariadb_rpl_optionsv is variadic, which Swift can't call. */

static inline int monitor_rpl_set_server_id(MARIADB_RPL *rpl, uint32_t server_id) {
    return mariadb_rpl_optionsv(rpl, MARIADB_RPL_SERVER_ID, (unsigned int)server_id);
}

static inline int monitor_rpl_set_flags(MARIADB_RPL *rpl, uint32_t flags) {
    return mariadb_rpl_optionsv(rpl, MARIADB_RPL_FLAGS, (unsigned int)flags);
}

static inline int monitor_rpl_set_start(MARIADB_RPL *rpl, const char *file, size_t length, unsigned long position) {
    return mariadb_rpl_optionsv(rpl, MARIADB_RPL_FILENAME, file, length)
        || mariadb_rpl_optionsv(rpl, MARIADB_RPL_START, position);
}
