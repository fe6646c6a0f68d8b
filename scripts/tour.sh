#!/usr/bin/env bash
# The main job on real data (the package vega-datasets): each command as it is typed, and what it says. Stops where one fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
data=$PWD/node_modules/vega-datasets/data
leat=$PWD/bin/run.js
leat() { node "$leat" "$@"; }
export LEAT_DIR=$here/data NO_COLOR=1

say() { printf '\n# %s\n' "$*"; }
run() { printf '$ %s\n' "$1"; eval "$1"; }

say 'Flights, one JSON object a line, keyed by their origin, into three partitions'
node -e 'for (const flight of JSON.parse(require("node:fs").readFileSync(process.argv[1]))) console.log(JSON.stringify(flight))' "$data/flights-20k.json" >"$here/flights.jsonl"
run "leat produce flights --key-field .origin --create-partitions 3 -v '$here/flights.jsonl'"

say 'The first three, as they went in'
run 'leat consume flights -n 3'

say 'With all that belongs to a record'
run 'leat consume flights -n 2 --json'

say 'The last record of each partition'
run 'leat consume flights -o -1 --json'

say 'Nothing is lost on the way: the same lines come out that went in'
run "leat consume flights | sort | cmp - <(sort '$here/flights.jsonl') && echo the same"

say 'A reader that follows sees what another process writes'
run "leat consume flights -o end -f -n 1 & reader=\$!; sleep 0.5; echo '{\"origin\":\"SFO\"}' | leat produce flights --key-field .origin; wait \$reader"

say 'What is on the disk is a Kafka log'
run "ls '$here/data' '$here/data/flights-0'"
