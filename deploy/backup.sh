#!/usr/bin/env bash
# Back up database and sealed pictures while gateways run: deploy/backup.sh FOLDER
# Reads the CLINICPRO_ variables of the installation. The key that opens all of it is not in the backup: keep it elsewhere.
set -euo pipefail
umask 077
[ $# = 1 ] || { printf 'backup: name the folder to make.\n' >&2; exit 2; }
to=$1
[ ! -e "$to" ] || { printf 'backup: %s exists already.\n' "$to" >&2; exit 1; }
: "${CLINICPRO_DATA_DIR:?backup: set CLINICPRO_DATA_DIR}"
python=${PYTHON:-/opt/clinicpro/.venv/bin/python}
database=${CLINICPRO_DATABASE_URL:-sqlite:///$CLINICPRO_DATA_DIR/clinicpro.db}
pictures=${CLINICPRO_STORAGE_URL:-$CLINICPRO_DATA_DIR/pictures}
mkdir -p "$to"
case $database in
  sqlite*)
    "$python" - "${database#sqlite*:///}" "$to/clinicpro.db" <<'PYTHON'
import sqlite3, sys
with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as source, sqlite3.connect(sys.argv[2]) as copy:
    source.backup(copy)
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",), "the copy is damaged"
PYTHON
    ;;
  *) pg_dump --format=custom --file="$to/clinicpro.dump" --dbname="postgresql${database#postgresql+psycopg}" ;;
esac
case $pictures in
  s3://*) printf 'backup: pictures are in object storage; its own copies are their backup.\n' >&2 ;;
  # A picture that is filed while this runs is gone from the folder: tar's complaint about that is no failure.
  *) tar --create --file="$to/pictures.tar" --directory="$pictures" --ignore-failed-read . || [ $? = 1 ] ;;
esac
(cd "$to" && sha256sum -- * > SHA256SUMS)
printf 'Backed up to %s\n' "$to"
