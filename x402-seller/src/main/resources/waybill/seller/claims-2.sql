-- What is sold by use under upto: the ceiling is open until what was used is settled.

ALTER TABLE claim ADD COLUMN scope TEXT;

ALTER TABLE claim ADD COLUMN outcome TEXT;

ALTER TABLE claim ADD COLUMN released INTEGER NOT NULL DEFAULT 0;

ALTER TABLE claim ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;

CREATE INDEX claim_open ON claim (scope) WHERE scope IS NOT NULL AND state IN ('RUNNING', 'SETTLING');

CREATE INDEX claim_payment ON claim (payment);
