-- A blog: a view with named columns, a trigger that keeps a date, an index over an expression.
CREATE TABLE posts (id INTEGER PRIMARY KEY, slug TEXT NOT NULL, title TEXT NOT NULL, body TEXT DEFAULT '', updated_at TEXT);
CREATE UNIQUE INDEX posts_slug ON posts (lower(slug));
CREATE VIEW titles (id, title) AS SELECT id, upper(title) FROM posts;
CREATE TRIGGER posts_touch AFTER UPDATE OF title, body ON posts WHEN old.body <> new.body BEGIN
  UPDATE posts SET updated_at = datetime('now') WHERE id = new.id;
END;
CREATE TRIGGER titles_insert INSTEAD OF INSERT ON titles BEGIN INSERT INTO posts (slug, title) VALUES (new.title, new.title); END;
