#!/usr/bin/env bash
# The main jobs on real data (the package vega-datasets): each command as it is typed, and what it says. Stops where one does not do
# what it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
here=$(mktemp -d)
members=()
trap 'kill ${members[@]+"${members[@]}"} 2>/dev/null || true; rm -rf "$here"' EXIT
mkdir "$here/bin"
printf '#!/bin/sh\nexec node "%s/bin/run.js" "$@"\n' "$root" >"$here/bin/leat"
chmod +x "$here/bin/leat"
export PATH=$here/bin:$PATH
unset LEAT_DIR LEAT_BOOTSTRAP_SERVERS
cp "$root"/node_modules/vega-datasets/data/{flights-20k.json,earthquakes.json,stocks.csv} "$here"
cd "$here"

say() { printf '\n# %s\n' "$*"; }

stop() {
  printf '\nthe tour stops here: %s\n' "$1" >&2
  exit 1
}

# Runs a command line; the second argument is the exit code that it should have.
run() {
  printf '$ %s\n' "$1"
  local code=0
  bash -o pipefail -c "$1" || code=$?
  if ((code != ${2:-0})); then stop "exit code $code where ${2:-0} was expected"; fi
  if ((code != 0)); then printf '(exit code %d)\n' "$code"; fi
}

# Starts a member of a group that goes on until it is killed.
start() {
  printf '$ %s &\n' "$1"
  bash -c "exec $1" &
  members+=($!)
}

# Waits for what comes about in other processes.
until_true() {
  local tries
  for tries in {1..100}; do
    if bash -o pipefail -c "$1" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  stop "this did not become true: $1"
}

say 'Twenty thousand flights, one JSON object a line'
run $'node -p \'JSON.parse(fs.readFileSync("flights-20k.json")).map((flight) => JSON.stringify(flight)).join("\\n")\' > flights.jsonl'

say 'Into a topic, keyed by their origin. Exit code 0 means that they survive a power loss'
run 'leat produce flights --key-field .origin --create-partitions 3 flights.jsonl'
run 'leat topic describe flights'

say 'And out again: values, all that belongs to a record, or only some of them. Nothing is lost on the way'
run 'leat consume flights -n 2'
run 'leat consume flights -n 1 --json'
run $'leat consume flights --where \'.delay > 400\' --format \'%p/%o %k %s\\n\''
run 'leat consume flights | sort > out; sort flights.jsonl | cmp - out && wc -l < out'

say 'A group remembers how far it is, and lag says what it has not read'
run 'leat consume flights -g board -n 5000 > /dev/null'
run 'leat lag board --columns TOPIC,PARTITION,CURRENT-OFFSET,LOG-END-OFFSET,LAG,LOSS-IN,STATUS'

say 'Two members share the partitions, and nobody had to start a server'
start 'leat consume flights -g board -f > one'
start 'leat consume flights -g board -f > two'
until_true '(( $(leat group members board --no-headers | grep -c flights) == 2 )) && leat lag board --max 0'
run 'leat group members board --columns CONSUMER-ID,CLIENT-ID,CURRENT-ASSIGNMENT'

say 'kill -9 for the second one: within half a second the first one has its partitions, and reads what comes'
printf '$ kill -9 %%2\n'
kill -9 "${members[1]}"
wait "${members[1]}" 2>/dev/null || true
run 'head -n 3000 flights.jsonl | leat produce flights --key-field .origin'
until_true '(( $(leat group members board --no-headers | grep -c flights) == 1 )) && leat lag board --max 0'
run 'leat lag board --columns TOPIC,PARTITION,CURRENT-OFFSET,LOG-END-OFFSET,LAG,LOSS-IN,STATUS'
run 'cat one two | wc -l'
printf '$ kill %%1\n'
kill "${members[0]}"
wait "${members[0]}" || true

say 'Late flights by destination: read, written and committed as one transaction, so each once, however often this is run'
run $'leat pipe flights late --where \'.delay > 180\' --key-field .destination -v'
run $'leat pipe flights late --where \'.delay > 180\' --key-field .destination -v'
run 'leat consume late --isolation-level read_committed | wc -l'

say 'Ten years of share prices by name: a compacted topic is a table, of which the last price counts'
run 'leat topic create stocks --config cleanup.policy=compact'
run 'leat produce stocks --csv --key-field .symbol stocks.csv'
run 'leat compact stocks --roll'
run 'leat table stocks'

say 'Earthquakes, at the time when they happened'
run $'node -p \'JSON.parse(fs.readFileSync("earthquakes.json")).features.toReversed().map((quake) => JSON.stringify(quake.properties)).join("\\n")\' > quakes.jsonl'
run 'leat topic create quakes --config retention.ms=365d'
run 'leat produce quakes --timestamp-field .time --batch-bytes 16KiB --no-sync quakes.jsonl'
run $'leat consume quakes -o @2018-02-05T12:00:00Z -n 3 --format \'%T %o\\n\''

say 'A torn write, as a power loss leaves it: readers stop before it, and the next writer cuts it off. Here that is retention, which lets go what is older than a year'
run 'truncate -s -10 .leat/quakes-0/00000000000000000000.log'
run 'leat consume quakes | wc -l'
run 'leat retention quakes'

say 'Damage in what was on the disk: it is named, all else is read, and a repair keeps the damaged bytes aside'
run $'printf \\\\377 | dd of=.leat/flights-1/00000000000000000000.log bs=1 seek=400000 conv=notrunc status=none'
run 'leat log verify flights' 5
run 'leat consume flights -p 1 | wc -l' 3
run 'leat log repair flights --yes > /dev/null'
run 'leat log verify'

say 'What is on the disk is a Kafka log, which Kafka itself can read and take over'
run 'ls .leat/flights-0'

say 'A command for every late flight. It fails for some of them: tried twice, then set aside with the reason, and the others go on'
run $'leat consume late -g gates --exec \'if grep -q ORD; then echo "no gate at ORD" >&2; exit 1; fi\' --retries 1 --backoff 10ms..50ms --dlq 2> log' 3
run 'tail -n 1 log'

say 'What failed, why, and where it came from; and once the gate is there, back to where it came from'
run 'leat dlq triage late.dlq --columns COUNT,SOURCE,ERROR-TYPE,SHAPE'
run 'leat dlq replay late.dlq'
run $'leat consume late -g gates --exec \'cat > /dev/null\''
run 'leat lag gates --max 0 --columns TOPIC,PARTITION,LAG,STATUS'
