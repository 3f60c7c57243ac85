-- phpMyAdmin SQL Dump
-- version 5.2.1
-- https://www.phpmyadmin.net/
--
-- Host: localhost:3306
-- Server version: 8.0.36
-- PHP Version: 8.2.12

SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
START TRANSACTION;
SET time_zone = "+00:00";


/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;

--
-- Database: `shop`
--
CREATE DATABASE IF NOT EXISTS `shop` DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
USE `shop`;

DELIMITER $$
--
-- Procedures
--
DROP PROCEDURE IF EXISTS `close_order`$$
CREATE DEFINER=`shop`@`%` PROCEDURE `close_order` (IN `p_id` INT)   BEGIN
  UPDATE `orders` SET `closed_at` = NOW() WHERE `id` = p_id;
  SELECT ROW_COUNT();
END$$

DELIMITER ;

-- --------------------------------------------------------

--
-- Table structure for table `orders`
--

DROP TABLE IF EXISTS `orders`;
CREATE TABLE IF NOT EXISTS `orders` (
  `id` int NOT NULL,
  `customer` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci NOT NULL,
  `closed_at` datetime DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;

--
-- Dumping data for table `orders`
--

INSERT INTO `orders` (`id`, `customer`, `closed_at`) VALUES
(1, 'Ann; \'the first\'', NULL),
(2, 'Bob', '2024-01-01 00:00:00');

-- --------------------------------------------------------

--
-- Stand-in structure for view `open_orders`
-- (See below for the actual view)
--
CREATE TABLE `open_orders` (
`id` int
);

--
-- Structure for view `open_orders`
--
DROP TABLE IF EXISTS `open_orders`;

CREATE ALGORITHM=UNDEFINED DEFINER=`shop`@`%` SQL SECURITY DEFINER VIEW `open_orders`  AS SELECT `shop`.`orders`.`id` AS `id` FROM `shop`.`orders` WHERE (`shop`.`orders`.`closed_at` is null) ;

ALTER TABLE `orders`
  ADD PRIMARY KEY (`id`),
  ADD KEY `customer` (`customer`);
ALTER TABLE `orders`
  MODIFY `id` int NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=3;

DELIMITER $$
CREATE DEFINER=`shop`@`%` EVENT `purge` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE ENABLE DO DELETE FROM `orders` WHERE `closed_at` < NOW() - INTERVAL 1 YEAR$$

DELIMITER ;
COMMIT;

/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
