/** What tRPC clients may ask, the same over HTTP and WebSocket. `docs/protocol.md` describes it. */
import { z } from "zod"
import { type EventId, parseEventId } from "#lib/chat-protocol.ts"
import { ChatError } from "#lib/errors.ts"
import { code } from "#lib/turns/request/schema-refusal.ts"
import { chatIdSchema, streamIdSchema, turnRequestSchema } from "#lib/turns/request/turn-request.ts"
import { stopChat } from "#lib/turns/stop.ts"
import { followAnswer, storedId } from "./follow-answer.ts"
import { lookupProcedure, postProcedure, router } from "./procedures.ts"
import { sendTurn } from "./send-turn.ts"

const chatSchema = z.strictObject({ chatId: chatIdSchema })
const streamSchema = chatSchema.extend({ streamId: streamIdSchema.optional() })
const positionSchema = z.custom<EventId | typeof storedId>(
  (text) => typeof text === "string" && (text === storedId || parseEventId(text) !== undefined),
  code("invalid_position"),
)
const followSchema = streamSchema.extend({ lastEventId: positionSchema.optional() })

export const chatRouter = router({
  chat: router({
    /** Begins an answer, or finds the one that the same message began before. */
    send: postProcedure.input(turnRequestSchema).mutation(async ({ ctx, input }) => {
      return { streamId: await sendTurn(ctx, input) }
    }),

    /** Gives the answer that runs, from a position on, or else the last stored one. */
    follow: lookupProcedure.input(followSchema).subscription(({ ctx, input, signal }) => {
      return followAnswer(ctx, input, signal ?? new AbortController().signal)
    }),

    stop: lookupProcedure.input(streamSchema).mutation(async ({ ctx, input: { chatId, streamId } }) => {
      return { stopped: await stopChat(ctx.services.chat, { chatId, userId: ctx.user.id }, streamId) }
    }),

    /** Lists the messages that are shown, oldest first. */
    history: lookupProcedure.input(chatSchema).query(async ({ ctx, input: { chatId } }) => {
      const messages = await ctx.services.chat.repository.messages.list(chatId, ctx.user.id)
      if (!messages) throw new ChatError("chat_not_found")
      return { messages }
    }),
  }),
})

export type ChatRouter = typeof chatRouter
