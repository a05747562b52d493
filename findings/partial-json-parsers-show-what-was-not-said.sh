#!/usr/bin/env bash
# Five readers of JSON that is still being written (a tool's input as a model streams it), on every prefix of one document:
# ai 7.0.173, partial-json 0.1.7, best-effort-json-parser 1.5.1, jsonrepair 3.15.0, untruncate-json 0.0.1.
#
# Guess:  each gives a value for every prefix, and the values only grow: a key appears when it is whole, with a value of the
#         kind that it has in the end. They may differ in how early a number or a word is shown.
# Seen:   ai and partial-json do. untruncate-json throws after a backslash. best-effort-json-parser throws inside a
#         \u escape, shows half keys ("o", "no") and reads a negative number's exponent as a key ("e2"). jsonrepair
#         shows half keys too, null before a value begins, and the texts "t", "tr", "tru" before true.
# For us: a page that renders a growing tool input, or a schema that checks it, must not be fed by a repairer: a boolean that
#         is a string for a moment fails validation. The growing input of a call is read by ai's parser alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ai@7.0.173 partial-json@0.1.7 best-effort-json-parser@1.5.1 jsonrepair@3.15.0 untruncate-json@0.0.1
cat >run.mjs <<'JS'
import { parsePartialJson } from "ai"
import { parse as bestEffort } from "best-effort-json-parser"
import { jsonrepair } from "jsonrepair"
import { parse as partial } from "partial-json"
import untruncate from "untruncate-json"

const text = String.raw`{"ok": true, "n": -1.5e2, "s": "a\u00e9\nb", "none": null, "list": [1, {"deep": false}]}`
const whole = JSON.parse(text)
const readers = {
  ai: async (prefix) => {
    const { state, value } = await parsePartialJson(prefix)
    if (state === "failed-parse") throw new Error(state)
    return value
  },
  "partial-json": partial,
  "best-effort-json-parser": bestEffort,
  jsonrepair: (prefix) => JSON.parse(jsonrepair(prefix)),
  "untruncate-json": (prefix) => JSON.parse(untruncate.default(prefix)),
}
const kindOf = (value) => (value === null ? "null" : Array.isArray(value) ? "list" : typeof value)
console.error = () => {}

for (const [name, read] of Object.entries(readers)) {
  let threw = 0
  const notSaid = new Set()
  for (let end = 1; end < text.length; end++) {
    try {
      for (const [key, value] of Object.entries((await read(text.slice(0, end))) ?? {}))
        if (!(key in whole) || kindOf(value) !== kindOf(whole[key])) notSaid.add(`${key}=${kindOf(value)}`)
    } catch {
      threw++
    }
  }
  console.log(`${name}: threw at ${threw}, showed ${notSaid.size} keys or kinds that are not in it`)
}
JS
node run.mjs | tee seen
cat >expected <<'TEXT'
ai: threw at 0, showed 0 keys or kinds that are not in it
partial-json: threw at 0, showed 0 keys or kinds that are not in it
best-effort-json-parser: threw at 4, showed 18 keys or kinds that are not in it
jsonrepair: threw at 0, showed 13 keys or kinds that are not in it
untruncate-json: threw at 1, showed 0 keys or kinds that are not in it
TEXT
cmp -s seen expected || { echo "CHANGED" >&2; exit 1; }
