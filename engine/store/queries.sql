-- Named queries: `-- name: what it is for`, then one statement. Lists come in as JSON text.

-- run: one run by id.
SELECT * FROM runs WHERE id = :run

-- due_runs: the sweep: runs that want to be looked at, whose hint may have been lost.
SELECT id FROM runs WHERE wake_at IS NOT NULL AND wake_at <= :now ORDER BY wake_at, seq LIMIT :limit

-- run_by_once: the run that already has a rule's business key.
SELECT id FROM runs WHERE rule = :rule AND once = :once

-- serial_before: earlier open runs with the same serial key.
SELECT id, status FROM runs WHERE rule = :rule AND serial = :serial AND ended_at IS NULL AND seq < :seq

-- serial_after: later open runs with the same serial key, oldest first.
SELECT id, status FROM runs WHERE rule = :rule AND serial = :serial AND ended_at IS NULL AND seq > :seq ORDER BY seq

-- run_counts: runs by status.
SELECT status, count(*) AS n FROM runs GROUP BY status

-- open_backfill: runs of an import that have work to do; those that wait for a cause or a time are left out.
SELECT count(*) AS n FROM runs r WHERE r.work_class = 'backfill' AND r.ended_at IS NULL
AND (r.status IN ('queued', 'running') OR r.wake_at <= :now)

-- runs_of_rules: how many runs each rule has of each status, and when the newest of them began.
SELECT rule, status, count(*) AS n, max(created_at) AS last_at FROM runs GROUP BY rule, status

-- run_list: newest runs for people, optionally of a status or rule.
SELECT seq, id, rule, status, reason, subject, created_at, updated_at, ended_at FROM runs
WHERE (:status = '' OR status = :status) AND (:rule = '' OR rule = :rule) AND (:subject = '' OR subject = :subject)
ORDER BY seq DESC LIMIT :limit

-- runs_of_subject: all runs about a record, oldest first.
SELECT * FROM runs WHERE subject = :subject ORDER BY seq

-- inbox: inputs that a run has not taken, oldest first.
SELECT * FROM inbox WHERE run = :run ORDER BY seq

-- history: what happened in a run.
SELECT * FROM history WHERE run = :run ORDER BY seq

-- undispatched: events that no rule has looked at.
SELECT * FROM events WHERE dispatched = 0 ORDER BY seq LIMIT :limit

-- event: one event by id.
SELECT * FROM events WHERE id = :event

-- events_of_subject: what happened to a record, oldest first.
SELECT * FROM events WHERE subject = :subject ORDER BY seq

-- matches_of_event: what the rules made of an event.
SELECT * FROM matches WHERE event = :event ORDER BY rule

-- rule_version: the text that a run began with.
SELECT * FROM rule_versions WHERE rule = :rule AND version = :version

-- rule_versions: whether a version is stored.
SELECT rule, version FROM rule_versions

-- rule_switches: which rules a person has switched.
SELECT rule, enabled FROM rule_switches

-- schedules: next start of each timed rule.
SELECT * FROM schedules

-- subscribed_paths: by which paths runs wait for a type of event.
-- Goes from one path to the next in the index: DISTINCT would read an entry of every waiting run.
WITH RECURSIVE paths (index_path) AS (
SELECT min(index_path) FROM subscriptions WHERE type = :type
UNION ALL SELECT (SELECT min(s.index_path) FROM subscriptions s WHERE s.type = :type AND s.index_path > p.index_path)
FROM paths p WHERE p.index_path IS NOT NULL)
SELECT index_path FROM paths WHERE index_path IS NOT NULL

-- awaited_types: the types of all events that runs wait for.
SELECT DISTINCT type FROM subscriptions

-- subscribers: runs that wait for this type, path and one of the values; what stops a run comes before what it waits for.
SELECT * FROM subscriptions WHERE type = :type AND index_path = :path
AND index_value IN (SELECT value FROM json_each(:values)) ORDER BY run, path

-- unlooked: subscriptions of a run for which nobody looked at the events that came before.
SELECT * FROM subscriptions WHERE run = :run AND looked = 0 ORDER BY path

-- events_since: events of a type accepted after another; where the text of a value at a path is given, only those.
SELECT * FROM events WHERE type = :type AND seq > :seq AND (:value = '' OR (body -> :path) = :value) ORDER BY seq

-- event_by_key: the event that a connection knows by a key.
SELECT id FROM events WHERE connection = :connection AND key = :key

-- last_start: when a rule last started for a value of `again after`.
SELECT at, run FROM last_starts WHERE rule = :rule AND value = :value

-- matches_kept: events that came while a rule was switched off, oldest first.
SELECT m.event FROM matches m JOIN events e ON e.id = m.event
WHERE m.rule = :rule AND m.result = 'switched off' ORDER BY e.seq

