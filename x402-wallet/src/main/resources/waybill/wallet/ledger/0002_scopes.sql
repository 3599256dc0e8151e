-- Limits for hosts, payees and tags beside the wallet's; approvals; what was charged of a ceiling; who runs a call.
-- The sums and slots are worked out anew from the events when the ledger is next opened.

ALTER TABLE payment ADD COLUMN charged TEXT;

ALTER TABLE payment ADD COLUMN approve_until BIGINT;

ALTER TABLE payment ADD COLUMN approved BIGINT;

ALTER TABLE payment ADD COLUMN owner BIGINT NOT NULL DEFAULT 0;

CREATE INDEX payment_created ON payment (created, id);

DROP TABLE slot;

DELETE FROM rule;

CREATE TABLE slot (
    rule TEXT NOT NULL,
    width_seconds INTEGER NOT NULL,
    slot BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    begun BIGINT NOT NULL,
    PRIMARY KEY (rule, width_seconds, slot)
);

INSERT INTO rule (id, latest_seconds, held) VALUES ('wallet', 0, 0);

INSERT INTO setting (name, text) VALUES ('sums', 'stale');
