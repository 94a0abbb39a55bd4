#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <mariadb_rpl.h>

/* The functions that are called, by their addresses: see ConnectorLibrary.swift. */
#define MONITOR_CONNECTOR_FUNCTIONS(F) \
    F(mariadb_connection) F(mariadb_rpl_close) F(mariadb_rpl_init_ex) F(mariadb_rpl_open) F(mariadb_rpl_optionsv) \
    F(mysql_close) F(mysql_errno) F(mysql_error) F(mysql_fetch_field_direct) F(mysql_free_result) \
    F(mysql_get_server_info) F(mysql_get_socket) F(mysql_get_ssl_cipher) F(mysql_init) F(mysql_net_read_packet) \
    F(mysql_num_fields) F(mysql_options) F(mysql_real_connect) F(mysql_real_query) F(mysql_server_init) \
    F(mysql_stmt_affected_rows) F(mysql_stmt_bind_param) F(mysql_stmt_bind_result) F(mysql_stmt_close) \
    F(mysql_stmt_errno) F(mysql_stmt_error) F(mysql_stmt_execute) F(mysql_stmt_fetch) F(mysql_stmt_fetch_column) \
    F(mysql_stmt_free_result) F(mysql_stmt_init) F(mysql_stmt_param_count) F(mysql_stmt_prepare) \
    F(mysql_stmt_result_metadata) F(mysql_stmt_store_result)

struct monitor_connector {
#define MONITOR_DECLARE(name) __typeof__(name) *name;
    MONITOR_CONNECTOR_FUNCTIONS(MONITOR_DECLARE)
#undef MONITOR_DECLARE
};

/* Loads Connector/C and finds its functions. Returns NULL, or why that can't be done. */
static inline const char *monitor_connector_load(struct monitor_connector *connector) {
    /* The one name of it that its version 3 has on every distribution. Its plugins may count on what it has. */
    void *library = dlopen("libmariadb.so.3", RTLD_NOW | RTLD_GLOBAL);
    if (!library) return dlerror();
#define MONITOR_FIND(name) if (!(connector->name = (__typeof__(name) *)dlsym(library, #name))) return dlerror();
    MONITOR_CONNECTOR_FUNCTIONS(MONITOR_FIND)
#undef MONITOR_FIND
    return NULL;
}

/* mariadb_rpl_optionsv is variadic, which Swift can't call. */

static inline int monitor_rpl_set_server_id(struct monitor_connector connector, MARIADB_RPL *rpl, uint32_t server_id) {
    return connector.mariadb_rpl_optionsv(rpl, MARIADB_RPL_SERVER_ID, (unsigned int)server_id);
}

static inline int monitor_rpl_set_flags(struct monitor_connector connector, MARIADB_RPL *rpl, uint32_t flags) {
    return connector.mariadb_rpl_optionsv(rpl, MARIADB_RPL_FLAGS, (unsigned int)flags);
}

static inline int monitor_rpl_set_start(
    struct monitor_connector connector, MARIADB_RPL *rpl, const char *file, size_t length, unsigned long position) {
    return connector.mariadb_rpl_optionsv(rpl, MARIADB_RPL_FILENAME, file, length)
        || connector.mariadb_rpl_optionsv(rpl, MARIADB_RPL_START, position);
}
