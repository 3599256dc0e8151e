-- How a payment is authorised, where that is not EIP-3009.

ALTER TABLE payment ADD COLUMN paid_by TEXT;
