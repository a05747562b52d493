/**
 * A Goose for a person to try: the fake, with a provider behind it that talks at length, and runs a command where the
 * question says "run" (`run ls -la`, `run twice`).
 *
 *     npm run dev:goose
 */
import type { ProviderCall } from "./provider.ts"
import { type Reply, shell } from "./provider-reply.ts"
import { startGoose } from "./start-goose.ts"

const goose = await startGoose({ paceMs: 80 })
goose.provider.replyBy(replyTo)
console.log("A fake Goose runs. Start the app with:\n")
console.log(`GOOSE_ACP_URL=${goose.url} GOOSE_SECRET=${goose.secret} npm run dev\n`)
console.log('Ask anything; "run ls -la" runs a command once you allow it, "run twice" asks for two. Ctrl-C ends it.')

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void goose.stop())

function replyTo({ body, question }: ProviderCall): Reply {
  const last = body.messages.at(-1)
  if (last?.role === "tool") return { text: `The command said:\n\n\`\`\`\n${last.content}\n\`\`\`\n\nThat is all.` }
  // The last line that is the user's own: Goose appends the turn's context, and we put our words before.
  const asked = question.slice(0, question.lastIndexOf("\n<turn-context>")).split("\n").at(-1) ?? ""
  const command = /^run (.+)$/.exec(asked)?.[1]
  if (command === "twice") return { text: "Two at once.", calls: [shell(slowly("one")), shell(slowly("two"))] }
  if (command) return { text: "Let me see.", calls: [shell(command)] }
  return { thoughts: "They want to hear something. I shall count, so that nothing can be missing.", text: numbers }
}

const slowly = (word: string) => `for i in 1 2 3 4 5; do echo ${word} $i; sleep 1; done`
const numbers = Array.from({ length: 300 }, (_, index) => `${index + 1}`).join(" ")
