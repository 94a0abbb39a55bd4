-- The tables of the Process Monitor, as 'monitorctl init' creates them; harmless to run again.
--
--   sqlite3 /var/lib/monitord/monitor.db < sqlite.sql
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
);

CREATE TABLE IF NOT EXISTS MONITOR_ALARM (
  process_id BIGINT NOT NULL PRIMARY KEY,
  revision BIGINT NOT NULL,
  raised_at BIGINT NULL,
  source VARCHAR(64) NULL,
  reason VARCHAR(500) NULL,
  source_revision BIGINT NULL
);

CREATE TABLE IF NOT EXISTS MONITOR_BREAKER (
  process_id BIGINT NOT NULL PRIMARY KEY,
  state VARCHAR(16) NOT NULL,
  failures BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  openings BIGINT NOT NULL,
  until_at BIGINT NULL,
  provisional_success BIGINT NULL,
  retry_at BIGINT NULL
);

CREATE TABLE IF NOT EXISTS MONITOR_CLAIM (
  process_id BIGINT NOT NULL PRIMARY KEY,
  host VARCHAR(190) NOT NULL,
  instance VARCHAR(64) NOT NULL,
  since BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS MONITOR_HOLD (
  scope VARCHAR(16) NOT NULL,
  name VARCHAR(190) NOT NULL,
  held_from BIGINT NOT NULL,
  held_until BIGINT NULL,
  reason VARCHAR(500) NULL,
  held_by VARCHAR(100) NULL,
  PRIMARY KEY (scope, name)
);

CREATE TABLE IF NOT EXISTS MONITOR_CHECK (
  process_id BIGINT NOT NULL,
  check_name VARCHAR(100) NOT NULL,
  state VARCHAR(16) NOT NULL,
  since BIGINT NOT NULL,
  message VARCHAR(500) NOT NULL,
  PRIMARY KEY (process_id, check_name)
);

CREATE TABLE IF NOT EXISTS MONITOR_EVENT (
  id INTEGER PRIMARY KEY,
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
  breaker_applied TINYINT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS MONITOR_EVENT_COMPLETION ON MONITOR_EVENT (completion_id);

CREATE INDEX IF NOT EXISTS MONITOR_EVENT_PROCESS ON MONITOR_EVENT (process_id, id);

CREATE INDEX IF NOT EXISTS MONITOR_EVENT_AGE ON MONITOR_EVENT (happened_at);

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
);

-- An index without which every poll reads every row: the one change to a table of the application.

CREATE INDEX IF NOT EXISTS MONITOR_ALARMA ON STATUS_PROCESS (alarma);

-- Triggers that count how often each alarm is raised, so that one raised again during a recovery is never
-- cleared with the one before.

DROP TRIGGER IF EXISTS MONITOR_ALARM_INSERTED;
DROP TRIGGER IF EXISTS MONITOR_ALARM_UPDATED;
DROP TRIGGER IF EXISTS MONITOR_ALARM_INSERT;
DROP TRIGGER IF EXISTS MONITOR_ALARM_UPDATE;

CREATE TRIGGER MONITOR_ALARM_INSERT AFTER INSERT ON STATUS_PROCESS WHEN NEW.alarma = 1
BEGIN
  INSERT INTO MONITOR_ALARM (process_id, revision)
    SELECT NEW.process_id, 0
    WHERE NOT EXISTS (SELECT 1 FROM MONITOR_ALARM WHERE process_id = NEW.process_id);
  UPDATE MONITOR_ALARM SET revision = revision + 1, raised_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
      source = NULL, reason = NULL
    WHERE process_id = NEW.process_id;
END;

CREATE TRIGGER MONITOR_ALARM_UPDATE AFTER UPDATE OF alarma ON STATUS_PROCESS WHEN NEW.alarma = 1
BEGIN
  INSERT INTO MONITOR_ALARM (process_id, revision)
    SELECT NEW.process_id, 0
    WHERE NOT EXISTS (SELECT 1 FROM MONITOR_ALARM WHERE process_id = NEW.process_id);
  UPDATE MONITOR_ALARM SET revision = revision + 1, raised_at = CASE WHEN OLD.alarma = 1 THEN raised_at ELSE CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) END,
      source = CASE WHEN OLD.alarma = 1 THEN source ELSE NULL END, reason = CASE WHEN OLD.alarma = 1 THEN reason ELSE NULL END
    WHERE process_id = NEW.process_id;
END;

-- What this script has done, for the programs.

INSERT OR IGNORE INTO MONITOR_SCHEMA (item, value) VALUES ('version', 2), ('counts_revisions', 1);

