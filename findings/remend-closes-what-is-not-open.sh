#!/usr/bin/env bash
# remend 1.4.0 (Streamdown's completion of growing Markdown): which stars it treats as opened emphasis.
#
# Guess:  it follows CommonMark's flanking rule: stars with a space on both sides open nothing, so nothing needs closing.
# Seen:   "2 ** 3" becomes "2 ** 3**": two stars that are not in the text are shown, until its next pair removes
#         them. One star ("5 * 3") is unchanged. An open tag at the end of a text is cut off: "a <div" is "a".
# For us: a growing answer about powers flickers, and a finished one must never pass through it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund remend@1.4.0
cat >run.mjs <<'JS'
import remend from "remend"

for (const text of ["2 ** 3", "2 ** 3 ** 2", "5 * 3", "a <div"]) console.log(`${text} → ${remend(text)}|`)
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'2 ** 3 → 2 ** 3**|\n2 ** 3 ** 2 → 2 ** 3 ** 2|\n5 * 3 → 5 * 3|\na <div → a|' ] || { echo "CHANGED" >&2; exit 1; }
