-- Errors: projects that may send them, issues and what belongs to them, releases, monitors.
-- Occurrences themselves are in the tables of the store; here is what people decide about them.

CREATE TABLE projects (
    id                INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name              TEXT    NOT NULL UNIQUE,
    created_unix_nano BIGINT  NOT NULL
);

-- Keys are in every browser that reports errors: they name a project and protect nothing.
CREATE TABLE project_keys (
    public_key        TEXT   NOT NULL PRIMARY KEY,
    project_id        BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    created_unix_nano BIGINT NOT NULL,
    revoked_unix_nano BIGINT
);

-- `workflow` is the JSON of what was decided, with `status` and `substatus` copied for lists. `events`, the
-- times, releases and `rates` hold what was counted up to `errors_counted`.
CREATE TABLE issues (
    id                   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    type                 TEXT    NOT NULL,
    message              TEXT    NOT NULL,
    culprit              TEXT    NOT NULL,
    level                TEXT    NOT NULL,
    platform             TEXT    NOT NULL,
    service              TEXT    NOT NULL,
    handled              BOOLEAN,
    status               TEXT    NOT NULL,
    substatus            TEXT    NOT NULL,
    workflow             TEXT    NOT NULL,
    assignee             TEXT,
    created_unix_nano    BIGINT  NOT NULL,
    first_seen_unix_nano BIGINT  NOT NULL,
    last_seen_unix_nano  BIGINT  NOT NULL,
    first_release        TEXT    NOT NULL,
    last_release         TEXT    NOT NULL,
    events               BIGINT  NOT NULL,
    rates                TEXT    NOT NULL,
    merged_into          BIGINT
);
CREATE INDEX issues_status ON issues (status, last_seen_unix_nano);

-- Which occurrences belong to an issue: those of a fingerprint, but for those of variants that have a row of
-- their own. Variant -1 stands for all.
CREATE TABLE issue_groups (
    fingerprint       BIGINT NOT NULL,
    variant           BIGINT NOT NULL,
    issue_id          BIGINT NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
    created_unix_nano BIGINT NOT NULL,
    PRIMARY KEY (fingerprint, variant)
);
CREATE INDEX issue_groups_issue ON issue_groups (issue_id);

CREATE TABLE issue_activity (
    id             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    issue_id       BIGINT  NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
    at_unix_nano   BIGINT  NOT NULL,
    by_name        TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    text           TEXT    NOT NULL
);
CREATE INDEX issue_activity_issue ON issue_activity (issue_id, id);
CREATE INDEX issue_activity_kind ON issue_activity (kind, id);

-- One row: occurrences received up to this time are in the counts of `issues`.
CREATE TABLE errors_counted (to_unix_nano BIGINT NOT NULL);
INSERT INTO errors_counted VALUES (0);

CREATE TABLE issue_searches (
    id                INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name              TEXT    NOT NULL UNIQUE,
    query             TEXT    NOT NULL,
    by_name           TEXT    NOT NULL,
    created_unix_nano BIGINT  NOT NULL
);

CREATE TABLE grouping_rules (
    version           BIGINT NOT NULL PRIMARY KEY,
    rules             TEXT   NOT NULL,
    in_app            TEXT   NOT NULL,
    updated_unix_nano BIGINT NOT NULL,
    updated_by        TEXT   NOT NULL
);

CREATE TABLE releases (
    version            TEXT   NOT NULL PRIMARY KEY,
    ref                TEXT   NOT NULL,
    url                TEXT   NOT NULL,
    commits            TEXT   NOT NULL,
    created_unix_nano  BIGINT NOT NULL,
    released_unix_nano BIGINT
);

CREATE TABLE release_services (
    version              TEXT   NOT NULL REFERENCES releases (version) ON DELETE CASCADE,
    service              TEXT   NOT NULL,
    first_seen_unix_nano BIGINT NOT NULL,
    PRIMARY KEY (version, service)
);

CREATE TABLE deploys (
    id                 INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    version            TEXT    NOT NULL REFERENCES releases (version) ON DELETE CASCADE,
    environment        TEXT    NOT NULL,
    name               TEXT    NOT NULL,
    url                TEXT    NOT NULL,
    started_unix_nano  BIGINT,
    finished_unix_nano BIGINT  NOT NULL
);
CREATE INDEX deploys_time ON deploys (finished_unix_nano);

CREATE TABLE monitors (
    id                INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug              TEXT    NOT NULL,
    service           TEXT    NOT NULL,
    environment       TEXT    NOT NULL,
    config            TEXT    NOT NULL,
    state             TEXT    NOT NULL,
    created_unix_nano BIGINT  NOT NULL,
    UNIQUE (slug, service, environment)
);

CREATE TABLE check_ins (
    id                 INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    monitor_id         BIGINT  NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    check_in_id        TEXT    NOT NULL,
    status             TEXT    NOT NULL,
    at_unix_nano       BIGINT  NOT NULL,
    expected_unix_nano BIGINT,
    duration_ms        BIGINT
);
CREATE INDEX check_ins_monitor ON check_ins (monitor_id, id);

CREATE TABLE feedback (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    event_id     TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    email        TEXT    NOT NULL,
    comments     TEXT    NOT NULL,
    at_unix_nano BIGINT  NOT NULL
);
CREATE INDEX feedback_event ON feedback (event_id);

-- Files in the folder `attachments` of the data folder, by day and id.
CREATE TABLE attachments (
    id           TEXT   NOT NULL PRIMARY KEY,
    event_id     TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    content_type TEXT   NOT NULL,
    bytes        BIGINT NOT NULL,
    at_unix_nano BIGINT NOT NULL
);
CREATE INDEX attachments_event ON attachments (event_id);

-- Files in the folder `source-maps` of the data folder, by id.
CREATE TABLE source_maps (
    id                TEXT   NOT NULL PRIMARY KEY,
    file              TEXT   NOT NULL,
    release_version   TEXT   NOT NULL,
    debug_id          TEXT   NOT NULL,
    bytes             BIGINT NOT NULL,
    created_unix_nano BIGINT NOT NULL
);
CREATE INDEX source_maps_debug_id ON source_maps (debug_id);
CREATE INDEX source_maps_release ON source_maps (release_version, file);
