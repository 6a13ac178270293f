-- The two moments of a turn that must not be torn apart, each as one statement from the caller's side.
-- Both lock the conversation's row first: everything about one conversation happens one after the other, over all
-- processes, and every later statement of the function sees what the lock's previous holder committed.

CREATE FUNCTION accept_message(
    p_channel text, p_message_id text, p_conversation text, p_token_hash bytea, p_client_message_id text, p_text text,
    p_now timestamptz, p_claimer bigint, p_lease interval, p_interval interval, p_burst integer
) RETURNS TABLE (
    outcome text, inbox_id bigint, state text, owner text, epoch integer, context jsonb, last_said_at timestamptz,
    first_seq integer, last_seq integer, retry_after double precision
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    conversation conversations%ROWTYPE;
    old inbox%ROWTYPE;
    fresh bigint;
    arrival timestamptz;
    first_state text;
BEGIN
    SELECT * INTO conversation FROM conversations WHERE id = p_conversation FOR UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown'; RETURN NEXT; RETURN;
    END IF;
    IF conversation.channel <> p_channel OR conversation.token_hash <> p_token_hash
            OR conversation.expires_at <= p_now THEN
        outcome := 'unauthenticated'; RETURN NEXT; RETURN;
    END IF;
    owner := conversation.owner; epoch := conversation.epoch; context := conversation.context;
    last_said_at := conversation.last_said_at;

    SELECT * INTO old FROM inbox WHERE channel = p_channel AND message_id = p_message_id;
    IF FOUND THEN
        outcome := 'duplicate'; inbox_id := old.id; state := old.state;
        first_seq := old.first_seq; last_seq := old.last_seq; RETURN NEXT; RETURN;
    END IF;

    -- GCRA: one message per p_interval on average, at most p_burst at once.
    arrival := greatest(conversation.rate_until, p_now);
    IF arrival - p_now > p_interval * (p_burst - 1) THEN
        outcome := 'limited';
        retry_after := extract(epoch FROM arrival - p_now - p_interval * (p_burst - 1)); RETURN NEXT; RETURN;
    END IF;

    IF EXISTS (SELECT FROM inbox WHERE conversation_id = p_conversation AND state IN ('pending', 'working')) THEN
        first_state := 'pending';
    ELSE
        first_state := 'working';
    END IF;
    INSERT INTO inbox (channel, message_id, conversation_id, client_message_id, text, received_at, state, attempts,
                       claimed_by, claim_until)
    VALUES (p_channel, p_message_id, p_conversation, p_client_message_id, p_text, p_now, first_state,
            CASE first_state WHEN 'working' THEN 1 ELSE 0 END,
            CASE first_state WHEN 'working' THEN p_claimer END,
            CASE first_state WHEN 'working' THEN p_now + p_lease END)
    RETURNING id INTO fresh;
    UPDATE conversations SET rate_until = arrival + p_interval WHERE id = p_conversation;
    outcome := 'accepted'; inbox_id := fresh; state := first_state; RETURN NEXT;
END $$;

CREATE FUNCTION claim_next(p_conversation text, p_now timestamptz, p_claimer bigint, p_lease interval)
RETURNS TABLE (
    inbox_id bigint, message_id text, client_message_id text, text text, attempts smallint,
    received_at timestamptz, channel text, owner text, epoch integer, context jsonb, last_said_at timestamptz
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    conversation conversations%ROWTYPE;
    taken inbox%ROWTYPE;
BEGIN
    SELECT * INTO conversation FROM conversations WHERE id = p_conversation FOR UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM inbox WHERE conversation_id = p_conversation AND state = 'working') THEN
        RETURN;
    END IF;
    UPDATE inbox SET state = 'working', attempts = inbox.attempts + 1, claimed_by = p_claimer,
                     claim_until = p_now + p_lease
    WHERE id = (SELECT id FROM inbox WHERE conversation_id = p_conversation AND state = 'pending' ORDER BY id LIMIT 1)
    RETURNING * INTO taken;
    IF FOUND THEN
        inbox_id := taken.id; message_id := taken.message_id; client_message_id := taken.client_message_id;
        text := taken.text; received_at := taken.received_at; attempts := taken.attempts; channel := conversation.channel; owner := conversation.owner;
        epoch := conversation.epoch; context := conversation.context; last_said_at := conversation.last_said_at;
        RETURN NEXT;
    END IF;
END $$;

-- Everything a turn changes, or nothing: inbox row done, messages appended, outbox rows, owner and epoch, context.
-- A turn composed under an older epoch is recorded without its replies: a late bot never talks over a person.
CREATE FUNCTION commit_turn(
    p_inbox bigint, p_claimer bigint, p_epoch integer, p_now timestamptz, p_citizen jsonb, p_replies jsonb,
    p_owner text, p_context jsonb, p_personal jsonb, p_push boolean, p_instance bigint
) RETURNS TABLE (
    outcome text, first_seq integer, last_seq integer, owner text, epoch integer, more boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    conversation conversations%ROWTYPE;
    row_ inbox%ROWTYPE;
    spoken integer := 0;
    speaks boolean;
BEGIN
    SELECT * INTO row_ FROM inbox WHERE id = p_inbox;
    SELECT * INTO conversation FROM conversations WHERE id = row_.conversation_id FOR UPDATE;
    SELECT * INTO row_ FROM inbox WHERE id = p_inbox FOR UPDATE;
    IF row_.id IS NULL OR row_.state <> 'working' OR row_.claimed_by <> p_claimer THEN
        outcome := 'lost'; RETURN NEXT; RETURN;
    END IF;
    speaks := conversation.epoch = p_epoch;
    owner := conversation.owner; epoch := conversation.epoch; first_seq := conversation.last_seq + 1;

    INSERT INTO messages (conversation_id, seq, at, author, epoch, client_message_id, body)
    VALUES (conversation.id, first_seq, row_.received_at, 'citizen', conversation.epoch, row_.client_message_id,
            p_citizen);
    IF speaks THEN
        INSERT INTO messages (conversation_id, seq, at, author, epoch, client_message_id, body)
        SELECT conversation.id, first_seq + item.place, p_now, item.body ->> 'author', conversation.epoch, '', item.body
        FROM jsonb_array_elements(p_replies) WITH ORDINALITY AS item (body, place);
        GET DIAGNOSTICS spoken = ROW_COUNT;
        IF p_owner <> conversation.owner THEN
            owner := p_owner; epoch := conversation.epoch + 1;
        END IF;
        IF p_push THEN
            INSERT INTO outbox (channel, conversation_id, seq, epoch, body, state, attempts, due_at, created_at)
            SELECT row_.channel, conversation.id, first_seq + item.place, epoch, item.body, 'pending', 0, p_now, p_now
            FROM jsonb_array_elements(p_replies) WITH ORDINALITY AS item (body, place);
            PERFORM pg_notify('outbox', row_.channel);
        END IF;
    END IF;
    last_seq := first_seq + spoken;
    INSERT INTO personal_values (token, conversation_id, kind, sealed, created_at)
    SELECT item ->> 'token', conversation.id, item ->> 'kind', decode(item ->> 'sealed', 'base64'), p_now
    FROM jsonb_array_elements(p_personal) AS item ON CONFLICT DO NOTHING;
    UPDATE conversations SET last_seq = commit_turn.last_seq, owner = commit_turn.owner, epoch = commit_turn.epoch,
        context = CASE WHEN speaks THEN p_context ELSE context END, last_said_at = p_now
    WHERE id = conversation.id;
    UPDATE inbox SET state = 'done', done_at = p_now, text = p_citizen ->> 'text', first_seq = commit_turn.first_seq,
        last_seq = commit_turn.last_seq, claimed_by = NULL, claim_until = NULL
    WHERE id = p_inbox;
    more := EXISTS (SELECT FROM inbox WHERE conversation_id = conversation.id AND state = 'pending');
    PERFORM pg_notify('conversation', p_instance::text || ' ' || conversation.id);
    outcome := CASE WHEN speaks THEN 'spoke' ELSE 'silent' END;
    RETURN NEXT;
END $$;

-- Rows whose worker is gone (its session-level advisory lock is free) or too late go back into the line.
CREATE FUNCTION release_orphans(p_now timestamptz, p_limit integer) RETURNS SETOF text LANGUAGE sql AS $$
    WITH living AS (
        SELECT (classid::bigint << 32) | objid::bigint AS instance
        FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ), orphan AS (
        SELECT id FROM inbox
        WHERE state = 'working' AND (claim_until < p_now OR claimed_by NOT IN (SELECT instance FROM living))
        ORDER BY id LIMIT p_limit FOR UPDATE SKIP LOCKED
    ), released AS (
        UPDATE inbox SET state = 'pending', claimed_by = NULL, claim_until = NULL
        FROM orphan WHERE inbox.id = orphan.id RETURNING inbox.conversation_id
    ), waiting AS (
        -- pending rows that nobody works on: their process ended between two turns
        SELECT DISTINCT conversation_id FROM inbox AS p WHERE state = 'pending'
          AND NOT EXISTS (SELECT FROM inbox AS w WHERE w.conversation_id = p.conversation_id AND w.state = 'working')
        LIMIT p_limit
    )
    SELECT conversation_id FROM released UNION SELECT conversation_id FROM waiting;
$$;
