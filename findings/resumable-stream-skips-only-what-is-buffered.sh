#!/usr/bin/env bash
# resumable-stream 2.2.13: what `skipCharacters` skips ("Number of characters to skip", "to resume from a specific point").
#
# Guess:  that many characters from the start of the stream, for each reader, so that one who has 4 of them never sees those
#         again. (Written before the first run. The in-memory store below is the package's own documented seam.)
# Seen:   only for a reader that joins a running stream, and only as far as its producer has come. A reader of
#         `resumableStream` whose request has to begin the stream (its keys expired, its Redis was emptied) is sent all of
#         it, as if it had asked from 0. One that asks from 13 of a producer that has 10 so far is sent 10 to 12 again.
# For us: a length is no position after a producer's restart: nothing says that the reader must start over. Our event ids
#         name their producer's epoch, and a reader that cannot continue is told `x-resume: reset`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund resumable-stream@2.2.13
cat >run.mjs <<'JS'
import { EventEmitter } from "node:events"
import { createResumableStreamContext } from "resumable-stream/generic"

const values = new Map()
const channels = new EventEmitter()
const publisher = {
  connect: async () => {},
  get: async (key) => values.get(key) ?? null,
  set: async (key, value) => values.set(key, value),
  incr: async (key) => values.set(key, Number(values.get(key) ?? 0) + 1).get(key),
  publish: async (channel, message) => channels.emit(channel, message),
}
const subscriber = {
  connect: async () => {},
  subscribe: async (channel, onMessage) => channels.on(channel, onMessage),
  unsubscribe: async (channel) => channels.removeAllListeners(channel),
}
const context = createResumableStreamContext({ waitUntil: null, publisher, subscriber })
const { readable, writable } = new TransformStream(undefined, undefined, { highWaterMark: 9 })
const writer = writable.getWriter()
const textOf = async (stream) => (await Array.fromAsync(stream)).join("")

const first = textOf(await context.resumableStream("words", () => readable, 4))
await writer.write("0123456789")
const joins = textOf(await context.resumableStream("words", () => readable, 4))
const isAhead = textOf(await context.resumableStream("words", () => readable, 13))
await writer.write("ABCDEF")
await writer.close()
console.log(`begins, from 4: ${await first}`)
console.log(`joins, from 4: ${await joins}`)
console.log(`is ahead, from 13: ${await isAhead}`)
process.exit()
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'begins, from 4: 0123456789ABCDEF\njoins, from 4: 456789ABCDEF\nis ahead, from 13: ABCDEF' ] || { echo "CHANGED" >&2; exit 1; }
