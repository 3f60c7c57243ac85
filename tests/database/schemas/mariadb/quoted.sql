-- Names that need quotes, and texts that are hard to quote.
CREATE TABLE `Order Item` (
  `itemId` INT PRIMARY KEY, `Unit Price` DECIMAL(8, 2) NOT NULL, `select` VARCHAR(60) DEFAULT 'it''s; a "test" \\ with :colons and %s',
  `größe` VARCHAR(20), CHECK (`Unit Price` >= 0), CHECK (`größe` IN ('a''b', 'c\\d', '50 %'))
) COMMENT = 'it''s "quoted" \\';
CREATE TABLE `lines` (`order` INT, `from` DATE, `to` DATE COMMENT 'personal', CHECK (`to` >= `from`), CONSTRAINT `Lines Order` FOREIGN KEY (`order`) REFERENCES `Order Item` (`itemId`));
CREATE INDEX `Price Idx` ON `Order Item` (`Unit Price`, `select`(5));
