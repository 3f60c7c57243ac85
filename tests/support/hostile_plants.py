"""The plants that a folder of unknown origin may contain, one change each."""

from hostile_folders import (
    CALL_MANY,
    CALL_NAMED,
    CHECKPOINTS,
    ESCAPE,
    INPUTS,
    METHOD,
    PYDANTIC_1,
    PYDANTIC_2,
    Plant,
    Site,
    agent_file,
    all_links,
    appended,
    call,
    code_in_saved_names,
    each_item,
    edited_code,
    edited_json,
    extension,
    folder_link,
    hard_link,
    json_constructor,
    link_to_victim,
    pickled,
    renamed_table,
    saved_as,
    saved_state,
    session_link,
    shadows,
    statements_of,
    text_file,
)

_SERIAL = "CREATE TABLE t (a serial PRIMARY KEY, b text);\n"
_AUTOINCREMENT = "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);\n"


def _called_by_a_superuser(site: Site) -> str:
    """Return statements that hide a program behind everything that calls a function."""
    return f"""
CREATE TABLE t (a serial PRIMARY KEY, b text, c integer DEFAULT 1);
CREATE FUNCTION g(x integer) RETURNS integer LANGUAGE plpgsql AS $f$
BEGIN
  IF current_setting('is_superuser') = 'on' THEN
    EXECUTE $x$COPY (SELECT 1) TO PROGRAM '{site.command}'$x$;
  END IF;
  RETURN x;
END $f$;
CREATE FUNCTION f(x integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RETURN public.g(x); END $f$;
CREATE FUNCTION r() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM public.g(1); RETURN NEW; END $f$;
ALTER TABLE t ALTER c SET DEFAULT f(1), ADD CHECK (f(c) = c), ADD d integer GENERATED ALWAYS AS (f(c)) STORED;
CREATE INDEX ON t (f(c)) WHERE f(c) > 0;
CREATE STATISTICS s ON (f(c)), (f(a)) FROM t;
CREATE VIEW v AS SELECT f(a) AS a FROM t;
CREATE MATERIALIZED VIEW m AS SELECT f(a) AS a FROM t;
CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION r();
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (f(a) = a);
"""


