-- A tree; names in another collation than the table's.
CREATE TABLE categories (
  id INT AUTO_INCREMENT PRIMARY KEY, parent_id INT, name VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_german2_ci NOT NULL, path TEXT,
  KEY categories_path (path(40)), KEY categories_name (name(10), parent_id), FOREIGN KEY (parent_id) REFERENCES categories (id) ON DELETE CASCADE
) COLLATE = utf8mb4_unicode_ci;
