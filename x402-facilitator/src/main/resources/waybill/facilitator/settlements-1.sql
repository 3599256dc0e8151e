-- One row per payment that a transaction was sent for.
CREATE TABLE settlement (
    payment      TEXT    NOT NULL PRIMARY KEY,
    hash         TEXT    NOT NULL,
    from_block   TEXT    NOT NULL,
    done         INTEGER NOT NULL CHECK (done IN (0, 1)),
    forget_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX settlement_forget ON settlement (forget_after);
