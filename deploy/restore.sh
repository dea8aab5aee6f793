#!/usr/bin/env bash
# Restore a backup into an empty installation, with every gateway stopped: deploy/restore.sh FOLDER
# Jobs that were waiting or had failed may have been filed after the backup, so the gateway checks ALEX before it sends them.
set -euo pipefail
umask 077
[ $# = 1 ] || { printf 'restore: name the folder that backup.sh created.\n' >&2; exit 2; }
from=$(cd "$1" && pwd)
: "${CLINICPRO_DATA_DIR:?restore: set CLINICPRO_DATA_DIR}"
python=${PYTHON:-/opt/clinicpro/venv/bin/python}
database=${CLINICPRO_DATABASE_URL:-sqlite:///$CLINICPRO_DATA_DIR/clinicpro.db}
images=${CLINICPRO_STORAGE_URL:-$CLINICPRO_DATA_DIR/pictures}
(cd "$from" && sha256sum --check --quiet SHA256SUMS)
reconcile="UPDATE jobs SET may_have_landed = true, sent_at = COALESCE(sent_at, queued_at), lease_owner = NULL, lease_until = NULL
  WHERE state IN ('queued', 'sending', 'failed')"
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
    [ ! -e "$file" ] || { printf 'restore: %s already exists; move it first.\n' "$file" >&2; exit 1; }
    mkdir -p "$(dirname "$file")"
    cp "$from/clinicpro.db" "$file"
    "$python" -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()' "$file" "$reconcile"
    ;;
  *)
    { read -r url; read -r password; } < <(connection)
    export PGPASSWORD=${password:-${PGPASSWORD:-}}
    pg_restore --no-owner --single-transaction --exit-on-error --dbname="$url" "$from/clinicpro.dump"
    psql --quiet --set=ON_ERROR_STOP=1 --dbname="$url" --command="$reconcile"
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
printf 'Restored. Start the gateways with the CLINICPRO_SECRET_KEY that was in use at the time of the backup.\n'
