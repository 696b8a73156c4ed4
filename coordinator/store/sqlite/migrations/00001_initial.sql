-- +goose Up
-- Times are microseconds since 1970. Identifiers, addresses and hashes are big-endian bytes.
CREATE TABLE jobs (
    id               BLOB PRIMARY KEY CHECK (length(id) = 16),
    spec             TEXT NOT NULL,
    salt             BLOB NOT NULL,
    price            INTEGER NOT NULL, -- secret; the bits of a u64
    idempotency_key  TEXT UNIQUE,
    state            TEXT NOT NULL,
    closed           TEXT NOT NULL DEFAULT '',
    on_chain         INTEGER NOT NULL DEFAULT 0,
    cancel_asked     INTEGER NOT NULL DEFAULT 0,
    wants_worker     INTEGER NOT NULL DEFAULT 0,
    input_commitment BLOB NOT NULL,
    fence            INTEGER NOT NULL DEFAULT 0,
    hedges           INTEGER NOT NULL DEFAULT 0,
    max_hedges       INTEGER NOT NULL DEFAULT 0,
    deadline         INTEGER NOT NULL DEFAULT 0, -- seconds, block time
    create_tx        BLOB NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
);
CREATE INDEX jobs_newest ON jobs (created_at DESC, id DESC);
CREATE INDEX jobs_by_state ON jobs (state, created_at DESC, id DESC);
CREATE INDEX jobs_wanting ON jobs (created_at, id) WHERE wants_worker = 1;
CREATE INDEX jobs_open ON jobs (created_at, id) WHERE closed = '';

CREATE TABLE attempts (
    job               BLOB NOT NULL REFERENCES jobs (id),
    number            INTEGER NOT NULL CHECK (number > 0),
    worker            BLOB NOT NULL,
    state             TEXT NOT NULL,
    working           INTEGER NOT NULL,
    fence             INTEGER NOT NULL,
    lease_until       INTEGER NOT NULL,
    lost              INTEGER NOT NULL DEFAULT 0,
    fault             INTEGER NOT NULL DEFAULT 0,
    settled           INTEGER NOT NULL DEFAULT 0,
    phase             TEXT NOT NULL DEFAULT '',
    fraction          REAL NOT NULL DEFAULT 0,
    input_commitment  BLOB NOT NULL,
    escrow            BLOB NOT NULL, -- felts of 32 bytes, one after the other
    result_commitment BLOB NOT NULL,
    proof_commitment  BLOB NOT NULL,
    proof_hash        BLOB NOT NULL,
    result_hash       BLOB NOT NULL,
    fund_tx           BLOB NOT NULL,
    submit_tx         BLOB NOT NULL,
    settle_tx         BLOB NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;
CREATE INDEX attempts_unsettled ON attempts (worker) WHERE settled = 0;
CREATE INDEX attempts_leased ON attempts (lease_until) WHERE working = 1;

CREATE TABLE events (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    job         BLOB NOT NULL REFERENCES jobs (id),
    attempt     INTEGER NOT NULL,
    from_state  TEXT NOT NULL,
    to_state    TEXT NOT NULL,
    cause       TEXT NOT NULL,
    transaction_hash BLOB NOT NULL,
    at          INTEGER NOT NULL
);
CREATE INDEX events_of_job ON events (job, sequence);

CREATE TABLE workers (
    address        BLOB PRIMARY KEY,
    node_key       BLOB NOT NULL,
    manifest       TEXT NOT NULL,
    peer           TEXT NOT NULL DEFAULT '',
    tier           INTEGER NOT NULL,
    status         TEXT NOT NULL DEFAULT '',
    last_heartbeat INTEGER NOT NULL,
    health         REAL NOT NULL,
    last_assigned  INTEGER NOT NULL DEFAULT 0, -- 0: never
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
);
CREATE INDEX workers_alive ON workers (last_heartbeat);

CREATE TABLE blobs (
    hash       BLOB NOT NULL CHECK (length(hash) = 32),
    kind       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    job        BLOB NOT NULL,
    attempt    INTEGER NOT NULL,
    public     INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (hash, job, attempt)
) WITHOUT ROWID;
CREATE INDEX blobs_of_attempt ON blobs (job, attempt);

CREATE TABLE faucet_grants (
    address          BLOB NOT NULL,
    source           TEXT NOT NULL,
    transaction_hash BLOB NOT NULL,
    at               INTEGER NOT NULL,
    PRIMARY KEY (address, at)
);
CREATE INDEX faucet_grants_of_source ON faucet_grants (source, at);

CREATE TABLE transactions (
    account    BLOB NOT NULL,
    hash       BLOB NOT NULL,
    nonce      INTEGER NOT NULL,
    method     TEXT NOT NULL,
    param      TEXT NOT NULL,
    signed     BLOB NOT NULL,
    purpose    TEXT NOT NULL,
    block      INTEGER NOT NULL,
    accepted   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, hash)
);
CREATE INDEX transactions_of_account ON transactions (account, nonce);

-- +goose Down
DROP TABLE transactions;
DROP TABLE faucet_grants;
DROP TABLE blobs;
DROP TABLE workers;
DROP TABLE events;
DROP TABLE attempts;
DROP TABLE jobs;
