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
  raised_at BIGINT NULL,
  source VARCHAR(64) NULL,
  reason VARCHAR(500) NULL,
  source_revision BIGINT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_BREAKER (
  process_id BIGINT NOT NULL PRIMARY KEY,
  state VARCHAR(16) NOT NULL,
  failures BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  openings BIGINT NOT NULL,
  until_at BIGINT NULL,
  provisional_success BIGINT NULL,
  retry_at BIGINT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_CLAIM (
  process_id BIGINT NOT NULL PRIMARY KEY,
  host VARCHAR(190) NOT NULL,
  instance VARCHAR(64) NOT NULL,
  since BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_HOLD (
  scope VARCHAR(16) NOT NULL,
  name VARCHAR(190) NOT NULL,
  held_from BIGINT NOT NULL,
  held_until BIGINT NULL,
  reason VARCHAR(500) NULL,
  held_by VARCHAR(100) NULL,
  PRIMARY KEY (scope, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_CHECK (
  process_id BIGINT NOT NULL,
  check_name VARCHAR(100) NOT NULL,
  state VARCHAR(16) NOT NULL,
  since BIGINT NOT NULL,
  message VARCHAR(500) NOT NULL,
  PRIMARY KEY (process_id, check_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_EVENT (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  happened_at BIGINT NOT NULL,
  host VARCHAR(190) NULL,
  process_id BIGINT NULL,
  process_name VARCHAR(100) NULL,
  kind VARCHAR(32) NOT NULL,
  code VARCHAR(64) NULL,
  actor VARCHAR(100) NULL,
  duration BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  detail TEXT NOT NULL,
  note VARCHAR(500) NULL,
  completion_id VARCHAR(64) NULL,
  alarm_result VARCHAR(16) NULL,
  breaker_applied TINYINT NULL,
  UNIQUE KEY MONITOR_EVENT_COMPLETION (completion_id),
  KEY MONITOR_EVENT_PROCESS (process_id, id),
  KEY MONITOR_EVENT_AGE (happened_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE IF NOT EXISTS MONITOR_HOST (
  host VARCHAR(190) NOT NULL,
  instance VARCHAR(64) NOT NULL,
  machine_id VARCHAR(64) NULL,
  pid BIGINT NOT NULL,
  version VARCHAR(64) NOT NULL,
  state VARCHAR(16) NOT NULL,
  started_at BIGINT NOT NULL,
  last_poll BIGINT NULL,
  lease_ends_at BIGINT NOT NULL,
  PRIMARY KEY (host, instance)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- An index without which every poll reads every row: the one change to a table of the application.

-- CREATE INDEX MONITOR_ALARMA ON STATUS_PROCESS (alarma);

-- Triggers that count how often each alarm is raised, so that one raised again during a recovery is never
-- cleared with the one before.
-- They act with the privileges of the account that runs this script, which has to stay.

DROP TRIGGER IF EXISTS MONITOR_ALARM_INSERTED;
DROP TRIGGER IF EXISTS MONITOR_ALARM_UPDATED;
DROP TRIGGER IF EXISTS MONITOR_ALARM_INSERT;
DROP TRIGGER IF EXISTS MONITOR_ALARM_UPDATE;

DELIMITER //

CREATE TRIGGER MONITOR_ALARM_INSERT AFTER INSERT ON STATUS_PROCESS FOR EACH ROW
BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  IF NEW.alarma = 1 THEN
    INSERT INTO MONITOR_ALARM (process_id, revision, raised_at)
      VALUES (NEW.process_id, 1, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)
      ON DUPLICATE KEY UPDATE revision = revision + 1, raised_at = TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000,
        source = NULL, reason = NULL;
  END IF;
END //

CREATE TRIGGER MONITOR_ALARM_UPDATE AFTER UPDATE ON STATUS_PROCESS FOR EACH ROW
BEGIN
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  IF NEW.alarma = 1 AND (NOT OLD.alarma <=> 1 OR (@monitor_quiet IS NULL AND NEW.sound <=> OLD.sound)) THEN
    INSERT INTO MONITOR_ALARM (process_id, revision, raised_at)
      VALUES (NEW.process_id, 1, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)
      ON DUPLICATE KEY UPDATE revision = revision + 1, raised_at = IF(OLD.alarma = 1, raised_at, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000),
        source = IF(OLD.alarma = 1, source, NULL), reason = IF(OLD.alarma = 1, reason, NULL);
  END IF;
END //

DELIMITER ;

-- What this script has done, for the programs.

INSERT IGNORE INTO MONITOR_SCHEMA (item, value) VALUES ('version', 2), ('counts_revisions', 1);

