#!/usr/bin/env bash
# Make a backup in FOLDER, named by its time, and keep the newest 14: deploy/backup-rotate.sh FOLDER
set -euo pipefail
umask 077
[ $# = 1 ] || { printf 'backup: name the folder that holds the backups.\n' >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
to=$1/$(date +%Y-%m-%dT%H%M%S)
while [ -e "$to" ]; do sleep 1; to=$1/$(date +%Y-%m-%dT%H%M%S); done
# What an interrupted one has left.
find "$1" -mindepth 1 -maxdepth 1 -type d -name '.unfinished-20*' -exec rm -r -- {} +
"$here/backup.sh" --without-images "$to"
# Only folders that a backup made, by their name; a copy that somebody put there stays.
find "$1" -mindepth 1 -maxdepth 1 -type d -name '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9]*' | sort -r | tail -n +15 |
  while IFS= read -r old; do rm -r -- "$old"; done