-- open_runs_of: open runs of a rule that began with another version than this one, oldest first.
SELECT * FROM runs WHERE rule = :rule AND rule_version <> :version AND ended_at IS NULL ORDER BY seq

-- actions: what a run waits for: one action, or one for each turn of a side-by-side loop, in order of asking.
SELECT * FROM actions WHERE run = :run ORDER BY rowid

-- claims_on: claims that overlap a set of keys.
SELECT run, place, work_class, key, granted FROM claims
WHERE connection = :connection AND key IN (SELECT value FROM json_each(:keys))

-- claims_of_runs: all keys of the wishes of some runs.
SELECT run, place, work_class, key, granted FROM claims
WHERE connection = :connection AND run IN (SELECT value FROM json_each(:runs))

-- claims_of: the keys that a run has or waits for.
SELECT connection, key, granted FROM claims WHERE run = :run

-- attempts_of: every attempt of a run's step, oldest first.
SELECT * FROM attempts WHERE run = :run AND path = :path ORDER BY seq

-- attempts_of_run: every attempt of a run, oldest first.
SELECT * FROM attempts WHERE run = :run ORDER BY seq

-- open_attempts_of_run: attempts that are not settled.
SELECT id, state, run, path FROM attempts WHERE run = :run AND state IN ('ready', 'in call', 'unknown', 'joined')

-- open_marker: the open attempt that has a marker.
SELECT id, element, state FROM attempts
WHERE connection = :connection AND action = :action AND marker = :marker AND marker <> '' AND state IN ('ready', 'in call', 'unknown')

-- is_open: whether an attempt is not settled.
SELECT id FROM attempts WHERE id = :attempt AND state IN ('ready', 'in call', 'unknown')

-- joined_to: attempts that share an attempt's outcome.
SELECT id, run FROM attempts WHERE joined = :attempt AND state = 'joined'

-- ready_lanes: where attempts are ready, with how many wait and since when.
SELECT connection, action, work_class, count(*) AS n, min(seq) AS first FROM attempts
WHERE state = 'ready' AND not_before <= :now GROUP BY connection, action, work_class

-- ready_attempts: the attempts of a lane in order of arrival, with the newest version of their record.
SELECT t.*, coalesce(r.version, t.record_version) AS newest FROM attempts t
LEFT JOIN actions a ON a.run = t.run AND a.path = t.path
LEFT JOIN runs u ON u.id = t.run
LEFT JOIN events e ON e.id = u.event
LEFT JOIN records r ON r.connection = e.connection AND r.kind = a.record_kind AND r.id = a.record_id
WHERE t.state = 'ready' AND t.connection = :connection AND t.action = :action AND t.work_class = :work_class
AND t.not_before <= :now ORDER BY t.seq LIMIT :limit

-- attempts_of_call: the elements of a call.
SELECT * FROM attempts WHERE call = :call ORDER BY seq

-- call: one call by id.
SELECT * FROM calls WHERE id = :call

-- calls_of_run: the calls that carried a run's attempts.
SELECT DISTINCT c.id, c.action, c.state, c.status, c.written_at, c.answered_at, c.repeats, c.lookups
FROM calls c JOIN attempts t ON t.call = c.id WHERE t.run = :run ORDER BY c.written_at

-- silent_calls: calls without a judged answer that may now be touched.
SELECT * FROM calls WHERE state IN ('open', 'asking') AND silent_until <= :now ORDER BY silent_until LIMIT :limit

-- sends_since: requests to a connection since a time.
SELECT count(*) AS n, min(at) AS first FROM sends WHERE connection = :connection AND at > :since

-- sends_between: requests to a connection since a time; what a clock that was ahead has dated much later is left out.
SELECT count(*) AS n, min(at) AS first FROM sends WHERE connection = :connection AND at > :since AND at <= :until

-- sends_total: requests by connection and purpose.
SELECT connection, purpose, count(*) AS n FROM sends GROUP BY connection, purpose

-- connections: every connection's state.
SELECT * FROM connections ORDER BY name

-- connection: one connection's state.
SELECT * FROM connections WHERE name = :name

-- cursor: where a poll stopped.
SELECT * FROM cursors WHERE connection = :connection AND poll = :poll

-- cursors: where every poll stopped.
SELECT connection, poll, last_at, next_at, failures, problem FROM cursors ORDER BY connection, poll

-- record: the newest snapshot of a record.
SELECT * FROM records WHERE connection = :connection AND kind = :kind AND id = :id

-- records: all snapshots of a kind.
SELECT * FROM records WHERE connection = :connection AND kind = :kind ORDER BY id

