-- A shop: enums, unsigned keys, money, comments.
CREATE TABLE customers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(190) NOT NULL COMMENT 'personal: where invoices go',
  name VARCHAR(120) NOT NULL,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  UNIQUE KEY customers_email (email)
) COMMENT = 'Whoever bought something';
CREATE TABLE orders (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT UNSIGNED NOT NULL,
  state ENUM('basket', 'placed', 'paid') NOT NULL DEFAULT 'basket',
  total DECIMAL(10, 2) NOT NULL DEFAULT 0.00,
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT orders_total CHECK (total >= 0)
);
CREATE INDEX orders_recent ON orders (customer_id, id DESC);
