-- Tenants by convention: every table names the organisation.
CREATE TABLE organizations (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL);
CREATE TABLE users (id BIGINT AUTO_INCREMENT PRIMARY KEY, organization_id BIGINT NOT NULL, email VARCHAR(100) NOT NULL, UNIQUE (organization_id, email), FOREIGN KEY (organization_id) REFERENCES organizations (id));
CREATE TABLE notes (id BIGINT AUTO_INCREMENT PRIMARY KEY, organization_id BIGINT NOT NULL, text LONGTEXT, FOREIGN KEY (organization_id) REFERENCES organizations (id));
