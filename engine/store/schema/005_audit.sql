-- What people did about differences, and the number of each comparison. Neither is ever changed or removed.

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  by TEXT NOT NULL,                     -- who: the user of the system, or who was named
  action TEXT NOT NULL,                 -- post, link, accept, ignore
  item TEXT NOT NULL,                   -- the difference, as in D-1f9a3c20
  about TEXT NOT NULL,                  -- what it is about, as in invoice 1001
  reason TEXT NOT NULL DEFAULT '',
  before TEXT NOT NULL,                 -- both sides as they were
  after TEXT NOT NULL                   -- what it led to
);
CREATE INDEX audit_by_item ON audit (item, seq);

CREATE TABLE comparisons (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  difference TEXT,                      -- null: a side could not be read
  items INTEGER
);

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER comparisons_stay BEFORE UPDATE ON comparisons
BEGIN SELECT RAISE(ABORT, 'comparisons are append-only'); END;
CREATE TRIGGER comparisons_are_kept BEFORE DELETE ON comparisons
BEGIN SELECT RAISE(ABORT, 'comparisons are append-only'); END;
