-- What waits and the remaining words of a rule need.

-- A step's own way to be tried again, as [times, seconds]; '' for the default.
ALTER TABLE attempts ADD COLUMN retry TEXT NOT NULL DEFAULT '';
ALTER TABLE actions ADD COLUMN retry TEXT NOT NULL DEFAULT '';

-- Whether the events that came before the subscription were looked at; those of an older version were not.
ALTER TABLE subscriptions ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;

-- The look back: events of a type since a run's own, and matches that a switched-off rule left.
CREATE INDEX events_by_type ON events (type, seq);
CREATE INDEX matches_kept ON matches (rule) WHERE result = 'switched off';
CREATE INDEX runs_of_rule_open ON runs (rule, rule_version) WHERE ended_at IS NULL;

CREATE TABLE last_starts (              -- when a rule last started for a value of `again after`
  rule TEXT NOT NULL,
  value TEXT NOT NULL,
  at TEXT NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY (rule, value)
);

-- Paths of the machine's own begin with a blank now, so that no step's name can be one.
UPDATE subscriptions SET path = ' ' || path WHERE path GLOB 'stop when [0-9]*';
