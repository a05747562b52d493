import { z } from "zod"
import type { ChatShare } from "#lib/share-protocol.ts"
import { named } from "../shape.ts"
import { finalStatusShape, usageFields } from "./messages.ts"

const chatShape = named(
  "Chat",
  z.object({
    id: z.uuid(),
    agent: z.string(),
    title: z.string(),
    updatedAt: z.iso.datetime().describe("when its last turn began"),
    running: z.boolean(),
    snippet: z.object({ before: z.string(), hit: z.string(), after: z.string() }).optional(),
  }),
)

export const chatsShape = named("Chats", z.object({ chats: z.array(chatShape), nextCursor: z.string().nullable() }))

const chargeShape = named(
  "Charge",
  z.object({
    streamId: z.uuid(),
    chatId: z.uuid(),
    messageId: z.string(),
    model: z.string(),
    ...usageFields,
    credits: z.number(),
    createdAt: z.iso.datetime(),
  }),
)

export const usagePageShape = named(
  "UsagePage",
  z.object({
    credits: z.number().nullable().describe("tokens left; null: no limit"),
    charges: z.array(chargeShape),
    nextCursor: z.string().nullable(),
  }),
)

export const stoppedShape = named("Stopped", z.object({ stopped: z.boolean() }))
export const deletedShape = named("Deleted", z.object({ deleted: z.literal(true) }))
export const titleShape = named("Title", z.object({ title: z.string() }))

const linkShape = z.object({
  id: z.string().describe("the last part of the public address, `/share/<id>`"),
  sharedAt: z.iso.datetime(),
  isCurrent: z.boolean().describe("false once the chat has gone on"),
}) satisfies z.ZodType<ChatShare>

export const shareShape = named("Share", z.object({ share: linkShape.nullable() }))

const turn = { chatId: z.uuid(), streamId: z.uuid(), messageId: z.string() }

/** The data of each event of the user's feed, by the event's name. */
export const feedShapes = {
  state: named("StateEvent", z.object({ running: z.array(z.object(turn)) })),
  "turn-started": named("TurnStartedEvent", z.object(turn)),
  "turn-ended": named("TurnEndedEvent", z.object({ ...turn, status: finalStatusShape })),
  "chat-created": named("ChatCreatedEvent", z.object({ chatId: z.uuid(), agent: z.string(), title: z.string() })),
  "chat-renamed": named("ChatRenamedEvent", z.object({ chatId: z.uuid(), title: z.string() })),
  "chat-deleted": named("ChatDeletedEvent", z.object({ chatId: z.uuid() })),
  unauthenticated: named("SessionEndedEvent", z.object({ message: z.string() })),
}

export const fileShape = named(
  "File",
  z.object({
    id: z.uuid(),
    url: z.string().describe("names the file in a message's part"),
    mediaType: z.string(),
    filename: z.string(),
    sizeBytes: z.number(),
  }),
)
