#!/usr/bin/env bash
# Restore a backup into an empty installation, with every gateway stopped: deploy/restore.sh FOLDER
# Whatever was unfinished then may have been filed since, so the gateway looks in ALEX before it offers or sends it.
set -euo pipefail
umask 077
[ $# = 1 ] || { printf 'restore: name the folder that backup.sh created.\n' >&2; exit 2; }
from=$(cd "$1" && pwd)
: "${CLINICPRO_DATA_DIR:?restore: set CLINICPRO_DATA_DIR}"
python=${PYTHON:-/opt/clinicpro/venv/bin/python}
database=${CLINICPRO_DATABASE_URL:-sqlite:///$CLINICPRO_DATA_DIR/clinicpro.db}
images=${CLINICPRO_STORAGE_URL:-$CLINICPRO_DATA_DIR/pictures}
(cd "$from" && sha256sum --check --quiet SHA256SUMS)
if [ -f "$from/backup.time" ]; then taken=$(cat "$from/backup.time"); else taken=$(date --utc --reference="$from/SHA256SUMS" +%FT%TZ); fi
in_use() { printf 'restore: a gateway uses %s; stop every gateway first.\n' "$1" >&2; exit 1; }
# Passwords must not be in `ps`: PostgreSQL's programs get them by environment.
connection() {
  CLINICPRO_DATABASE_URL=$database "$python" -c '
import os
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit
parts = urlsplit("postgresql" + os.environ["CLINICPRO_DATABASE_URL"].removeprefix("postgresql").removeprefix("+psycopg"))
user = parts.username or ""
host = parts.netloc.rpartition("@")[2]
asked = dict(parse_qsl(parts.query))
password = unquote(parts.password or "") or asked.pop("password", "")
query = f"?{urlencode(asked)}" if asked else ""
print("postgresql://" + (f"{user}@{host}" if user else host) + parts.path + query)
print(password)'
}
case $database in
  sqlite*)
    file=${database#sqlite*:///}
    mkdir -p "$(dirname "$file")"
    # Each gateway shares this lock for as long as it runs, and none starts while it is held here.
    exec 9> "$(dirname "$file")/gateway.lock"
    flock --exclusive --nonblock 9 || in_use "$(dirname "$file")"
    for there in "$file" "$file-wal" "$file-shm"; do
      [ ! -e "$there" ] || { printf 'restore: %s already exists; move it first.\n' "$there" >&2; exit 1; }
    done
    cp "$from/clinicpro.db" "$file"
    ;;
  *)
    { read -r url; read -r password; } < <(connection)
    export PGPASSWORD=${password:-${PGPASSWORD:-}}
    # As the lock above, held by a connection that stays open; the number is that of db/advisory_locks.py.
    psql --quiet --no-align --tuples-only --dbname="$url" --command='SELECT 1' > /dev/null
    coproc LOCK { psql --quiet --no-align --tuples-only --dbname="$url"; }
    locking=$LOCK_PID
    eval "exec 7<&${LOCK[0]} 8>&${LOCK[1]} ${LOCK[0]}<&- ${LOCK[1]}>&-"
    printf 'SELECT pg_try_advisory_lock(7262110402);\n' >&8
    read -r free <&7
    [ "$free" = t ] || in_use 'this database'
    pg_restore --no-owner --single-transaction --exit-on-error --dbname="$url" "$from/clinicpro.dump"
    ;;
esac
case $images in
  s3://*) ;;
  *) [ -f "$from/pictures.tar" ] || images=left-out ;;
esac
case $images in
  s3://* | left-out) ;;
  *) mkdir -p -m 0700 "$images" && tar --extract --file="$from/pictures.tar" --directory="$images" ;;
esac
# The gateway would take the earlier state for tampering.
rm -f "$CLINICPRO_DATA_DIR/audit.memory"
exec 7<&- 8>&- 9>&-
[ -z "${locking:-}" ] || wait "$locking"
"$python" -m clinicpro_images mark-restored --backup-at "$taken" > /dev/null
printf 'Restored. Start the gateways with the CLINICPRO_SECRET_KEY that was in use at the time of the backup.\n'
