-- A payer's own names for its payments; who may come back to what, and until when, in minutes since 1970; and the nonces
-- of sign-ins that let somebody in, with how long they are remembered, in seconds since 1970.

ALTER TABLE claim ADD COLUMN identifier TEXT;

ALTER TABLE claim ADD COLUMN visit TEXT;

ALTER TABLE claim ADD COLUMN visit_until INTEGER;

CREATE UNIQUE INDEX claim_identifier ON claim (identifier) WHERE identifier IS NOT NULL;

CREATE INDEX claim_visit ON claim (visit) WHERE visit IS NOT NULL;

CREATE TABLE nonce (
    nonce TEXT NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);
