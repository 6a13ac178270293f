-- The life cycle of knowledge. knowledge/editing/schema.py describes it for queries; a test compares the two.

CREATE TABLE knowledge_entries (
    id TEXT NOT NULL,
    topic TEXT NOT NULL,
    region TEXT NOT NULL,
    newest INTEGER NOT NULL,
    shipped TEXT NOT NULL,
    shipped_version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_knowledge_entries PRIMARY KEY (id)
);

COMMENT ON COLUMN knowledge_entries.topic IS 'of the newest version';

COMMENT ON COLUMN knowledge_entries.region IS 'of the newest version';

COMMENT ON COLUMN knowledge_entries.newest IS 'number of the newest version that there ever was';

COMMENT ON COLUMN knowledge_entries.shipped IS 'digest of the content that the program brought last, empty when none';

COMMENT ON COLUMN knowledge_entries.shipped_version IS 'its version, so that an older program changes nothing back';

CREATE TABLE knowledge_versions (
    entry_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    content JSONB NOT NULL,
    effective_from DATE,
    effective_until DATE,
    origin TEXT NOT NULL,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    writers JSONB NOT NULL,
    reviewer TEXT NOT NULL,
    reviewer_name TEXT NOT NULL,
    note TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_knowledge_versions PRIMARY KEY (entry_id, number),
    CONSTRAINT fk_knowledge_versions_entry_id FOREIGN KEY(entry_id) REFERENCES knowledge_entries (id),
    CONSTRAINT ck_knowledge_versions_state CHECK (state IN ('draft', 'review', 'published', 'superseded', 'withdrawn')),
    CONSTRAINT ck_knowledge_versions_origin CHECK (origin IN ('staff', 'shipped', 'import')),
    CONSTRAINT ck_knowledge_versions_range CHECK (effective_from <= effective_until)
);

CREATE INDEX ix_knowledge_versions_state ON knowledge_versions (state);

COMMENT ON COLUMN knowledge_versions.content IS 'knowledge.entry.Entry as it was written';

COMMENT ON COLUMN knowledge_versions.effective_from IS 'first day on which it answers: as written, or cut by a later version';

COMMENT ON COLUMN knowledge_versions.effective_until IS 'last day on which it answers';

COMMENT ON COLUMN knowledge_versions.author IS 'account of who began it';

COMMENT ON COLUMN knowledge_versions.writers IS 'accounts of all who wrote in it: none of them may approve it';

COMMENT ON COLUMN knowledge_versions.revision IS 'rises with every change; who saves names the one he read';

CREATE TABLE knowledge_state (
    id SMALLINT NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT pk_knowledge_state PRIMARY KEY (id),
    CONSTRAINT ck_knowledge_state_single CHECK (id = 1)
);

COMMENT ON COLUMN knowledge_state.id IS '1: there is one state';

COMMENT ON COLUMN knowledge_state.revision IS 'rises whenever what is served changes';

INSERT INTO knowledge_state (id, revision) VALUES (1, 0);

CREATE TABLE knowledge_marks (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    entry_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    says TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by TEXT NOT NULL,
    CONSTRAINT pk_knowledge_marks PRIMARY KEY (id),
    CONSTRAINT fk_knowledge_marks_entry_id FOREIGN KEY(entry_id) REFERENCES knowledge_entries (id)
);

CREATE UNIQUE INDEX uq_knowledge_marks_open ON knowledge_marks (entry_id, kind, subject) WHERE closed_by = '';

COMMENT ON COLUMN knowledge_marks.kind IS 'source: a rule it rests on has changed';

COMMENT ON COLUMN knowledge_marks.subject IS 'law and article';

CREATE TABLE knowledge_unanswered (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    levelled TEXT NOT NULL,
    region TEXT NOT NULL,
    question TEXT NOT NULL,
    count INTEGER NOT NULL,
    nearest JSONB NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT pk_knowledge_unanswered PRIMARY KEY (id),
    CONSTRAINT uq_knowledge_unanswered_levelled UNIQUE (levelled, region)
);

CREATE INDEX ix_knowledge_unanswered_open ON knowledge_unanswered (count DESC, last_at DESC) WHERE closed_by = '';

COMMENT ON COLUMN knowledge_unanswered.levelled IS 'the question without fillers and punctuation: equal questions are one row';

COMMENT ON COLUMN knowledge_unanswered.question IS 'as asked first, masked';

-- Use statistics look at the last months only; a BRIN index over a column that only rises costs next to nothing.
CREATE INDEX ix_messages_at ON messages USING brin (at);
