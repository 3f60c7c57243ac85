-- People and who they report to; a department has a head, who works in a department.
CREATE TABLE departments (id integer PRIMARY KEY, name varchar(80) NOT NULL UNIQUE, head_id integer);
CREATE TABLE employees (
  id integer PRIMARY KEY,
  department_id integer NOT NULL REFERENCES departments,
  manager_id integer REFERENCES employees ON DELETE SET NULL,
  hired_on date NOT NULL DEFAULT CURRENT_DATE,
  left_on date,
  salary numeric(12, 2) CHECK (salary >= 0 AND salary <= 1000000),
  weekly interval NOT NULL DEFAULT '40:00:00'::interval,
  CHECK (left_on >= hired_on),
  CHECK (manager_id <> id)
);
ALTER TABLE departments ADD CONSTRAINT departments_head_fkey FOREIGN KEY (head_id) REFERENCES employees DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX employees_department ON employees (department_id);
CREATE INDEX employees_manager ON employees (manager_id) WHERE manager_id IS NOT NULL;
