-- The desk's tables. desk/schema.py describes them for queries; a test compares the two.

CREATE TABLE handover_requests (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    conversation_id TEXT NOT NULL,
    inbox_id BIGINT NOT NULL,
    epoch INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    trigger TEXT NOT NULL,
    skill TEXT NOT NULL,
    priority SMALLINT NOT NULL,
    summary TEXT NOT NULL,
    detail JSONB NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT pk_handover_requests PRIMARY KEY (id),
    CONSTRAINT uq_handover_requests_inbox_id UNIQUE (inbox_id),
    CONSTRAINT ck_handover_requests_state CHECK (state IN ('waiting', 'unattended', 'taken', 'withdrawn', 'done')),
    CONSTRAINT fk_handover_requests_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

CREATE INDEX ix_handover_requests_waiting ON handover_requests (skill, priority DESC, id) WHERE state = 'waiting';

COMMENT ON COLUMN handover_requests.inbox_id IS 'the message that asked: one request per message';

COMMENT ON COLUMN handover_requests.priority IS '0 ordinary, 1 elderly or disabled, 2 danger';

COMMENT ON COLUMN handover_requests.summary IS 'masked';

COMMENT ON COLUMN handover_requests.detail IS 'slots, auth level, intents with scores, knowledge versions cited';

CREATE TABLE callbacks (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    conversation_id TEXT NOT NULL,
    turn_id TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    phone_token TEXT NOT NULL,
    phone_shown TEXT NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT pk_callbacks PRIMARY KEY (id),
    CONSTRAINT uq_callbacks_turn_id UNIQUE (turn_id),
    CONSTRAINT ck_callbacks_state CHECK (state IN ('waiting', 'done', 'unreachable')),
    CONSTRAINT fk_callbacks_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);

CREATE INDEX ix_callbacks_waiting ON callbacks (due_at) WHERE state = 'waiting';

COMMENT ON COLUMN callbacks.turn_id IS 'the turn that confirmed it: one call-back per turn';

COMMENT ON COLUMN callbacks.due_at IS 'end of the next working day: every waiting state has a deadline';

COMMENT ON COLUMN callbacks.phone_token IS 'opaque token of the number, or the number masked';

COMMENT ON COLUMN callbacks.phone_shown IS '138****1234';

COMMENT ON COLUMN callbacks.message IS 'masked';

