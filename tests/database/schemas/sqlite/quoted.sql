-- Names that need quotes, in all four ways, and texts that are hard to quote.
CREATE TABLE "Order (Item" (
  "itemId" INTEGER PRIMARY KEY,
  [Unit Price] NUMERIC CHECK ([Unit Price] >= 0),
  `select` TEXT DEFAULT 'it''s; a "test" \ with :colons and %s',
  "größe" TEXT CHECK ("größe" IN ('a''b', 'c)d', '50 %'))
);
CREATE TABLE lines ("order" INTEGER REFERENCES "Order (Item" ("itemId"), "from" DATE, "to" DATE, CHECK ("to" >= "from"));
CREATE INDEX "Price Idx" ON "Order (Item" ([Unit Price] DESC, lower("select"));
