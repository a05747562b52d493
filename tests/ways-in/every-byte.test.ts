/** The transport of the chat over a connection that is cut, or split, after any byte of an answer with parts of every kind. */
import type { UIMessageChunk } from "ai"
import { beforeEach, expect, test, vi } from "vitest"
import type { ChatMessage } from "#lib/chat-protocol.ts"
import { StreamReset } from "#lib/transports/chat-problem.ts"
import { ResilientChatTransport } from "#lib/transports/resilient-chat-transport.ts"
import type { TabPresence } from "#lib/transports/tab-presence.ts"
import { places, useStores } from "#tests/support/ways-in/places.ts"
import { answerKinds } from "#tests/support/ways-in/recorded-answers.ts"

const headers = { "content-type": "text/event-stream", "x-stream-id": "recorded" }

/** Each event of a recorded answer, as its bytes. */
let recorded: { id: string; bytes: Buffer }[]
const stores = useStores()
beforeEach(async () => {
  const [place] = places
  const [kind] = answerKinds
  if (!place || !kind) throw new Error("nothing to record")
  recorded ??= await record(await kind.begin(place, stores()))
})

/** What comes after the first bytes of the first response. */
const endings: [string, (controller: ReadableStreamDefaultController<Uint8Array>, rest: Buffer) => void][] = [
  ["ends cleanly", (controller) => controller.close()],
  ["breaks", (controller) => controller.error(new TypeError("terminated"))],
  [
    "goes on with the rest",
    (controller, rest) => {
      controller.enqueue(rest)
      controller.close()
    },
  ],
]

test.each(endings)("the answer arrives unchanged over a connection that %s after any byte", async (_, ending) => {
  const whole = Buffer.concat(recorded.map(({ bytes }) => bytes))
  const expected = recorded.map(({ bytes }) => chunkIn(bytes))
  const mistakes: number[] = []
  for (let cut = 0; cut <= whole.length; cut++) {
    const received = await receive(whole.subarray(0, cut), (controller) => ending(controller, whole.subarray(cut)))
    if (JSON.stringify(received) !== JSON.stringify(expected)) mistakes.push(cut)
  }
  expect(mistakes).toEqual([])
})

/** Reads an answer whose first response is these bytes and an ending; later ones give what follows their position. */
async function receive(
  first: Buffer,
  ending: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
): Promise<UIMessageChunk[]> {
  vi.stubGlobal("fetch", async (address: string, init?: RequestInit) => {
    if (init?.method === "POST") return new Response(bodyOf([first], ending), { headers })
    const after = new URL(address, "http://localhost").searchParams.get("after")
    const index = recorded.findIndex(({ id }) => id === after)
    const rest = recorded.slice(index + 1).map(({ bytes }) => bytes)
    return new Response(
      bodyOf(rest, (controller) => controller.close()),
      {
        headers: { ...headers, "x-resume": after === null ? "from-start" : "continued" },
      },
    )
  })
  const transport = new ResilientChatTransport({ agent: "assistant", watchPresence: () => onShow })
  const asked = { chatId: "chat", messages: [question], abortSignal: undefined }
  try {
    return await readAll(await transport.sendMessages({ ...asked, trigger: "submit-message", messageId: undefined }))
  } catch (error) {
    // Nothing had a position yet, so the chat reads the answer from its start.
    if (!(error instanceof StreamReset)) throw error
    return readAll(await transport.reconnectToStream(asked))
  }
}

function bodyOf(
  blocks: Buffer[],
  ending: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
): ReadableStream<Uint8Array> {
  const waiting = blocks.filter((block) => block.length > 0)
  return new ReadableStream(
    {
      pull(controller) {
        const block = waiting.shift()
        if (block) controller.enqueue(block)
        else ending(controller)
      },
    },
    { highWaterMark: 0 },
  )
}

async function readAll(stream: ReadableStream<UIMessageChunk> | null): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = []
  for await (const chunk of stream ?? []) chunks.push(chunk)
  return chunks
}

/** @returns every event of the answer, as the server sends it to its first reader */
async function record({ reading, finish }: Awaited<ReturnType<(typeof answerKinds)[number]["begin"]>>) {
  await finish()
  await reading.readAll()
  return reading.events.map(({ id = "", chunk }) => ({
    id,
    bytes: Buffer.from(`id: ${id}\ndata: ${JSON.stringify(chunk)}\n\n`),
  }))
}

function chunkIn(bytes: Buffer): UIMessageChunk {
  return JSON.parse(bytes.toString().split("data: ")[1] ?? "")
}

const question: ChatMessage = { id: "question", role: "user", parts: [{ type: "text", text: "hello" }] }
const onShow: TabPresence = { isAway: false, back: async () => undefined, close: () => undefined }