PLANTS = (
    Plant("a checkpoint that calls os.system", "resume", saved_as(call), CHECKPOINTS),
    Plant(
        "a checkpoint that calls it with a list", "resume", saved_as(lambda site: call(site, CALL_MANY)), CHECKPOINTS
    ),
    Plant("a checkpoint that calls it by name", "resume", saved_as(lambda site: call(site, CALL_NAMED)), CHECKPOINTS),
    Plant(
        "a checkpoint that calls a method",
        "resume",
        saved_as(lambda site: extension(METHOD, "os", "path", site.command, "os.system")),
        CHECKPOINTS,
    ),
    Plant(
        "a checkpoint that builds a model",
        "resume",
        saved_as(lambda site: extension(PYDANTIC_2, "subprocess", "Popen", {"args": ["touch", str(site.marker)]}, "x")),
        CHECKPOINTS,
    ),
    Plant(
        "the same in the old form",
        "resume",
        saved_as(lambda site: extension(PYDANTIC_1, "subprocess", "Popen", {"args": ["touch", str(site.marker)]})),
        CHECKPOINTS,
    ),
    Plant("a write that calls os.system", "resume", saved_as(call, "writes"), CHECKPOINTS),
    Plant("a pickled checkpoint", "resume", saved_as(pickled, form="pickle"), CHECKPOINTS),
    Plant("a checkpoint as JSON with a constructor", "resume", saved_as(json_constructor, form="json"), CHECKPOINTS),
    Plant("checkpoints that are no database", "resume", text_file(CHECKPOINTS, "no database" * 99), CHECKPOINTS),
    Plant("an artifact outside the folder", "resume", saved_state(artifacts={"../stolen.txt": "x"}), "../stolen.txt"),
    Plant(
        "an artifact with an absolute name",
        "resume",
        saved_state(artifacts={"/tmp/stolen.txt": "x"}),
        "/tmp/stolen.txt",
    ),
    Plant("artifacts of another type", "resume", saved_state(artifacts=7, evidence=[1]), CHECKPOINTS),
    Plant("code behind names in the state", "resume", code_in_saved_names),
    Plant("control characters in the state", "resume", saved_state(reason=ESCAPE, status=ESCAPE)),
    Plant(
        "inputs without requirements",
        "resume",
        edited_json(INPUTS, lambda _: {"requirements": None}),
        "inputs of a session: requirements",
    ),
    Plant(
        "inputs with nested engines",
        "resume",
        edited_json(INPUTS, lambda inputs: {**inputs, "engines": [["sqlite"]]}),
        "inputs of a session: engines.0",
    ),
    Plant("inputs that are no object", "resume", text_file(INPUTS, "[" * 50_000), INPUTS),
    Plant(
        "control characters in the title",
        "resume",
        edited_json(INPUTS, lambda inputs: {**inputs, "requirements": {**inputs["requirements"], "title": ESCAPE}}),
    ),
    Plant("the session folder is a link", "resume", session_link, "is a link"),
    Plant("the private folder is a link", "resume", folder_link(".session"), ".session is a link"),
    Plant("the lock is a link", "resume", link_to_victim(".session/lock"), ".session/lock is a link"),
    Plant("the checkpoints are a link", "resume", link_to_victim(CHECKPOINTS), f"{CHECKPOINTS} is a link"),
    Plant(
        "the log of the checkpoints is a link",
        "resume",
        link_to_victim(f"{CHECKPOINTS}-wal"),
        f"{CHECKPOINTS}-wal is a link",
    ),
    Plant("the checkpoints have a second name", "resume", hard_link(CHECKPOINTS), CHECKPOINTS),
    Plant("the report has a second name", "resume", hard_link("report.md"), state="ended"),
    Plant("every file is a link", "resume", all_links()),
    Plant("every file is a link to a new file", "resume", all_links(dangling=True)),
    Plant("every pending file is a link", "resume", all_links(".", ".part")),
    Plant("every pending file is a link to a new file", "resume", all_links(".", ".part", dangling=True)),
    Plant("folders of the session are links", "resume", folder_link("models"), "models is a link"),
    Plant("the migrations are a link", "resume", folder_link("migrations"), "migrations is a link"),
    Plant("the picture is a link", "resume", link_to_victim("er.svg")),
    Plant("modules and settings beside the files", "resume", shadows),
    Plant("other code in the generated files", "resume", edited_code),
    Plant("modules and settings beside the files", "prove", shadows),
    Plant(
        "evidence of other types",
        "prove",
        edited_json("evidence.json", each_item(receipt=None, proof=["p"])),
        "evidence.json",
    ),
    Plant("evidence that is no list", "prove", edited_json("evidence.json", lambda _: {"proof": 1}), "evidence.json"),
    Plant("deeply nested evidence", "prove", text_file("evidence.json", "[" * 50_000), "evidence.json"),
    Plant(
        "control characters in the evidence",
        "prove",
        edited_json("evidence.json", each_item(state="refuted", receipt={"version": ESCAPE})),
    ),
    Plant(
        "a schema of other types",
        "prove",
        edited_json("schema.json", lambda _: {"tables": 7, "name": None}),
        "schema.json",
    ),
    Plant("a deeply nested schema", "prove", text_file("schema.json", "[" * 50_000), "schema.json"),
    Plant(
        "control characters in names",
        "prove",
        edited_json("schema.json", renamed_table("customers", ESCAPE)),
        "schema.json",
    ),
    Plant("a name outside the folder", "prove", edited_json("schema.json", renamed_table("customers", "../../stolen"))),
    Plant(
        "SQLite attaches and writes files",
        "prove",
        appended("schema.sqlite.sql", lambda site: f"\nATTACH '{site.marker}' AS m;\nCREATE TABLE m.t (a);\n"),
    ),
    Plant(
        "SQLite writes a copy",
        "prove",
        appended("schema.sqlite.sql", lambda site: f"\nVACUUM INTO '{site.marker}';\n"),
    ),
    Plant(
        "commands of SQLite's shell",
        "prove",
        appended(
            "schema.sqlite.sql", lambda site: f"\n.shell {site.command}\nSELECT load_extension('{site.folder}/x');\n"
        ),
    ),
    Plant(
        "PostgreSQL runs a program",
        "prove",
        statements_of("postgresql", lambda site: f"{_SERIAL}COPY t (b) FROM PROGRAM '{site.command}';\n"),
        needs="postgresql",
    ),
    Plant(
        "PostgreSQL writes a file",
        "prove",
        statements_of("postgresql", lambda site: f"{_SERIAL}COPY t TO '{site.marker}';\n"),
        needs="postgresql",
    ),
    Plant(
        "a function of PostgreSQL runs a program",
        "prove",
        statements_of(
            "postgresql",
            lambda site: f"{_SERIAL}DO $$ BEGIN EXECUTE $x$COPY t (b) FROM PROGRAM '{site.command}'$x$; END $$;\n",
        ),
        needs="postgresql",
    ),
    Plant(
        "functions for a superuser",
        "prove",
        statements_of("postgresql", _called_by_a_superuser),
        needs="postgresql",
        needs_confinement=True,
    ),
    Plant(
        "functions for a superuser",
        "review",
        text_file("dump.sql", _called_by_a_superuser),
        needs="postgresql",
        needs_confinement=True,
    ),
    Plant(
        "MariaDB writes a file",
        "prove",
        statements_of(
            "mariadb", lambda site: f"CREATE TABLE t (a int PRIMARY KEY);\nSELECT 1 INTO OUTFILE '{site.marker}';\n"
        ),
        needs="mariadb",
    ),
    Plant(
        "PostgreSQL runs a program",
        "review",
        text_file("dump.sql", lambda site: f"{_SERIAL}COPY t (b) FROM PROGRAM '{site.command}';\n"),
        needs="postgresql",
    ),
    Plant(
        "commands of psql",
        "review",
        text_file(
            "dump.sql",
            lambda site: (
                f"\\! {site.command}\n{_SERIAL}\\copy t to program '{site.command}'\n\\o {site.marker}\n"
                f"SELECT 1 \\g {site.marker}\nSELECT '{site.command}' \\gexec\n\\w {site.marker}\n"
            ),
        ),
        needs="postgresql",
    ),
    Plant(
        "a dump includes a file",
        "review",
        text_file("dump.sql", lambda site: f"{_SERIAL}\\i {site.outside}/victim.txt\n"),
        "dump.sql:2",
        needs="postgresql",
    ),
    Plant(
        "MariaDB writes a file",
        "review",
        text_file(
            "dump.sql",
            lambda site: (
                "CREATE TABLE `t` (a int AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;\n"
                f"SELECT 1 INTO OUTFILE '{site.marker}';\n\\! {site.command}\nsystem {site.command}\n"
            ),
        ),
        needs="mariadb",
    ),
    Plant(
        "a dump that attaches a file",
        "review",
        text_file("dump.sql", lambda site: f"{_AUTOINCREMENT}ATTACH '{site.marker}' AS m;\nCREATE TABLE m.t (a);\n"),
    ),
    Plant(
        "control characters in a dump",
        "review",
        text_file("dump.sql", f'CREATE TABLE "{ESCAPE}" (a INTEGER PRIMARY KEY AUTOINCREMENT, "b{ESCAPE}" float);\n'),
    ),
    Plant(
        "tags of YAML",
        "check",
        agent_file(lambda site: f"name: !!python/object/apply:os.system ['{site.command}']\ndescription: d"),
    ),
    Plant(
        "control characters in an agent",
        "check",
        agent_file(r'name: "a\e[2J"' "\ndescription: d\n" r'model: "x\e]0;owned\a"'),
    ),
    Plant(
        "names outside the folder",
        "check",
        agent_file("name: ../../stolen\ndescription: d\ncoordination: {hands_off_to: [/etc/passwd]}"),
    ),
    Plant("an agent is a link", "check", link_to_victim("agent.md")),
    Plant(
        "control characters in the settings",
        "check",
        text_file("pyproject.toml", '[tool.langgraph-dba]\n"a\\u001B[2J" = 1\nselect = ["b\\u001B[2J"]\n'),
        "pyproject.toml",
    ),
)
