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
  raised_at BIGINT NULL
);

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
);

CREATE TABLE IF NOT EXISTS MONITOR_HOLD (
  host VARCHAR(190) NOT NULL,
  process_id BIGINT NOT NULL,
  held_since BIGINT NOT NULL,
  held_until BIGINT NULL,
  reason VARCHAR(500) NULL,
  held_by VARCHAR(100) NULL,
  PRIMARY KEY (host, process_id)
);

CREATE TABLE IF NOT EXISTS MONITOR_HISTORY (
  id INTEGER PRIMARY KEY,
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
  breaker_applied TINYINT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS MONITOR_HISTORY_REPORT ON MONITOR_HISTORY (report_id);

CREATE INDEX IF NOT EXISTS MONITOR_HISTORY_PROCESS ON MONITOR_HISTORY (host, process_id, id);

CREATE INDEX IF NOT EXISTS MONITOR_HISTORY_AGE ON MONITOR_HISTORY (host, happened_at);

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
);

-- An index without which every poll reads every row: the one change to a table of the application.

CREATE INDEX IF NOT EXISTS MONITOR_ALARMA ON STATUS_PROCESS (alarma);

-- Triggers that count how often each alarm is raised, so that one raised again during a recovery is never
-- cleared with the one before.

DROP TRIGGER IF EXISTS MONITOR_ALARM_INSERTED;
DROP TRIGGER IF EXISTS MONITOR_ALARM_UPDATED;

CREATE TRIGGER MONITOR_ALARM_INSERTED AFTER INSERT ON STATUS_PROCESS WHEN NEW.alarma = 1
BEGIN
  INSERT INTO MONITOR_ALARM (process_id, revision)
    SELECT NEW.process_id, 0
    WHERE NOT EXISTS (SELECT 1 FROM MONITOR_ALARM WHERE process_id = NEW.process_id);
  UPDATE MONITOR_ALARM SET revision = revision + 1, raised_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    WHERE process_id = NEW.process_id;
END;

CREATE TRIGGER MONITOR_ALARM_UPDATED AFTER UPDATE OF alarma ON STATUS_PROCESS WHEN NEW.alarma = 1
BEGIN
  INSERT INTO MONITOR_ALARM (process_id, revision)
    SELECT NEW.process_id, 0
    WHERE NOT EXISTS (SELECT 1 FROM MONITOR_ALARM WHERE process_id = NEW.process_id);
  UPDATE MONITOR_ALARM SET revision = revision + 1, raised_at = CASE WHEN OLD.alarma = 1 THEN raised_at ELSE CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) END
    WHERE process_id = NEW.process_id;
END;

-- What this script has done, for the programs.

INSERT OR IGNORE INTO MONITOR_SCHEMA (item, value) VALUES ('version', 1), ('counts_revisions', 1);

