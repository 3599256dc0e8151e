-- Plain SQL that SQLite and PostgreSQL both take; statements are separated by an empty line. Times are seconds since 1970.
-- One row per authorisation that has opened a request.

CREATE TABLE claim (
    claim_key TEXT NOT NULL PRIMARY KEY,
    payment TEXT NOT NULL,
    request TEXT NOT NULL,
    credit_for TEXT NOT NULL,
    payload TEXT NOT NULL,
    valid_before BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('RUNNING', 'SETTLING', 'PAID', 'ANSWERED', 'CREDIT', 'USED')),
    settlement TEXT,
    transaction_id TEXT,
    answer_status INTEGER,
    answer_headers TEXT,
    answer_body BYTEA,
    keep_until BIGINT NOT NULL DEFAULT 0
);

-- A transaction pays for one claim.

CREATE UNIQUE INDEX claim_transaction ON claim (transaction_id) WHERE transaction_id IS NOT NULL;

CREATE INDEX claim_credit ON claim (credit_for) WHERE state = 'CREDIT';

CREATE INDEX claim_settling ON claim (claim_key) WHERE state = 'SETTLING';

CREATE INDEX claim_end ON claim (valid_before);

CREATE INDEX claim_answers ON claim (keep_until) WHERE answer_body IS NOT NULL;

CREATE TABLE secret (
    name TEXT NOT NULL PRIMARY KEY,
    bytes BYTEA NOT NULL
);
