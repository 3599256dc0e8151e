-- Plain SQL that SQLite and PostgreSQL both take; statements are separated by an empty line.
-- Amounts are decimal text in atomic units of their token; "micros" are millionths of a dollar; times are milliseconds
-- since 1970 unless the name says seconds.

CREATE TABLE token (
    id TEXT NOT NULL PRIMARY KEY,
    network TEXT NOT NULL,
    address TEXT NOT NULL,
    symbol TEXT NOT NULL,
    decimals INTEGER NOT NULL,
    domain_name TEXT NOT NULL,
    domain_version TEXT NOT NULL,
    method TEXT NOT NULL
);

CREATE TABLE payment (
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    call_state TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    payer TEXT NOT NULL,
    method TEXT NOT NULL,
    origin TEXT NOT NULL,
    url TEXT NOT NULL,
    token TEXT,
    amount TEXT,
    micros BIGINT NOT NULL,
    pay_to TEXT,
    valid_after_seconds TEXT,
    valid_before_seconds BIGINT,
    nonce TEXT,
    header TEXT,
    settled_by TEXT,
    confirmed INTEGER NOT NULL,
    code TEXT,
    reason TEXT,
    tags TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    mac TEXT NOT NULL
);

CREATE UNIQUE INDEX payment_call ON payment (fingerprint) WHERE call_state <> 'CLOSED';

CREATE INDEX payment_state ON payment (state);

CREATE TABLE event (
    seq BIGINT NOT NULL PRIMARY KEY,
    payment TEXT,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    detail TEXT NOT NULL,
    mac TEXT NOT NULL
);

CREATE INDEX event_payment ON event (payment);

CREATE TABLE entry (
    event BIGINT NOT NULL,
    line INTEGER NOT NULL,
    payment TEXT NOT NULL,
    token TEXT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (event, line)
);

CREATE TABLE account (
    name TEXT NOT NULL,
    token TEXT NOT NULL,
    balance TEXT NOT NULL,
    PRIMARY KEY (name, token)
);

CREATE TABLE rule (
    id TEXT NOT NULL PRIMARY KEY,
    latest_seconds BIGINT NOT NULL,
    held BIGINT NOT NULL
);

CREATE TABLE slot (
    rule TEXT NOT NULL,
    slot BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    PRIMARY KEY (rule, slot)
);

CREATE TABLE payee (
    origin TEXT NOT NULL,
    token TEXT NOT NULL,
    pay_to TEXT NOT NULL,
    PRIMARY KEY (origin, token)
);

CREATE TABLE setting (
    name TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
);
