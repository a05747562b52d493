#!/usr/bin/env bash
# @microsoft/fetch-event-source 2.0.1 beside eventsource-parser 4.1.3: an event with a name or an id, but no data.
#
# Guess:  both drop it, as the standard says ("if the data buffer is an empty string, … return"): it only moves the
#         position. And both give every later event the last received id.
# Seen:   fetch-event-source calls onmessage with empty data, so a client that parses each message as JSON breaks at a
#         server's `id:`-only line; eventsource-parser drops it. Neither passes an id on to later events.
# For us: a server for all clients must not send positions alone; each event has to carry its own id.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @microsoft/fetch-event-source@2.0.1 eventsource-parser@4.1.3
cat >run.mjs <<'JS'
import { getLines, getMessages } from "@microsoft/fetch-event-source/lib/cjs/parse.js"
import { createParser } from "eventsource-parser"

const stream = "id: 7\n\nevent: ping\n\nid: 8\ndata: one\n\ndata: two\n\n"
const one = []
getLines(getMessages(() => {}, () => {}, ({ id, data }) => one.push(`${id}:${data}`)))(new TextEncoder().encode(stream))
const other = []
createParser({ onEvent: ({ id, data }) => other.push(`${id ?? ""}:${data}`) }).feed(stream)
console.log(`fetch-event-source ${JSON.stringify(one)}`)
console.log(`eventsource-parser ${JSON.stringify(other)}`)
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'fetch-event-source ["7:",":","8:one",":two"]\neventsource-parser ["8:one",":two"]' ] || { echo "CHANGED" >&2; exit 1; }
