-- An event store: partitions by month, one divided again, a default one.
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY,
  happened_at timestamptz NOT NULL,
  kind text NOT NULL,
  payload jsonb,
  PRIMARY KEY (id, happened_at, kind)
) PARTITION BY RANGE (happened_at);
CREATE INDEX events_kind ON events (kind, happened_at DESC);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')
  PARTITION BY LIST (kind);
CREATE TABLE events_2026_clicks PARTITION OF events_2026 FOR VALUES IN ('click', 'tap');
CREATE TABLE events_2026_rest PARTITION OF events_2026 DEFAULT;
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE counters (name text, bucket integer, hits bigint DEFAULT 0, PRIMARY KEY (name, bucket)) PARTITION BY HASH (bucket);
CREATE TABLE counters_0 PARTITION OF counters FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE counters_1 PARTITION OF counters FOR VALUES WITH (MODULUS 2, REMAINDER 1);
