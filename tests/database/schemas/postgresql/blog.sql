-- A blog with full-text search in a generated column, and a trigger that keeps a date, from version 18 on.
CREATE TABLE authors (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, handle text NOT NULL, bio text);
CREATE UNIQUE INDEX authors_handle_ci ON authors (lower(handle));
CREATE TABLE posts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  author_id integer NOT NULL REFERENCES authors ON DELETE CASCADE,
  title text NOT NULL,
  body text NOT NULL DEFAULT '',
  words integer GENERATED ALWAYS AS (length(body)) VIRTUAL,
  search tsvector GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || body)) STORED,
  updated_at timestamp DEFAULT LOCALTIMESTAMP
);
CREATE INDEX posts_search ON posts USING gin (search) WITH (fastupdate = off);
CREATE INDEX posts_author ON posts USING hash (author_id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER posts_touch BEFORE UPDATE OF title, body ON posts FOR EACH ROW WHEN (OLD.body IS DISTINCT FROM NEW.body) EXECUTE FUNCTION touch();
CREATE VIEW published AS SELECT p.id, p.title, a.handle FROM posts p JOIN authors a ON a.id = p.author_id;
COMMENT ON VIEW published IS 'What readers see';
CREATE VIEW by_author WITH (security_barrier = true) AS SELECT handle, count(*) AS posts FROM published GROUP BY handle;
