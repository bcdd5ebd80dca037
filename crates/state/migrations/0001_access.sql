-- Who may do what, and what was done.
--
-- Times are Unix nanoseconds. Hashes are SHA-256 in lower-case hex; no secret is ever stored.
-- Only types and clauses that PostgreSQL knows too are used, but for one: there the audit log's id
-- is BIGINT GENERATED ALWAYS AS IDENTITY.

CREATE TABLE tokens (
    id                  TEXT   NOT NULL PRIMARY KEY,
    name                TEXT   NOT NULL,
    scopes              TEXT   NOT NULL,
    hash                TEXT   NOT NULL,
    created_unix_nano   BIGINT NOT NULL,
    expires_unix_nano   BIGINT,
    revoked_unix_nano   BIGINT,
    last_used_unix_nano BIGINT
);

-- A session begun with a token ends with it; one begun with a sign-in code has no token.
CREATE TABLE sessions (
    id                TEXT   NOT NULL PRIMARY KEY,
    hash              TEXT   NOT NULL,
    name              TEXT   NOT NULL,
    scopes            TEXT   NOT NULL,
    token_id          TEXT   REFERENCES tokens (id) ON DELETE CASCADE,
    created_unix_nano BIGINT NOT NULL,
    expires_unix_nano BIGINT NOT NULL
);
CREATE INDEX sessions_by_token ON sessions (token_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_unix_nano);

CREATE TABLE sign_in_codes (
    id                TEXT   NOT NULL PRIMARY KEY,
    hash              TEXT   NOT NULL,
    created_unix_nano BIGINT NOT NULL,
    expires_unix_nano BIGINT NOT NULL,
    used_unix_nano    BIGINT
);

CREATE TABLE audit (
    id             INTEGER NOT NULL PRIMARY KEY,
    time_unix_nano BIGINT  NOT NULL,
    actor          TEXT    NOT NULL,
    action         TEXT    NOT NULL,
    object         TEXT    NOT NULL,
    detail         TEXT    NOT NULL,
    remote         TEXT,
    outcome        TEXT    NOT NULL
);
CREATE INDEX audit_by_outcome ON audit (outcome, id);
