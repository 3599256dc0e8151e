-- Which instance of the seller is moving a claim on, and until when each is known to live, in milliseconds since 1970. What
-- was under way when this came was left by an instance that is gone.

CREATE TABLE instance (
    id TEXT NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);

ALTER TABLE claim ADD COLUMN holder TEXT;

UPDATE claim SET holder = 'before' WHERE state IN ('RUNNING', 'SETTLING', 'PAID');

CREATE INDEX claim_held ON claim (holder) WHERE holder IS NOT NULL;
