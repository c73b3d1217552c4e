-- Everything that must survive a crash. Times are ISO text in UTC with microseconds and a Z, so that
-- they sort; values are canonical JSON text.

CREATE TABLE connections (              -- one sign-in to one vendor
  name TEXT PRIMARY KEY,
  connector TEXT NOT NULL,
  state TEXT NOT NULL,                  -- new, open, paused
  reason TEXT NOT NULL DEFAULT '',
  not_before TEXT,                      -- vendor's own "wait until"
  failures INTEGER NOT NULL DEFAULT 0,
  activated_at TEXT,
  day_left INTEGER,                     -- from the vendor's answer headers
  day_left_at TEXT
);

CREATE TABLE secrets (                  -- sealed values; the key stands outside the store
  connection TEXT NOT NULL,
  name TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (connection, name)
);

CREATE TABLE leases (                   -- a worker's claim with an end
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until_at TEXT NOT NULL
);

CREATE TABLE cursors (                  -- where each poll stopped
  connection TEXT NOT NULL,
  poll TEXT NOT NULL,
  position TEXT NOT NULL,
  last_at TEXT,
  next_at TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  problem TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (connection, poll)
);

CREATE TABLE records (                  -- newest snapshot of each vendor record
  connection TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  parent TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (connection, kind, id)
);
CREATE INDEX records_by_parent ON records (connection, kind, parent);

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  connection TEXT NOT NULL,
  type TEXT NOT NULL,
  key TEXT NOT NULL,
  time TEXT NOT NULL,
  title TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  accepted_at TEXT NOT NULL,
  dispatched INTEGER NOT NULL DEFAULT 0,
  UNIQUE (connection, key)
);
CREATE INDEX events_waiting ON events (seq) WHERE dispatched = 0;
CREATE INDEX events_by_subject ON events (subject);

CREATE TABLE rule_versions (            -- the text that a run began with
  rule TEXT NOT NULL,
  version TEXT NOT NULL,
  file TEXT NOT NULL,
  body TEXT NOT NULL,
  first_at TEXT NOT NULL,
  PRIMARY KEY (rule, version)
);

CREATE TABLE rule_switches (            -- on or off, as a person last set it
  rule TEXT PRIMARY KEY,
  enabled INTEGER NOT NULL,
  changed_at TEXT NOT NULL
);

CREATE TABLE schedules (                -- next start of each timed rule
  rule TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  next_at TEXT NOT NULL
);

CREATE TABLE matches (                  -- what each rule made of each event
  event TEXT NOT NULL,
  rule TEXT NOT NULL,
  rule_version TEXT NOT NULL,
  result TEXT NOT NULL,                 -- matched, not matched, cannot tell, repeated
  reason TEXT NOT NULL,
  run TEXT,
  at TEXT NOT NULL,
  PRIMARY KEY (event, rule)
);

