"""Read a SQL file as text, and say what is wrong with a file that is none."""

import errno
import gzip
import io
import re
import zlib
from pathlib import Path

from langgraph_dba.errors import InputError
from langgraph_dba.input_file import read_bytes

LARGEST_BYTES = 200_000_000
_BINARY = {
    b"PGDMP": "this is a dump in pg_dump's custom format: use `pg_restore -f dump.sql {name}` and give dump.sql",
    b"toc.dat\0": "this is a dump in pg_dump's tar format: use `pg_restore -f dump.sql {name}` and give dump.sql",
    b"SQLite format 3\0": "this is a SQLite database, not SQL text: give it as a URL, sqlite:///{path}",
    b"PK\x03\x04": "this is a zip archive: unpack it and give the SQL file",
    b"BZh": "this is compressed with bzip2: unpack it with `bunzip2` and give the SQL file",
    b"\xfd7zXZ\0": "this is compressed with xz: unpack it with `unxz` and give the SQL file",
    b"\x28\xb5\x2f\xfd": "this is compressed with zstd: unpack it with `unzstd` and give the SQL file",
}
_GZIP = b"\x1f\x8b"
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_DECLARED = re.compile(rb"(?i)\bSET\s+(?:client_encoding\s*(?:=|TO)\s*|NAMES\s+)'?([\w-]+)")
_CODECS = {
    "latin1": "latin-1", "iso88591": "latin-1", "latin9": "iso8859-15", "latin2": "iso8859-2", "win1252": "cp1252",
    "win1251": "cp1251", "win1250": "cp1250", "cp1251": "cp1251", "koi8r": "koi8-r", "sjis": "shift_jis",
    "eucjp": "euc_jp", "gbk": "gbk", "big5": "big5",
}  # fmt: skip
# MySQL's latin1 is Windows' code page
_MYSQL_LATIN1 = "cp1252"


def read_text(path: Path) -> str:
    """Return the text of a SQL file, which may be compressed with gzip; InputError with the fix if it is none."""
    content = _unpacked(path, _content(path))
    for magic, message in _BINARY.items():
        if content.startswith(magic):
            raise InputError(f"{path}:1: {message.format(name=path.name, path=path)}")
    text = _decoded(path, content)
    if not text.strip("\ufeff \t\r\n"):
        raise InputError(f"{path}:1: the file is empty: give a file with SQL statements")
    return text


def _content(path: Path) -> bytes:
    try:
        return read_bytes(path, LARGEST_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise InputError(_too_large(path, "has")) from None
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise InputError(f"{path}:1: {reason}: give the path of a SQL file or a folder of migrations") from None


def _unpacked(path: Path, content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as file:
            unpacked = file.read(LARGEST_BYTES + 1)  # a small file may hold any number of bytes
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}:1: the gzip data is damaged ({error}): copy the file again") from None
    if len(unpacked) > LARGEST_BYTES:
        raise InputError(_too_large(path, "unpacks to"))
    return unpacked


def _too_large(path: Path, verb: str) -> str:
    limit = f"{LARGEST_BYTES // 1_000_000} MB"
    return f"{path}:1: the file {verb} more than {limit}: dump the schema only (pg_dump -s, mariadb-dump --no-data)"


def _decoded(path: Path, content: bytes) -> str:
    codec = next((name for bom, name in _BOMS.items() if content.startswith(bom)), "")
    if not codec and b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise InputError(f"{path}:{line}: this is a binary file, not SQL text: give a dump in plain format")
    try:
        return content.decode(codec or "utf-8")
    except UnicodeDecodeError as error:
        return _decoded_as_declared(path, content, error)


def _decoded_as_declared(path: Path, content: bytes, error: UnicodeDecodeError) -> str:
    declared = [found[1].decode("ascii").lower().replace("-", "") for found in _DECLARED.finditer(content)]
    codec = next((_CODECS[name] for name in declared if name in _CODECS), "")
    if codec == "latin-1" and re.search(rb"(?i)\bSET\s+NAMES", content):
        codec = _MYSQL_LATIN1
    line = content[: error.start].count(b"\n") + 1
    problem = f"{path}:{line}: byte {content[error.start]:#04x} is not valid UTF-8"
    if not codec:
        raise InputError(f"{problem}: convert the file, for example with `iconv -f latin1 -t utf-8`") from None
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        raise InputError(f"{problem} and not valid {codec}, which the file declares: convert it with `iconv`") from None
