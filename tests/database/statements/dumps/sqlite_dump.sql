PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "odd;name" (id INTEGER PRIMARY KEY, note TEXT DEFAULT 'a;b''c' /* c; */, [x;y] INT);
INSERT INTO "odd;name" VALUES(1,'it''s; ',1);
INSERT INTO "odd;name" VALUES(2,replace('line\ntwo; ü','\n',char(10)),NULL);
INSERT INTO "odd;name" VALUES(3,replace('\nx','\n',char(10)),2);
CREATE TRIGGER tr AFTER INSERT ON "odd;name" WHEN NEW.id > 0 BEGIN
  UPDATE "odd;name" SET note = CASE WHEN NEW.id = 1 THEN 'a;' ELSE 'b' END WHERE id = NEW.id;
  SELECT 1; -- a comment; here
END
;
CREATE VIEW v AS SELECT ';' AS s FROM "odd;name";
COMMIT;
