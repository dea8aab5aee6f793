#!/usr/bin/env bash
# Back up the database and the encrypted images while gateways run: deploy/backup.sh [--without-images] FOLDER
# Unfiled photos must not be kept for longer than 24 hours: delete a backup with images after a day, or leave them out.
# Reads the installation's CLINICPRO_ variables. The secret key is not in the backup: keep it somewhere else.
set -euo pipefail
umask 077
with_images=1
if [ "${1:-}" = --without-images ]; then with_images=0; shift; fi
[ $# = 1 ] || { printf 'backup: name the folder to create.\n' >&2; exit 2; }
to=$1
[ ! -e "$to" ] || { printf 'backup: %s already exists.\n' "$to" >&2; exit 1; }
: "${CLINICPRO_DATA_DIR:?backup: set CLINICPRO_DATA_DIR}"
python=${PYTHON:-/opt/clinicpro/venv/bin/python}
database=${CLINICPRO_DATABASE_URL:-sqlite:///$CLINICPRO_DATA_DIR/clinicpro.db}
images=${CLINICPRO_STORAGE_URL:-$CLINICPRO_DATA_DIR/pictures}
mkdir -p "$to"
# Passwords must not be in `ps`: PostgreSQL's programs get them by environment.
connection() {
  CLINICPRO_DATABASE_URL=$database "$python" -c '
import os
from urllib.parse import unquote, urlsplit
parts = urlsplit("postgresql" + os.environ["CLINICPRO_DATABASE_URL"].removeprefix("postgresql").removeprefix("+psycopg"))
user = parts.username or ""
host = parts.netloc.rpartition("@")[2]
query = f"?{parts.query}" if parts.query else ""
print("postgresql://" + (f"{user}@{host}" if user else host) + parts.path + query)
print(unquote(parts.password or ""))'
}
case $database in
  sqlite*)
    "$python" - "${database#sqlite*:///}" "$to/clinicpro.db" <<'PYTHON'
import sqlite3, sys
with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as source, sqlite3.connect(sys.argv[2]) as copy:
    source.backup(copy)
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the copy is damaged"
PYTHON
    ;;
  *)
    { read -r url; read -r password; } < <(connection)
    PGPASSWORD=${password:-${PGPASSWORD:-}} pg_dump --format=custom --file="$to/clinicpro.dump" --dbname="$url"
    ;;
esac
[ $with_images = 1 ] || images=left-out
case $images in
  left-out) ;;
  s3://*) printf 'backup: images are in object storage and are not in this backup; use the versions or replicas of the store.\n' >&2 ;;
  # An image that is filed during the backup disappears from the folder; tar's warning about it is not a failure.
  *) tar --create --file="$to/pictures.tar" --directory="$images" --ignore-failed-read . || [ $? = 1 ] ;;
esac
(cd "$to" && sha256sum -- * > SHA256SUMS)
printf 'Backed up to %s\n' "$to"
