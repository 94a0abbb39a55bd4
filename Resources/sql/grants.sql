-- The least privileges of the Process Monitor, for a database of the name in the sample configuration.
--
-- The accounts are made before:
--
--   CREATE USER 'monitord'@'localhost' IDENTIFIED BY '…';

-- The daemon: without these it can do nothing …

GRANT SELECT ON `v_process_monitor`.`PROCESE` TO 'monitord'@'localhost';
GRANT SELECT, UPDATE (alarma, notes) ON `v_process_monitor`.`STATUS_PROCESS` TO 'monitord'@'localhost';

-- … and without these it forgets breakers, holds and history with every restart.

GRANT SELECT ON `v_process_monitor`.`MONITOR_SCHEMA` TO 'monitord'@'localhost';
GRANT SELECT, UPDATE ON `v_process_monitor`.`MONITOR_ALARM` TO 'monitord'@'localhost';
GRANT SELECT, INSERT, UPDATE ON `v_process_monitor`.`MONITOR_BREAKER` TO 'monitord'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON `v_process_monitor`.`MONITOR_CLAIM` TO 'monitord'@'localhost';
GRANT SELECT ON `v_process_monitor`.`MONITOR_HOLD` TO 'monitord'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON `v_process_monitor`.`MONITOR_CHECK` TO 'monitord'@'localhost';
GRANT SELECT, INSERT, DELETE ON `v_process_monitor`.`MONITOR_EVENT` TO 'monitord'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON `v_process_monitor`.`MONITOR_HOST` TO 'monitord'@'localhost';

-- To see alarms when they are committed, and not at check_interval only. It can't be given for one table: who has
-- it can read all changes of all databases. So it is yours to decide. MySQL wants REPLICATION CLIENT too.
--
--   GRANT REPLICATION SLAVE ON *.* TO 'monitord'@'localhost';

-- monitorctl, for everything but 'init'.

GRANT SELECT, INSERT, DELETE ON `v_process_monitor`.`PROCESE` TO 'monitorctl'@'localhost';
GRANT SELECT, INSERT, UPDATE (alarma, notes), DELETE ON `v_process_monitor`.`STATUS_PROCESS` TO 'monitorctl'@'localhost';
GRANT SELECT ON `v_process_monitor`.`MONITOR_SCHEMA` TO 'monitorctl'@'localhost';
GRANT SELECT, UPDATE, DELETE ON `v_process_monitor`.`MONITOR_ALARM` TO 'monitorctl'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON `v_process_monitor`.`MONITOR_BREAKER` TO 'monitorctl'@'localhost';
GRANT SELECT, DELETE ON `v_process_monitor`.`MONITOR_CLAIM` TO 'monitorctl'@'localhost';
GRANT SELECT, INSERT, DELETE ON `v_process_monitor`.`MONITOR_HOLD` TO 'monitorctl'@'localhost';
GRANT SELECT, DELETE ON `v_process_monitor`.`MONITOR_CHECK` TO 'monitorctl'@'localhost';
GRANT SELECT, INSERT, DELETE ON `v_process_monitor`.`MONITOR_EVENT` TO 'monitorctl'@'localhost';
GRANT SELECT ON `v_process_monitor`.`MONITOR_HOST` TO 'monitorctl'@'localhost';

-- The account that runs 'monitorctl init', or mariadb.sql: to be kept, because the triggers act as it.
-- A server with a binary log lets it create triggers only with log_bin_trust_function_creators = 1.

GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER ON `v_process_monitor`.* TO 'monitor_admin'@'localhost';
