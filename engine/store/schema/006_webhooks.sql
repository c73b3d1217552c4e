-- What webhooks asked to be looked at, until it is; and the newest delivery of each.

CREATE TABLE wakes (
  connection TEXT NOT NULL,
  kind TEXT NOT NULL,                   -- poll: run it soon; read: read this one thing again
  name TEXT NOT NULL,                   -- the poll, or what to read, as in Invoice/1001
  mark TEXT NOT NULL,                   -- of the newest delivery that asked for it
  tries INTEGER NOT NULL DEFAULT 0,
  not_before TEXT NOT NULL,
  PRIMARY KEY (connection, kind, name)
);
CREATE INDEX wakes_due ON wakes (not_before);

CREATE TABLE delivered (
  connection TEXT NOT NULL,
  event TEXT NOT NULL,
  last_at TEXT NOT NULL,
  last_number INTEGER NOT NULL,         -- the vendor's number of the newest event; 0 where there are none
  PRIMARY KEY (connection, event)
);
