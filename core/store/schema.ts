// The tables, as numbered forward migrations: entry 0 makes version 1 out of nothing, entry n makes
// version n+1 out of n. Entries are never edited once released. No foreign keys: DuckDB refuses
// to update rows they point at.

export const MIGRATIONS: readonly (readonly string[])[] = [[
  `CREATE TYPE value_type AS ENUM (
    'string', 'integer', 'unsigned', 'float', 'boolean', 'opaque', 'time', 'objlnk', 'corelnk')`,

  // The next_* marks outlive the rows they were taken from: no id is ever given twice.
  `CREATE TABLE meta (
    schema_version INTEGER NOT NULL,
    created_at TIMESTAMP_MS NOT NULL,
    message_id_seed BIGINT NOT NULL,
    next_device BIGINT NOT NULL,
    next_operation BIGINT NOT NULL,
    next_event BIGINT NOT NULL,
    next_sequence BIGINT NOT NULL)`,

  // Lists are JSON text. No primary key: the writer replaces rows by id in one transaction, which
  // takes a third of the time of an upsert through an index.
  `CREATE TABLE device (
    id INTEGER NOT NULL,
    endpoint VARCHAR NOT NULL,
    display_name VARCHAR NOT NULL,
    tags VARCHAR NOT NULL,
    ended VARCHAR,
    first_seen_at TIMESTAMP_MS NOT NULL,
    last_seen_at TIMESTAMP_MS NOT NULL,
    source VARCHAR NOT NULL,
    observe_also VARCHAR NOT NULL,
    observe_never VARCHAR NOT NULL,
    battery_percent DOUBLE,
    signal_dbm DOUBLE,
    firmware_version VARCHAR,
    manufacturer VARCHAR,
    model VARCHAR,
    firmware_state INTEGER NOT NULL,
    registration_id VARCHAR,
    lwm2m_version VARCHAR,
    lifetime_seconds DOUBLE,
    binding VARCHAR,
    queue_mode BOOLEAN,
    sms_number VARCHAR,
    links VARCHAR,
    unknown_parameters VARCHAR,
    registered_at TIMESTAMP_MS,
    updated_at TIMESTAMP_MS,
    expires_at TIMESTAMP_MS,
    listener INTEGER,
    host VARCHAR,
    port INTEGER,
    token_base VARCHAR,
    observed VARCHAR)`,

  // What core/lwm2m/objects.ts knows, for people who query the tables; renewed at each start.
  `CREATE TABLE resource_type (
    object INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    object_name VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    unit VARCHAR NOT NULL)`,

  // One of num, int, txt, bin is set: num for float; int for integer, time (seconds), boolean
  // (0, 1), objlnk (object * 65536 + instance) and unsigned (the same 64 bits, so that 2^63 and
  // above read as negative); txt for string and corelnk; bin for opaque.
  `CREATE TABLE resource (
    sequence BIGINT NOT NULL,
    device INTEGER NOT NULL,
    object USMALLINT NOT NULL,
    instance USMALLINT NOT NULL,
    resource USMALLINT NOT NULL,
    resource_instance INTEGER NOT NULL,
    device_time TIMESTAMP_MS NOT NULL,
    receive_time TIMESTAMP_MS NOT NULL,
    type value_type NOT NULL,
    num DOUBLE,
    int BIGINT,
    txt VARCHAR,
    bin BLOB)`,

  `CREATE TABLE event (
    id BIGINT NOT NULL,
    device INTEGER NOT NULL,
    type VARCHAR NOT NULL,
    happened_at TIMESTAMP_MS NOT NULL,
    detail VARCHAR NOT NULL)`,

  // The values an event is about: event.id, resource.sequence.
  'CREATE TABLE event_resource (event BIGINT NOT NULL, sequence BIGINT NOT NULL)',

  `CREATE TABLE device_operation (
    id BIGINT NOT NULL,
    device INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    outcome VARCHAR NOT NULL,
    requested_by VARCHAR NOT NULL,
    created_at TIMESTAMP_MS NOT NULL,
    changed_at TIMESTAMP_MS NOT NULL)`,

  `CREATE TABLE firmware (
    version VARCHAR PRIMARY KEY,
    file_name VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    created_at TIMESTAMP_MS NOT NULL)`,

  `CREATE TABLE "user" (
    name VARCHAR PRIMARY KEY,
    role VARCHAR NOT NULL,
    password_hash VARCHAR NOT NULL,
    created_at TIMESTAMP_MS NOT NULL)`,

  `CREATE TABLE session (
    id_hash VARCHAR PRIMARY KEY,
    "user" VARCHAR NOT NULL,
    created_at TIMESTAMP_MS NOT NULL,
    last_used_at TIMESTAMP_MS NOT NULL,
    expires_at TIMESTAMP_MS NOT NULL,
    address VARCHAR NOT NULL,
    agent VARCHAR NOT NULL)`,

  `CREATE TABLE audit (
    happened_at TIMESTAMP_MS NOT NULL,
    "user" VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    detail VARCHAR NOT NULL)`,
], [
  // Operations beyond Read: what is asked in JSON, what was answered, and when to give up.
  `ALTER TABLE device_operation ADD COLUMN parameters VARCHAR DEFAULT ''`,
  `ALTER TABLE device_operation ADD COLUMN answer VARCHAR DEFAULT ''`,
  'ALTER TABLE device_operation ADD COLUMN expires_at TIMESTAMP_MS',
  // What people declared for one device alone.
  `ALTER TABLE device ADD COLUMN declared VARCHAR DEFAULT ''`,
  `CREATE TABLE alert (
    id BIGINT NOT NULL,
    device INTEGER NOT NULL,
    rule VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    raised_at TIMESTAMP_MS NOT NULL,
    cleared_at TIMESTAMP_MS,
    acknowledged_by VARCHAR NOT NULL,
    acknowledged_at TIMESTAMP_MS,
    muted_until TIMESTAMP_MS)`,
  'ALTER TABLE meta ADD COLUMN next_alert BIGINT DEFAULT 1',
], [
  // No device: nobody knows which one sent it. A row with `dropped` is a gap, not a line.
  `CREATE TABLE device_log (
    id BIGINT NOT NULL,
    device INTEGER,
    source VARCHAR NOT NULL,
    device_time TIMESTAMP_MS,
    receive_time TIMESTAMP_MS NOT NULL,
    facility INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    module VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    dropped INTEGER NOT NULL)`,

  'ALTER TABLE meta ADD COLUMN next_log BIGINT DEFAULT 1',
], [
  // Values with smaller sequence numbers count where the files are, whatever is in the table.
  'ALTER TABLE meta ADD COLUMN moved_to BIGINT DEFAULT 1',
  // Parquet files of values: COMING, HERE or GOING, see archive-files.ts. The day is that of the
  // receive time, NULL for the file of newest values; device_days are those of the device time,
  // counted from 1970, NULL when they are many.
  `CREATE TABLE telemetry_file (
    id INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    day DATE,
    state VARCHAR NOT NULL,
    last_sequence BIGINT NOT NULL,
    device_days BIGINT[])`,
  // Devices of which there may still be values in files.
  'CREATE TABLE forgotten_device (id INTEGER NOT NULL)',
  // The last group that was stored with more in it than telemetry, see journal.ts.
  'ALTER TABLE meta ADD COLUMN last_group BIGINT DEFAULT 0',
], [
  // What programs log in with. Of the token itself only the hash.
  `CREATE TABLE api_token (
    id VARCHAR PRIMARY KEY,
    hash VARCHAR NOT NULL,
    "user" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    created_at TIMESTAMP_MS NOT NULL,
    expires_at TIMESTAMP_MS NOT NULL,
    last_used_at TIMESTAMP_MS)`,
], [
  // What people ask by SQL: without keys, tokens and what was written to devices. A connection that
  // stands in this schema reaches no table by its bare name. Telemetry is in telemetry-view.ts.
  'CREATE SCHEMA report',
  `CREATE VIEW report.device AS SELECT
    id, endpoint, display_name, tags, ended, first_seen_at, last_seen_at, battery_percent,
    signal_dbm, firmware_version, manufacturer, model, lwm2m_version, lifetime_seconds, binding,
    queue_mode, registered_at, updated_at, expires_at, host, port FROM main.device`,
  `CREATE VIEW report.event AS SELECT e.id, d.endpoint AS device, e.type, e.happened_at, e.detail
    FROM main.event e JOIN main.device d ON d.id = e.device`,
  `CREATE VIEW report.event_resource AS SELECT event, sequence FROM main.event_resource`,
  `CREATE VIEW report.device_operation AS SELECT
    o.id, d.endpoint AS device, o.kind, o.path, o.status, o.attempts, o.outcome, o.requested_by,
    o.created_at, o.changed_at, o.expires_at
    FROM main.device_operation o JOIN main.device d ON d.id = o.device`,
  `CREATE VIEW report.resource_type AS SELECT object, resource, object_name, name, type, unit
    FROM main.resource_type`,
], [
  // Lists are JSON text. The secret itself: a signature cannot be made from its hash.
  `CREATE TABLE webhook (
    id VARCHAR PRIMARY KEY,
    url VARCHAR NOT NULL,
    secret VARCHAR NOT NULL,
    events VARCHAR NOT NULL,
    devices VARCHAR NOT NULL,
    paths VARCHAR NOT NULL,
    created_by VARCHAR NOT NULL,
    created_at TIMESTAMP_MS NOT NULL)`,

  `CREATE TABLE webhook_delivery (
    id BIGINT NOT NULL,
    webhook VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    events INTEGER NOT NULL,
    body VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    outcome VARCHAR NOT NULL,
    created_at TIMESTAMP_MS NOT NULL,
    changed_at TIMESTAMP_MS NOT NULL,
    next_at TIMESTAMP_MS NOT NULL)`,
], [
  // Keys are sealed with the key file of the data folder, see secret.ts.
  `CREATE TABLE credential (
    identity VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    endpoint VARCHAR NOT NULL,
    secret VARCHAR NOT NULL,
    created_at TIMESTAMP_MS NOT NULL,
    last_used_at TIMESTAMP_MS)`,
  // DTLS: what was agreed on in the handshake, and where it stands, which changes with each record.
  `CREATE TABLE association (
    id BIGINT NOT NULL,
    identity VARCHAR NOT NULL,
    agreed VARCHAR NOT NULL)`,
  `CREATE TABLE association_state (
    id BIGINT NOT NULL,
    listener INTEGER NOT NULL,
    host VARCHAR NOT NULL,
    port INTEGER NOT NULL,
    reserved_sequence BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    seen_low INTEGER NOT NULL,
    seen_high INTEGER NOT NULL)`,
  'ALTER TABLE device ADD COLUMN security VARCHAR',
  'ALTER TABLE device ADD COLUMN identity VARCHAR',
  'ALTER TABLE device ADD COLUMN association BIGINT',
  'ALTER TABLE meta ADD COLUMN next_association BIGINT DEFAULT 1',
], [
  // Keys have a column of their own. What has them with the rest shakes hands anew.
  `UPDATE meta SET next_association =
    greatest(next_association, (SELECT coalesce(max(id), 0) + 1 FROM association))`,
  // First, as DuckDB alters no table whose rows were deleted in the same transaction.
  'ALTER TABLE association ADD COLUMN keys VARCHAR',
  'DELETE FROM association',
  'DELETE FROM association_state',
  // What abbreviated handshakes go on with.
  `CREATE TABLE dtls_session (
    id VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    until TIMESTAMP_MS NOT NULL,
    secret VARCHAR NOT NULL)`,
], [
  // The certificate that each device has shown last: when it ends, and what it is taken back by.
  `CREATE TABLE certificate (
    identity VARCHAR NOT NULL,
    serial VARCHAR NOT NULL,
    not_after TIMESTAMP_MS NOT NULL,
    shown_at TIMESTAMP_MS NOT NULL)`,
]];

export const SCHEMA_VERSION = MIGRATIONS.length;
