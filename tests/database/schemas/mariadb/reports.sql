-- Functions, a procedure, views that stand on one another.
CREATE TABLE sales (id BIGINT PRIMARY KEY, region VARCHAR(20), amount DECIMAL(12, 2), sold_on DATE);
CREATE VIEW a_sales AS SELECT id, amount FROM sales WHERE amount > 0 WITH LOCAL CHECK OPTION;
CREATE SQL SECURITY INVOKER VIEW b_sales AS SELECT sum(amount) AS total FROM a_sales;
CREATE FUNCTION doubled(x INT, y DECIMAL(10, 2)) RETURNS BIGINT DETERMINISTIC NO SQL RETURN x * 2 + y;
CREATE PROCEDURE forget(IN before_day DATE, OUT left_rows BIGINT) MODIFIES SQL DATA
BEGIN
  DELETE FROM sales WHERE sold_on < before_day;
  SELECT count(*) INTO left_rows FROM sales;
END;
