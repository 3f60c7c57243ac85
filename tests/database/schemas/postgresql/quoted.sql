-- Names that need quotes, names that collide without them, and texts that are hard to quote.
CREATE TABLE "Order Item" (
  "itemId" integer PRIMARY KEY,
  "Unit Price" numeric(8, 2) NOT NULL CHECK ("Unit Price" >= 0),
  "unit_price" numeric(8, 2),
  "user" text DEFAULT 'it''s; a "test" \ with :colons and %s',
  "größe" text,
  CHECK ("user" IN ('a''b', 'c\d', '50 %'))
);
CREATE TABLE "select" ("order" integer REFERENCES "Order Item" ON DELETE SET NULL, "from" date, "to" date, CHECK ("to" >= "from"));
CREATE INDEX "Price Idx" ON "Order Item" ("Unit Price" DESC, lower("user"));
COMMENT ON TABLE "Order Item" IS 'it''s "quoted"';
COMMENT ON COLUMN "select"."order" IS 'with '' and \';
