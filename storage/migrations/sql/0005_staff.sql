-- The staff room's tables. staff/schema.py describes them for queries; a test compares the two.

CREATE TABLE staff_accounts (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    roles TEXT[] NOT NULL,
    regions TEXT[] NOT NULL,
    active BOOLEAN NOT NULL,
    must_change BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    password_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_login_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_staff_accounts PRIMARY KEY (id),
    CONSTRAINT uq_staff_accounts_account UNIQUE (account),
    CONSTRAINT ck_staff_accounts_account CHECK (account = lower(account))
);

COMMENT ON COLUMN staff_accounts.account IS 'log-in name, lower case';

COMMENT ON COLUMN staff_accounts.password_hash IS 'argon2id';

COMMENT ON COLUMN staff_accounts.roles IS 'codes of staff.roles.ROLES';

COMMENT ON COLUMN staff_accounts.regions IS 'administrative divisions, 000000 is the whole country';

COMMENT ON COLUMN staff_accounts.must_change IS 'the password was given by somebody else';

CREATE TABLE staff_sessions (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    staff_id BIGINT NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    CONSTRAINT pk_staff_sessions PRIMARY KEY (id),
    CONSTRAINT uq_staff_sessions_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_staff_sessions_staff_id FOREIGN KEY(staff_id) REFERENCES staff_accounts (id)
);

CREATE INDEX ix_staff_sessions_live ON staff_sessions (staff_id) WHERE ended_at IS NULL;

COMMENT ON COLUMN staff_sessions.token_hash IS 'SHA-256 of the cookie';

COMMENT ON COLUMN staff_sessions.seen_at IS 'exact to a minute';

COMMENT ON COLUMN staff_sessions.expires_at IS 'however busy it is';

COMMENT ON COLUMN staff_sessions.browser IS 'User-Agent, cut';

CREATE TABLE staff_attempts (
    key TEXT NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_staff_attempts PRIMARY KEY (key)
);

COMMENT ON COLUMN staff_attempts.key IS 'account:<SHA-256 of the name as typed> or address:<network address>';
