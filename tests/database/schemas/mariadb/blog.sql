-- A blog with a full-text index, a view and a trigger.
CREATE TABLE posts (
  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  body MEDIUMTEXT,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  FULLTEXT KEY posts_words (title, body)
);
CREATE TABLE log (at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), what TEXT);
CREATE VIEW titles AS SELECT id, title FROM posts WHERE title <> '';
CREATE TRIGGER posts_log AFTER DELETE ON posts FOR EACH ROW INSERT INTO log (what) VALUES (concat('deleted ', OLD.title));
