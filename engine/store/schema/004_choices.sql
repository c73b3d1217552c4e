-- A person's word on a hold of a posting, kept for the record that it was said of.

ALTER TABLE holds ADD COLUMN connection TEXT NOT NULL DEFAULT '';
ALTER TABLE holds ADD COLUMN source TEXT NOT NULL DEFAULT '';      -- the posting's own source key; '' elsewhere
ALTER TABLE holds ADD COLUMN record_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE holds ADD COLUMN detail TEXT NOT NULL DEFAULT '{}';    -- sums and dates that a person needs to decide

CREATE TABLE choices (
  connection TEXT NOT NULL,
  source TEXT NOT NULL,
  code TEXT NOT NULL,
  about TEXT NOT NULL,
  choice TEXT NOT NULL,
  record_version INTEGER NOT NULL,      -- the snapshot that it was said of
  hold TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (connection, source, code, about)
);
