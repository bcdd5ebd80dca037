-- Dashboards: every version of each that was saved. The document is the JSON that plimsoll-dashboard
-- validates; title, description and tags are copies for lists.

CREATE TABLE dashboards (
    id                TEXT   NOT NULL PRIMARY KEY,
    version           BIGINT NOT NULL,
    title             TEXT   NOT NULL,
    description       TEXT   NOT NULL,
    tags              TEXT   NOT NULL,
    updated_unix_nano BIGINT NOT NULL,
    updated_by        TEXT   NOT NULL
);

CREATE TABLE dashboard_versions (
    dashboard_id      TEXT   NOT NULL REFERENCES dashboards (id) ON DELETE CASCADE,
    version           BIGINT NOT NULL,
    document          TEXT   NOT NULL,
    updated_unix_nano BIGINT NOT NULL,
    updated_by        TEXT   NOT NULL,
    PRIMARY KEY (dashboard_id, version)
);
