import type { Reading } from "#tests/support/clients/reading.ts"
import { type Client, freshService } from "#tests/support/clients/service.ts"
import { scripted, type TestModel } from "#tests/support/providers/scripted-model.ts"
import { textOf } from "#tests/support/text-of.ts"

/** Answers "one two three four" when asked to count, and its missing rest when asked to continue. */
function counting(): TestModel {
  const whole = "one two three four"
  return scripted(
    ({ prompt }) => {
      const soFar = asksToContinue(prompt) ? prompt.at(-2) : undefined
      const text = soFar?.role === "assistant" ? soFar.content.map((part) => ("text" in part ? part.text : "")) : []
      return whole.slice(text.join("").length)
    },
    { held: true },
  )
}

/** Asks, and stops the answer after these words. */
export async function stoppedAfter(words: string, environment: Record<string, string> = {}) {
  const model = counting()
  const service = await freshService({ model, environment })
  const client = await service.guest()
  const answer = await client.post("count")
  await model.releaseUntil(words)
  await answer.readUntil(words)
  await client.stop()
  const partial = (await client.messages()).at(-1)
  if (!partial || textOf(partial) !== words) throw new Error(`stopped at ${textOf(partial)}`)
  return { service, client, model, partial }
}

/** Asks to continue an answer, as the page's button does. */
export function continueAnswer(client: Client, messageId?: string): Promise<Reading> {
  return client.post("", { message: undefined, trigger: "continue-message", messageId })
}

/** Returns the status and the code of a refusal. */
export async function refusalOf(reading: Promise<Reading>): Promise<[number, string]> {
  const { response } = await reading
  return [response.status, ((await response.json()) as { error: { code: string } }).error.code]
}

export function asksToContinue(prompt: TestModel["calls"][number]["prompt"]): boolean {
  return JSON.stringify(prompt.at(-1)).includes("broke off before its end")
}
