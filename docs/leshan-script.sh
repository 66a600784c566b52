#!/bin/sh
# Lists, reads, writes, observes: written for the REST interface of the Leshan demo server, and run
# as it is against --compat-http.
#
#   sh docs/leshan-script.sh http://127.0.0.1:8081 ENDPOINT
set -eu
api="$1/api"
client="$api/clients/$2"
events=$(mktemp)

echo "clients";    curl -s "$api/clients"; echo
echo "read";       curl -s "$client/3/0/0"; echo
echo "discover";   curl -s "$client/3/discover"; echo
echo "write";      curl -s -X PUT -H 'Content-Type: application/json' \
  -d '{"id":1,"kind":"singleResource","type":"integer","value":"120"}' "$client/1/0/1"; echo
echo "attributes"; curl -s -X PUT "$client/3303/0/5700/attributes?pmin=1&pmax=30"; echo
echo "composite";  curl -s \
  "$client/composite?paths=/3/0/0,/1/0/1&pathformat=SENML_JSON&nodeformat=SENML_JSON"; echo

curl -s -N -H 'Accept: text/event-stream' "$api/event?ep=$2" > "$events" &
stream=$!
echo "observe";    curl -s -X POST "$client/3303/0/5701/observe"; echo
echo "event"
tries=0
until grep -m 1 '"res":"/3303/0/5701"' "$events"; do
  tries=$((tries + 1)); [ "$tries" -lt 60 ] || exit 1
  sleep 1
done
echo "cancel";     curl -s -X DELETE "$client/3303/0/5701/observe?active"; echo
kill "$stream"
rm "$events"
