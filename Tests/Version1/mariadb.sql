-- The tables of the Process Monitor, as 'monitorctl init' creates them; harmless to run again.
--
--   mariadb v_process_monitor < mariadb.sql
--
-- Moments are milliseconds since 1970-01-01 00:00 UTC. What each column means: docs/reference/tables.md.

-- The two tables of the application.

CREATE TABLE IF NOT EXISTS PROCESE (
  process_id INT PRIMARY KEY,
  process_name VARCHAR(100) NOT NULL
);

CREATE TABLE IF NOT EXISTS STATUS_PROCESS (
  process_id INT PRIMARY KEY,
  alarma TINYINT NOT NULL DEFAULT 0,
  sound TINYINT NOT NULL DEFAULT 0,
  notes VARCHAR(100),
  FOREIGN KEY (process_id) REFERENCES PROCESE(process_id)
);

-- The monitor's own.

CREATE TABLE IF NOT EXISTS MONITOR_SCHEMA (
  item VARCHAR(32) NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_ALARM (
  process_id BIGINT NOT NULL PRIMARY KEY,
  revision BIGINT NOT NULL,
  raised_at BIGINT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_BREAKER (
  host VARCHAR(190) NOT NULL,
  process_id BIGINT NOT NULL,
  state VARCHAR(16) NOT NULL,
  failures BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  openings BIGINT NOT NULL,
  until_at BIGINT NULL,
  provisional_success BIGINT NULL,
  in_flight_since BIGINT NULL,
  in_flight_instance VARCHAR(64) NULL,
  PRIMARY KEY (host, process_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_HOLD (
  host VARCHAR(190) NOT NULL,
  process_id BIGINT NOT NULL,
  held_since BIGINT NOT NULL,
  held_until BIGINT NULL,
  reason VARCHAR(500) NULL,
  held_by VARCHAR(100) NULL,
  PRIMARY KEY (host, process_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_HISTORY (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  host VARCHAR(190) NOT NULL,
  process_id BIGINT NOT NULL,
  process_name VARCHAR(100) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  happened_at BIGINT NOT NULL,
  duration BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  detail TEXT NOT NULL,
  report_id VARCHAR(64) NULL,
  alarm_result VARCHAR(16) NULL,
  breaker_applied TINYINT NULL,
  UNIQUE KEY MONITOR_HISTORY_REPORT (report_id),
  KEY MONITOR_HISTORY_PROCESS (host, process_id, id),
  KEY MONITOR_HISTORY_AGE (host, happened_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_DAEMON (
  host VARCHAR(190) NOT NULL,
  instance VARCHAR(64) NOT NULL,
  pid BIGINT NOT NULL,
  version VARCHAR(64) NOT NULL,
  state VARCHAR(16) NOT NULL,
  started_at BIGINT NOT NULL,
  last_poll BIGINT NULL,
  next_beat_by BIGINT NOT NULL,
  PRIMARY KEY (host, instance)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- An index without which every poll reads every row: the one change to a table of the application.

-- CREATE INDEX MONITOR_ALARMA ON STATUS_PROCESS (alarma);

-- Triggers that count how often each alarm is raised, so that one raised again during a recovery is never
-- cleared with the one before.
-- They act with the privileges of the account that runs this script, which has to stay.

DROP TRIGGER IF EXISTS MONITOR_ALARM_INSERTED;
DROP TRIGGER IF EXISTS MONITOR_ALARM_UPDATED;

DELIMITER //

CREATE TRIGGER MONITOR_ALARM_INSERTED AFTER INSERT ON STATUS_PROCESS FOR EACH ROW
BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  IF NEW.alarma = 1 THEN
    INSERT INTO MONITOR_ALARM (process_id, revision, raised_at)
      VALUES (NEW.process_id, 1, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)
      ON DUPLICATE KEY UPDATE revision = revision + 1, raised_at = TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000;
  END IF;
END //

CREATE TRIGGER MONITOR_ALARM_UPDATED AFTER UPDATE ON STATUS_PROCESS FOR EACH ROW
BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  IF NEW.alarma = 1 AND @monitor_quiet IS NULL THEN
    INSERT INTO MONITOR_ALARM (process_id, revision, raised_at)
      VALUES (NEW.process_id, 1, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)
      ON DUPLICATE KEY UPDATE revision = revision + 1, raised_at = IF(OLD.alarma = 1, raised_at, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000);
  END IF;
END //

DELIMITER ;

-- What this script has done, for the programs.

INSERT IGNORE INTO MONITOR_SCHEMA (item, value) VALUES ('version', 1), ('counts_revisions', 1);

