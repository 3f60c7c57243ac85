"""A process that removes the private folders of this one when this one is killed, and ends what runs in them.

It costs one shell for each parent folder. The exit handler removes the folders in every other case.
"""

import subprocess
from pathlib import Path

# Waits until this process's end of the pipe closes, which SIGKILL does too; arguments: parent, owner, prefixes.
# The signals are those of `private_folder.end_processes`. `ls` and not `readlink`: one process for all.
_SCRIPT = """
cat >/dev/null 2>&1
parent=$1 owner=$2
shift 2
send() {
    ls -l /proc/[0-9]*/cwd 2>/dev/null | while IFS= read -r line; do
        case $line in *" -> $2" | *" -> $2/"* | *" -> $2 (deleted)")
            pid=${line#*/proc/}
            pid=${pid%%/*}
            read -r _ name _ _ _ leader _ <"/proc/$pid/stat" || continue
            number=$1
            case $number$name in QUIT*) [ "$leader" = "$pid" ] || continue ;; esac
            case $number$name in "QUIT(initdb)") number=KILL ;; esac
            kill "-$number" "$pid" 2>/dev/null && echo "$pid" ;;
        esac
    done
}
end() {
    n=0
    send QUIT "$1" >/dev/null
    while [ "$n" -lt 30 ] && [ "$(send 0 "$1")" ]; do n=$((n+1)); sleep 0.05; done
    send KILL "$1" >/dev/null
    rm -rf "$1" 2>/dev/null || { sleep 0.1; rm -rf "$1"; }
}
for prefix in "$@"; do
    for folder in "$parent/$prefix"*; do
        [ "$(cat "$folder/owner" 2>/dev/null)" = "$owner" ] && end "$folder" &
    done
done
for folder in "$parent/.dba-$owner-"*; do
    [ -d "$folder" ] && end "$folder" &
done
wait
"""


def watch_folders(parent: Path, owner: str, prefixes: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Start the guard of the private folders in `parent` that `owner` has, is making or is removing."""
    return subprocess.Popen(
        ["/bin/sh", "-c", _SCRIPT, "guard", str(parent), owner, *prefixes],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
