-- The shared tables. storage/schema.py describes them for queries; a test compares the two.

CREATE TABLE audit (
    id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail JSONB NOT NULL,
    previous BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id)
);

COMMENT ON COLUMN audit.id IS '1, 2, 3 … without gaps';

COMMENT ON COLUMN audit.digest IS 'SM3 over the previous digest and this record';

CREATE TABLE conversations (
    id TEXT NOT NULL,
    channel TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    owner TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    context JSONB NOT NULL,
    rate_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_conversations PRIMARY KEY (id)
);

COMMENT ON COLUMN conversations.token_hash IS 'SHA-256 of the session token';

COMMENT ON COLUMN conversations.owner IS 'bot, queue:<skill>, agent:<id> or closed';

COMMENT ON COLUMN conversations.epoch IS 'rises at every change of owner';

COMMENT ON COLUMN conversations.context IS 'what the bot must remember between two turns';

COMMENT ON COLUMN conversations.rate_until IS 'GCRA: the theoretical arrival time of the next message';

CREATE TABLE feedback (
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    helpful BOOLEAN NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_feedback PRIMARY KEY (conversation_id, seq),
    CONSTRAINT fk_feedback_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

CREATE TABLE inbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    channel TEXT NOT NULL,
    message_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    client_message_id TEXT NOT NULL,
    text TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    attempts SMALLINT NOT NULL,
    claimed_by BIGINT,
    claim_until TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    first_seq INTEGER,
    last_seq INTEGER,
    CONSTRAINT pk_inbox PRIMARY KEY (id),
    CONSTRAINT uq_inbox_message UNIQUE (channel, message_id),
    CONSTRAINT ck_inbox_state CHECK (state IN ('pending', 'working', 'done')),
    CONSTRAINT fk_inbox_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

CREATE INDEX ix_inbox_waiting ON inbox (conversation_id, id) WHERE state = 'pending';

CREATE UNIQUE INDEX uq_inbox_working ON inbox (conversation_id) WHERE state = 'working';

COMMENT ON COLUMN inbox.message_id IS 'unique within the channel: the duplicate mark';

COMMENT ON COLUMN inbox.text IS 'as said while waiting, masked once done';

COMMENT ON COLUMN inbox.claimed_by IS 'instance that works on it (its advisory lock shows that it lives)';

COMMENT ON COLUMN inbox.first_seq IS 'the messages this turn added';

CREATE TABLE messages (
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    author TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    client_message_id TEXT NOT NULL,
    body JSONB NOT NULL,
    CONSTRAINT pk_messages PRIMARY KEY (conversation_id, seq),
    CONSTRAINT fk_messages_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

COMMENT ON COLUMN messages.body IS 'core.message.Reply, personal values masked';

CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    channel TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    body JSONB NOT NULL,
    state TEXT NOT NULL,
    attempts SMALLINT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    claimed_by BIGINT,
    claim_until TIMESTAMP WITH TIME ZONE,
    provider_id TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT uq_outbox_message UNIQUE (conversation_id, seq),
    CONSTRAINT ck_outbox_state CHECK (state IN ('pending', 'sending', 'sent', 'refused', 'uncertain', 'dropped')),
    CONSTRAINT fk_outbox_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

CREATE INDEX ix_outbox_due ON outbox (channel, due_at) WHERE state IN ('pending', 'sending');

COMMENT ON COLUMN outbox.epoch IS 'dropped when the conversation has moved on';

COMMENT ON COLUMN outbox.provider_id IS 'the provider''s own id of the sent message';

CREATE TABLE personal_values (
    token TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_personal_values PRIMARY KEY (token),
    CONSTRAINT fk_personal_values_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

CREATE INDEX ix_personal_values_conversation_id ON personal_values (conversation_id);

COMMENT ON COLUMN personal_values.token IS 'the opaque token that stands for the value everywhere else';

COMMENT ON COLUMN personal_values.sealed IS 'nonce + SM4-GCM ciphertext and tag';

CREATE TABLE ratings (
    conversation_id TEXT NOT NULL,
    level SMALLINT NOT NULL,
    comment TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ratings PRIMARY KEY (conversation_id),
    CONSTRAINT ck_ratings_level CHECK (level BETWEEN 1 AND 5),
    CONSTRAINT fk_ratings_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

COMMENT ON COLUMN ratings.level IS '5 非常满意 … 1 非常不满意 (国办发〔2019〕51号)';

