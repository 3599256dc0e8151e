-- What a seller's signed receipt was found to be; and the way from a resource to the payments for it.

ALTER TABLE payment ADD COLUMN receipt TEXT;

CREATE INDEX payment_url ON payment (url);
