-- A materialised view with an index of its own, and a function that a table's default calls.
CREATE FUNCTION next_code(prefix text DEFAULT 'R') RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT prefix || to_char(now(), 'YYMMDDHH24MISS') $$;
CREATE TABLE sales (id bigint PRIMARY KEY, code text NOT NULL DEFAULT next_code('S'), region text, amount numeric, sold_on date);
CREATE MATERIALIZED VIEW sales_by_region AS SELECT region, date_trunc('month', sold_on) AS month, sum(amount) AS total FROM sales GROUP BY 1, 2;
CREATE UNIQUE INDEX sales_by_region_key ON sales_by_region (region, month);
CREATE FUNCTION region_total(wanted text) RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT sum(total) FROM sales_by_region WHERE region = wanted $$;
CREATE PROCEDURE refresh_all() LANGUAGE plpgsql AS $$ BEGIN REFRESH MATERIALIZED VIEW sales_by_region; END $$;
CREATE VIEW big_sales AS SELECT id, code, amount FROM sales WHERE amount > 1000 WITH LOCAL CHECK OPTION;
