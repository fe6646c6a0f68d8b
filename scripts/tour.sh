#!/usr/bin/env bash
# The main job on real data (the package vega-datasets): each command as it is typed, and what it says. Stops where one does not do
# what it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/bin"
printf '#!/bin/sh\nexec node "%s/bin/run.js" "$@"\n' "$root" >"$here/bin/leat"
chmod +x "$here/bin/leat"
export PATH=$here/bin:$PATH
unset LEAT_DIR LEAT_BOOTSTRAP_SERVERS
cp "$root"/node_modules/vega-datasets/data/{flights-20k,earthquakes}.json "$here"
cd "$here"

say() { printf '\n# %s\n' "$*"; }

# Runs a command line; the second argument is the exit code that it should have.
run() {
  printf '$ %s\n' "$1"
  local code=0
  bash -o pipefail -c "$1" || code=$?
  if ((code != ${2:-0})); then
    printf '\nthe tour stops here: exit code %d where %d was expected\n' "$code" "${2:-0}" >&2
    exit 1
  fi
  if ((code != 0)); then printf '(exit code %d)\n' "$code"; fi
}

say 'Twenty thousand flights, one JSON object a line'
run $'node -p \'JSON.parse(fs.readFileSync("flights-20k.json")).map((flight) => JSON.stringify(flight)).join("\\n")\' > flights.jsonl'
run 'head -n 1 flights.jsonl'

say 'Into a topic, keyed by their origin. Exit code 0 means that they survive a power loss'
run 'leat produce flights --key-field .origin --create-partitions 3 flights.jsonl'
run 'leat topic describe flights'

say 'And out again: values, or all that belongs to a record'
run 'leat consume flights -n 2'
run 'leat consume flights -n 1 --json'
run 'leat consume flights -o -1 --json'

say 'Nothing is lost on the way'
run 'leat consume flights | sort > out; sort flights.jsonl | cmp - out && wc -l < out'

say 'Only some of them'
run $'leat consume flights --where \'.delay > 400\' --format \'%o %k %s\\n\''

say 'A reader that follows sees at once what another process writes'
run $'leat consume flights -o end -f -n 1 --timeout 10s & sleep 1; echo \'{"origin":"SFO","destination":"JFK","delay":0}\' | leat produce flights --key-field .origin; wait $!'

say 'Earthquakes, at the time when they happened'
run $'node -p \'JSON.parse(fs.readFileSync("earthquakes.json")).features.toReversed().map((quake) => JSON.stringify(quake.properties)).join("\\n")\' > quakes.jsonl'
run 'leat topic create quakes --config retention.ms=365d'
run 'leat produce quakes --timestamp-field .time --batch-bytes 16KiB quakes.jsonl'
run $'leat consume quakes -o @2018-02-05T12:00:00Z -n 3 --format \'%T %o\\n\''

say 'They are older than a year, so retention lets them go, whole segments at a time'
run 'leat retention quakes --dry-run'
run 'leat retention quakes'
run 'leat topic describe quakes'

say 'A torn write, as a crash leaves it: readers stop before it, and the next writer cuts it off and says so'
run 'truncate -s -10 .leat/flights-0/00000000000000000000.log'
run 'leat consume flights -p 0 | wc -l'
run 'head -n 100 flights.jsonl | leat produce flights --key-field .origin'

say 'Damage inside the log: it is named, everything else is read, and a repair keeps the damaged bytes aside'
run $'printf X | dd of=.leat/flights-1/00000000000000000000.log bs=1 seek=400000 conv=notrunc status=none'
run 'leat log verify flights' 5
run 'leat consume flights -p 1 | wc -l' 3
run 'leat log repair flights --yes'
run 'leat log verify'

say 'Batches and records as they lie in the file'
run 'leat log dump flights | head -n 4'

say 'What is on the disk is a Kafka log, which Kafka itself can read and take over'
run 'ls .leat .leat/flights-0'
