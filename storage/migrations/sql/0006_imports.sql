-- Files handed in for import, and sensitive words. knowledge/documents/schema.py and knowledge/sensitive/schema.py
-- describe them for queries; a test compares the two.

CREATE TABLE imports (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 BYTEA NOT NULL,
    data BYTEA,
    state TEXT NOT NULL,
    progress FLOAT NOT NULL,
    attempts SMALLINT NOT NULL,
    claim_until TIMESTAMP WITH TIME ZONE,
    account TEXT NOT NULL,
    account_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    error TEXT NOT NULL,
    sections JSONB NOT NULL,
    report JSONB NOT NULL,
    drafted JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_imports PRIMARY KEY (id),
    CONSTRAINT ck_imports_state CHECK (state IN ('waiting', 'working', 'done', 'failed'))
);

CREATE INDEX ix_imports_waiting ON imports (id) WHERE state IN ('waiting', 'working');

COMMENT ON COLUMN imports.name IS 'name of the file as it was sent, without folders';

COMMENT ON COLUMN imports.data IS 'the file, until it has been read';

COMMENT ON COLUMN imports.progress IS 'share done, 0 to 1';

COMMENT ON COLUMN imports.claim_until IS 'a reader that died is succeeded after this';

COMMENT ON COLUMN imports.error IS 'why it failed, for people';

COMMENT ON COLUMN imports.drafted IS 'number of the section -> entry made of it';

CREATE TABLE sensitive_lists (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    action TEXT NOT NULL,
    whole_words BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sensitive_lists PRIMARY KEY (id),
    CONSTRAINT uq_sensitive_lists_name UNIQUE (name),
    CONSTRAINT ck_sensitive_lists_action CHECK (action IN ('block', 'mask', 'hand_over', 'allow'))
);

COMMENT ON COLUMN sensitive_lists.name IS 'short name, unique, never changed';

COMMENT ON COLUMN sensitive_lists.whole_words IS 'a hit must not begin or end within another word';

CREATE TABLE sensitive_words (
    list_id BIGINT NOT NULL,
    word TEXT NOT NULL,
    CONSTRAINT pk_sensitive_words PRIMARY KEY (list_id, word),
    CONSTRAINT fk_sensitive_words_list_id FOREIGN KEY(list_id) REFERENCES sensitive_lists (id) ON DELETE CASCADE
);

CREATE TABLE sensitive_state (
    id SMALLINT NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT pk_sensitive_state PRIMARY KEY (id),
    CONSTRAINT ck_sensitive_state_single CHECK (id = 1)
);

COMMENT ON COLUMN sensitive_state.id IS '1: there is one state';

COMMENT ON COLUMN sensitive_state.revision IS 'rises with every change of a list or word';

INSERT INTO sensitive_state (id, revision) VALUES (1, 0);
