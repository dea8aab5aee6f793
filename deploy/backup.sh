#!/usr/bin/env bash
# Back up the database while gateways run, and with --with-images the encrypted images: deploy/backup.sh [--with-images] FOLDER
# Unfiled photos must not be kept for longer than 24 hours: delete a backup with images after a day.
# Reads the installation's CLINICPRO_ variables. The secret key is not in the backup: keep it somewhere else.
set -euo pipefail
umask 077
with_images=0
case ${1:-} in
  --with-images) with_images=1; shift ;;
  --without-images) shift ;; # the default
esac
[ $# = 1 ] || { printf 'backup: name the folder to create.\n' >&2; exit 2; }
to=$1
[ ! -e "$to" ] || { printf 'backup: %s already exists.\n' "$to" >&2; exit 1; }
: "${CLINICPRO_DATA_DIR:?backup: set CLINICPRO_DATA_DIR}"
python=${PYTHON:-/opt/clinicpro/venv/bin/python}
database=${CLINICPRO_DATABASE_URL:-sqlite:///$CLINICPRO_DATA_DIR/clinicpro.db}
images=${CLINICPRO_STORAGE_URL:-$CLINICPRO_DATA_DIR/pictures}
# What is unfinished has another name, so that nobody restores it and it never counts as one of those to keep.
made=$to
to=$(dirname "$made")/.unfinished-$(basename "$made")
rm -rf -- "$to"
trap 'rm -rf -- "$to"' EXIT
mkdir -p "$to"
date --utc +%FT%TZ > "$to/backup.time"
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
    # The copy says that it is one: a gateway that is started on it looks in ALEX before it files anything.
    "$python" - "${database#sqlite*:///}" "$to/clinicpro.db" <<'PYTHON'
import sqlite3, sys, time
from contextlib import closing, suppress
with closing(sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)) as source, closing(sqlite3.connect(sys.argv[2])) as copy:
    source.backup(copy)
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the copy is damaged"
    with suppress(sqlite3.OperationalError), copy:  # a version before there were marks
        copy.execute("UPDATE installation SET identity = 'restored', backup_at = ?, estimated = 0", (time.time(),))
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
mv --no-target-directory -- "$to" "$made"
printf 'Backed up to %s\n' "$made"
