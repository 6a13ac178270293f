-- Where the audit chain ends: records cut off from the end break no link, so the end itself is recorded.

CREATE TABLE audit_head (
    id SMALLINT NOT NULL,
    last BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (id),
    CONSTRAINT ck_audit_head_single CHECK (id = 1)
);

COMMENT ON COLUMN audit_head.id IS '1: there is one head';

COMMENT ON COLUMN audit_head.last IS 'id of the last record, 0 before the first';

COMMENT ON COLUMN audit_head.digest IS 'its digest';

INSERT INTO audit_head (id, last, digest)
SELECT 1, coalesce(max(id), 0), coalesce((SELECT digest FROM audit ORDER BY id DESC LIMIT 1), decode(repeat('00', 32), 'hex'))
FROM audit;
