#!/usr/bin/env bash
# gpt-tokenizer 4.0.0 beside js-tiktoken 1.0.21, both o200k: counting a text that contains a model's special token.
#
# Guess:  counting never fails: the token is counted as its letters, and both agree, since the vocabulary is the same.
# Seen:   both throw at <|endoftext|>. At <|im_start|>, the token of many chat templates, gpt-tokenizer throws and
#         js-tiktoken counts six: it knows no chat tokens. With disallowedSpecial emptied the two agree again.
# For us: a prompt budget made of either fails for a user who pastes a chat template, unless that is set.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund gpt-tokenizer@4.0.0 js-tiktoken@1.0.21
cat >run.mjs <<'JS'
import { encode } from "gpt-tokenizer/encoding/o200k_base"
import { getEncoding } from "js-tiktoken"

const tiktoken = getEncoding("o200k_base")
const counted = (count) => {
  try {
    return count().length
  } catch {
    return "throws"
  }
}
for (const text of ["<|endoftext|>", "<|im_start|>"]) {
  const strict = [counted(() => encode(text)), counted(() => tiktoken.encode(text))]
  const lenient = [
    counted(() => encode(text, { disallowedSpecial: new Set() })),
    counted(() => tiktoken.encode(text, [], [])),
  ]
  console.log(`${text} ${strict.join(" ")} | ${lenient.join(" ")}`)
}
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'<|endoftext|> throws throws | 7 7\n<|im_start|> throws 6 | 6 6' ] || { echo "CHANGED" >&2; exit 1; }
