-- People and who they report to.
CREATE TABLE departments (id INTEGER PRIMARY KEY, name TEXT NOT NULL, head_id INTEGER REFERENCES employees (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE employees (
  id INTEGER PRIMARY KEY,
  department_id INTEGER NOT NULL REFERENCES departments,
  manager_id INTEGER REFERENCES employees ON DELETE SET NULL,
  salary NUMERIC CHECK (salary >= 0 AND salary <= 1000000)
);
CREATE INDEX employees_manager ON employees (manager_id) WHERE manager_id IS NOT NULL;
