#!/bin/sh
# The same job as rival.mjs with xargs and curl, for a CSV of ids and titles without quotes: a process for each row.
# argv: CSV, concurrency.
tail -n +2 "$1" | xargs -P "$2" -I '{}' sh -c '
  id=${1%%,*}
  curl -sS --fail -o /dev/null -X PATCH -H "authorization: Bearer $CONTACT_SYNC_API_KEY" \
    -H "content-type: application/json" -d "{\"title\": \"${1#*,}\"}" \
    "$CONTACT_SYNC_BASE_URL/v1/preview/contacts/$id"' sh '{}'