-- records_of: the snapshots that belong to a record.
SELECT * FROM records WHERE connection = :connection AND kind = :kind AND parent = :parent ORDER BY id

-- record_kinds: all snapshots of some kinds.
SELECT kind, id, body FROM records WHERE connection = :connection AND kind IN (SELECT value FROM json_each(:kinds))

-- links: what stands at the vendor for some source records.
SELECT * FROM links WHERE connection = :connection AND source IN (SELECT value FROM json_each(:sources))

-- links_of_kind: what stands at the vendor of one kind.
SELECT * FROM links WHERE connection = :connection AND kind = :kind

-- links_of_vendor: which source records a vendor document belongs to.
SELECT * FROM links WHERE connection = :connection AND kind = :kind AND vendor_id = :vendor_id

-- timers_due: timers that are due.
SELECT * FROM timers WHERE due_at <= :now ORDER BY due_at LIMIT :limit

-- holds: open holds, oldest first.
SELECT h.*, r.rule, r.subject FROM holds h JOIN runs r ON r.id = h.run WHERE h.released_at IS NULL ORDER BY h.opened_at

-- hold: one hold by id.
SELECT * FROM holds WHERE id = :hold

-- choices: what people chose about a posting's record.
SELECT code, about, choice, record_version FROM choices WHERE connection = :connection AND source = :source

-- holds_of_run: holds of a run.
SELECT * FROM holds WHERE run = :run ORDER BY opened_at

-- held_by: open holds that a thing releases.
SELECT h.* FROM holds h JOIN hold_releases t ON t.hold = h.id WHERE t.thing = :thing AND h.released_at IS NULL

-- secret: one sealed value.
SELECT sealed FROM secrets WHERE connection = :connection AND name = :name

-- lease: who has a lease until when.
SELECT * FROM leases WHERE name = :name

-- table_counts: how much there is, for tests and people.
SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM runs) AS runs,
(SELECT count(*) FROM calls) AS calls, (SELECT count(*) FROM attempts) AS attempts

-- pending: how much there is to do before all is quiet, waits and holds left out.
SELECT (SELECT count(*) FROM events WHERE dispatched = 0) AS events,
(SELECT count(*) FROM runs WHERE wake_at IS NOT NULL AND wake_at <= :now) AS runs,
(SELECT count(*) FROM attempts WHERE state IN ('ready', 'in call', 'unknown')) AS attempts,
(SELECT count(*) FROM calls WHERE state IN ('open', 'asking')) AS calls

-- next_times: the next moments at which something may be due.
SELECT min(at) AS at FROM (
SELECT min(wake_at) AS at FROM runs WHERE wake_at > :now
UNION ALL SELECT min(not_before) FROM attempts WHERE state = 'ready' AND not_before > :now
UNION ALL SELECT min(silent_until) FROM calls WHERE state IN ('open', 'asking') AND silent_until > :now
UNION ALL SELECT min(due_at) FROM timers WHERE due_at > :now
UNION ALL SELECT min(next_at) FROM cursors WHERE next_at > :now
UNION ALL SELECT min(next_at) FROM schedules WHERE next_at > :now
UNION ALL SELECT min(not_before) FROM wakes WHERE not_before > :now
UNION ALL SELECT min(not_before) FROM connections WHERE not_before > :now) AS times

-- oldest_send: the oldest request of the last minute, after which there is room again.
SELECT min(at) AS at FROM sends WHERE at > :since

-- audit: what people did about differences, newest first; empty texts leave a condition out.
SELECT * FROM audit WHERE (:item = '' OR item = :item) AND (:about = '' OR about = :about)
AND (:by = '' OR by = :by) AND (:action = '' OR action = :action) AND (:since = '' OR at >= :since)
ORDER BY seq DESC LIMIT :limit

-- last_words: the newest word on each difference.
SELECT item, action, by, reason, before FROM audit
WHERE seq IN (SELECT max(seq) FROM audit WHERE action IN ('accept', 'ignore', 'reopen') GROUP BY item)

-- comparisons: the number of each comparison since a time, oldest first.
SELECT at, first, last, difference, items FROM comparisons WHERE at >= :since ORDER BY seq

-- wakes: what webhooks asked to be looked at, the oldest first.
SELECT * FROM wakes WHERE connection = :connection AND not_before <= :now ORDER BY not_before, kind, name LIMIT :limit

-- wakes_waiting: how many single things wait to be read again.
SELECT count(*) AS n FROM wakes WHERE connection = :connection AND kind = 'read'

-- delivered: the newest delivery of each webhook.
SELECT * FROM delivered WHERE connection = :connection ORDER BY event

-- links_since: what was written or seen at a vendor since a time.
SELECT vendor_id, written FROM links WHERE connection = :connection AND updated_at >= :since
