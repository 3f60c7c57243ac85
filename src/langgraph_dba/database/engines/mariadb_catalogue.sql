-- Every section gives (qualified name, definition); names of the database itself are left out, for they differ.

-- kind: table
SELECT table_name, concat(lower(engine), ' ', table_collation, if(table_comment = '', '', concat(' comment ', table_comment)))
FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'

-- kind: column
SELECT concat(c.table_name, '.', c.column_name),
       concat_ws(' ', c.column_type, c.collation_name, if(c.is_nullable = 'NO', 'not null', NULL),
                 concat('default ', c.column_default), nullif(c.extra, ''),
                 nullif(concat('as ', coalesce(c.generation_expression, '')), 'as '))
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = database() AND t.table_type = 'BASE TABLE'

-- kind: key
SELECT concat(table_name, '.', constraint_name), lower(constraint_type)
FROM information_schema.table_constraints
WHERE table_schema = database() AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')

-- kind: foreign key
SELECT concat(r.table_name, '.', r.constraint_name),
       concat('(', (SELECT group_concat(k.column_name ORDER BY k.ordinal_position SEPARATOR ', ')
                    FROM information_schema.key_column_usage k
                    WHERE k.constraint_schema = r.constraint_schema AND k.constraint_name = r.constraint_name
                      AND k.table_name = r.table_name),
              ') references ', r.referenced_table_name, ' (',
              (SELECT group_concat(k.referenced_column_name ORDER BY k.ordinal_position SEPARATOR ', ')
               FROM information_schema.key_column_usage k
               WHERE k.constraint_schema = r.constraint_schema AND k.constraint_name = r.constraint_name
                 AND k.table_name = r.table_name),
              ') on delete ', lower(r.delete_rule), ' on update ', lower(r.update_rule))
FROM information_schema.referential_constraints r WHERE r.constraint_schema = database()

-- kind: check
SELECT concat(table_name, '.', constraint_name), check_clause
FROM information_schema.check_constraints WHERE constraint_schema = database()

-- kind: index
SELECT concat(table_name, '.', index_name),
       concat(if(min(non_unique) = 0, 'unique ', ''), lower(min(index_type)), ' (',
              group_concat(concat(column_name, if(sub_part IS NULL, '', concat('(', sub_part, ')')),
                                  if(collation = 'D', ' desc', ''))
                           ORDER BY seq_in_index SEPARATOR ', '), ')')
FROM information_schema.statistics WHERE table_schema = database() GROUP BY table_name, index_name

-- kind: view
SELECT table_name, replace(view_definition, concat('`', database(), '`.'), '')
FROM information_schema.views WHERE table_schema = database()

-- kind: trigger
SELECT trigger_name, concat_ws(' ', action_timing, event_manipulation, event_object_table, action_statement)
FROM information_schema.triggers WHERE trigger_schema = database()

-- kind: routine
SELECT concat(routine_type, ' ', routine_name), replace(routine_definition, concat('`', database(), '`.'), '')
FROM information_schema.routines WHERE routine_schema = database()

-- kind: grant
SELECT concat(table_name, ' to ', substring_index(grantee, '@', 1)),
       group_concat(privilege_type ORDER BY privilege_type SEPARATOR ', ')
FROM information_schema.table_privileges WHERE table_schema = database() GROUP BY table_name, grantee
