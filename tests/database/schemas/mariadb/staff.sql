-- People and who they report to; departments and heads in a circle.
CREATE TABLE departments (id INT NOT NULL PRIMARY KEY, name VARCHAR(80) NOT NULL, head_id INT NULL);
CREATE TABLE employees (
  id INT NOT NULL PRIMARY KEY, department_id INT NOT NULL, manager_id INT NULL, salary DECIMAL(12, 2) NULL CHECK (salary >= 0),
  FOREIGN KEY (department_id) REFERENCES departments (id), FOREIGN KEY (manager_id) REFERENCES employees (id) ON DELETE SET NULL
);
ALTER TABLE departments ADD CONSTRAINT departments_head FOREIGN KEY (head_id) REFERENCES employees (id) ON UPDATE SET NULL;