CREATE TABLE runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  rule TEXT NOT NULL,
  rule_version TEXT NOT NULL,
  event TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  work_class TEXT NOT NULL,
  once TEXT NOT NULL,
  serial TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,   -- every change of the row or its inbox adds one
  wake_at TEXT,                         -- when it wants to be looked at
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  ended_at TEXT,
  UNIQUE (rule, once)
);
CREATE INDEX runs_due ON runs (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX runs_serial ON runs (rule, serial, seq) WHERE ended_at IS NULL;
CREATE INDEX runs_by_subject ON runs (subject);
CREATE INDEX runs_open ON runs (status) WHERE ended_at IS NULL;

CREATE TABLE inbox (                    -- inputs that a run has not taken yet
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX inbox_by_run ON inbox (run, seq);

CREATE TABLE history (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  step TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX history_by_run ON history (run, seq);

CREATE TABLE actions (                  -- the action that a run waits for: a call, or a posting in rounds
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  step TEXT NOT NULL,
  action TEXT NOT NULL,
  connection TEXT NOT NULL,
  inputs TEXT NOT NULL,
  state TEXT NOT NULL,                  -- new, working, later, held
  record_kind TEXT NOT NULL DEFAULT '',
  record_id TEXT NOT NULL DEFAULT '',
  rounds INTEGER NOT NULL DEFAULT 0,
  asked_seq INTEGER NOT NULL DEFAULT 0,
  started_at TEXT NOT NULL,
  PRIMARY KEY (run, path)
);

CREATE TABLE claims (                   -- source keys asked for and granted
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  connection TEXT NOT NULL,
  key TEXT NOT NULL,
  run TEXT NOT NULL,
  place INTEGER NOT NULL,               -- order of asking; equal for all keys of one wish
  work_class TEXT NOT NULL,
  granted INTEGER NOT NULL,
  UNIQUE (connection, key, run)
);
CREATE UNIQUE INDEX claims_granted ON claims (connection, key) WHERE granted = 1;
CREATE INDEX claims_by_run ON claims (run);

CREATE TABLE attempts (                 -- one try of one part of one step
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  part TEXT NOT NULL,
  number INTEGER NOT NULL,
  connection TEXT NOT NULL,
  action TEXT NOT NULL,
  state TEXT NOT NULL,                  -- ready, in call, joined, done, rejected, held, unknown, not sent, retried, withdrawn
  work_class TEXT NOT NULL,
  marker TEXT NOT NULL,
  element TEXT NOT NULL,
  source_key TEXT NOT NULL DEFAULT '',
  link_source TEXT,
  link_part TEXT,
  record_version INTEGER NOT NULL DEFAULT 0, -- the snapshot that it was decided on
  company INTEGER NOT NULL DEFAULT 0,   -- largest call that it may go in; 0: the manifest's
  ends INTEGER NOT NULL DEFAULT 0,
  stale_at TEXT,                        -- decided on a read that is only good until then
  not_before TEXT NOT NULL,
  first_at TEXT NOT NULL,
  call TEXT,
  joined TEXT,
  outcome TEXT,
  settled_at TEXT
);
CREATE INDEX attempts_ready ON attempts (connection, action, work_class, seq) WHERE state = 'ready';
CREATE INDEX attempts_by_run ON attempts (run, path, part);
CREATE INDEX attempts_by_call ON attempts (call) WHERE call IS NOT NULL;
CREATE INDEX attempts_by_joined ON attempts (joined) WHERE joined IS NOT NULL;
CREATE UNIQUE INDEX attempts_marker ON attempts (connection, action, marker)
  WHERE marker <> '' AND state IN ('ready', 'in call', 'unknown');

CREATE TABLE calls (                    -- one request to a vendor, written before it is sent
  id TEXT PRIMARY KEY,
  connection TEXT NOT NULL,
  action TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  query TEXT NOT NULL,
  body BLOB NOT NULL,
  key TEXT NOT NULL,
  elements TEXT NOT NULL,
  fence INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL,                  -- open, closed, not sent, asking
  work_class TEXT NOT NULL,
  written_at TEXT NOT NULL,
  boot TEXT NOT NULL,
  send_by_boot REAL NOT NULL,
  send_by_at TEXT NOT NULL,
  silent_until TEXT NOT NULL,           -- untouched by others until then
  repeats INTEGER NOT NULL DEFAULT 0,
  lookups INTEGER NOT NULL DEFAULT 0,
  status INTEGER,
  answer BLOB,
  answered_at TEXT
);
CREATE INDEX calls_open ON calls (silent_until) WHERE state IN ('open', 'asking');

CREATE TABLE lookups (                  -- how the outcome of a silent call was settled
  call TEXT NOT NULL,
  number INTEGER NOT NULL,
  at TEXT NOT NULL,
  found TEXT NOT NULL,
  PRIMARY KEY (call, number)
);

CREATE TABLE sends (                    -- our own count of requests, for the budgets
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  connection TEXT NOT NULL,
  at TEXT NOT NULL,
  purpose TEXT NOT NULL                 -- call, repeat, look-up, poll, read
);
CREATE INDEX sends_by_time ON sends (connection, at);

CREATE TABLE links (                    -- what stands at the vendor for each part of a source record
  connection TEXT NOT NULL,
  source TEXT NOT NULL,
  part TEXT NOT NULL,
  kind TEXT NOT NULL,
  vendor_id TEXT NOT NULL,
  marker TEXT NOT NULL,
  version INTEGER NOT NULL,
  written TEXT NOT NULL,
  seen TEXT NOT NULL,
  made_by TEXT NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (connection, source, part)
);
CREATE INDEX links_by_vendor ON links (connection, kind, vendor_id);

CREATE TABLE timers (
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  due_at TEXT NOT NULL,
  PRIMARY KEY (run, path)
);
CREATE INDEX timers_due ON timers (due_at);

CREATE TABLE subscriptions (            -- awaited events, found by (type, path, value)
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  type TEXT NOT NULL,
  index_path TEXT NOT NULL,
  index_value TEXT NOT NULL,
  same TEXT NOT NULL,
  PRIMARY KEY (run, path)
);
CREATE INDEX subscriptions_index ON subscriptions (type, index_path, index_value);

CREATE TABLE holds (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  path TEXT NOT NULL,
  step TEXT NOT NULL,
  code TEXT NOT NULL,
  about TEXT NOT NULL,
  cause TEXT NOT NULL,
  what TEXT NOT NULL,
  choices TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  released_at TEXT,
  released_by TEXT NOT NULL DEFAULT ''
);
CREATE INDEX holds_open ON holds (run) WHERE released_at IS NULL;
CREATE INDEX holds_cause ON holds (cause) WHERE released_at IS NULL;

CREATE TABLE hold_releases (            -- the things whose change releases a hold
  hold TEXT NOT NULL,
  thing TEXT NOT NULL,
  PRIMARY KEY (hold, thing)
);
CREATE INDEX hold_releases_by_thing ON hold_releases (thing);
