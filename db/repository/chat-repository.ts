/**
 * Stores and finds everything about chats. Every call names the user who asks: to anyone but its owner a chat does
 * not exist. `tests/db/repository/` holds each database to what is promised here.
 */
import { and, eq } from "drizzle-orm"
import type { Db } from "#db/db.ts"
import { chat, message } from "#db/schema.ts"
import type { ChatMessage, ChatSummary } from "#lib/chat-protocol.ts"
import { type DeleteOutcome, deleteChat } from "./delete-chat.ts"
import { addCompaction, findHistory, type HistoryMessage, lastAnswer, type NewCompaction } from "./history.ts"
import { type ChatSearch, type ChatsPage, findSummary, listChats, searchChats } from "./list-chats.ts"
import { findMessage, listMessages } from "./list-messages.ts"
import { type BranchOutcome, showBranch } from "./show-branch.ts"
import { type StreamRepository, streamRepository } from "./stream-repository.ts"
import { listRunning, type RunningRow } from "./turns/list-running.ts"
import { registerTurn } from "./turns/register-turn.ts"
import { listTurns, type TurnRow } from "./turns/running-turns.ts"
import type { NewTurn, TurnOutcome } from "./turns/turn.ts"

export interface ChatRepository {
  turns: {
    /** Writes a user's message, the placeholder of its answer and the stream, and returns the history before them. */
    register(turn: NewTurn): Promise<TurnOutcome>
    /** @returns the turns of these users that run or ended within 20 s, and the turns of these streams */
    list(asked: { userIds: string[]; streamIds: string[] }): Promise<TurnRow[]>
    /** @returns what runs, for all users and processes, the oldest first */
    listRunning(limit: number): Promise<RunningRow[]>
  }

  streams: StreamRepository

  messages: {
    find(messageId: string): Promise<ChatMessage | undefined>
    /** Lists the branch that is shown. @returns undefined if this user has no such chat */
    list(chatId: string, userId: string): Promise<ChatMessage[] | undefined>
    /** Shows the branch a message is on, to its newest end. Changes nothing while an answer is being written. */
    showBranch(branch: { chatId: string; userId: string; messageId: string }): Promise<BranchOutcome>
    /** Returns what the next turn's prompt would begin with. */
    findHistory(chatId: string): Promise<HistoryMessage[]>
    /** Stores a summary that stands for all messages up to a given one, on every branch that contains it. */
    addCompaction(compaction: NewCompaction): Promise<void>
  }

  chats: {
    /** @returns undefined if this user has no such chat */
    find(chatId: string, userId: string): Promise<{ agent: string; title: string } | undefined>
    /** Finds which agent and model gave the newest answer that is shown. @returns undefined if this user has no such chat */
    findAnswering(chatId: string, userId: string): Promise<{ agent: string; model: string | undefined } | undefined>
    /** @returns undefined if this user has no such chat */
    findSummary(chatId: string, userId: string): Promise<ChatSummary | undefined>
    /** @param cursor the last page's `nextCursor` @throws ChatError "invalid_cursor" */
    list(userId: string, limit: number, cursor?: string): Promise<ChatsPage>
    /** Lists the user's chats that contain a text. @throws ChatError "invalid_cursor" */
    search(search: ChatSearch): Promise<ChatsPage>
    /** @returns false if this user has no such chat */
    rename(renamed: { chatId: string; userId: string; title: string }): Promise<boolean>
    /**
     * Replaces a provisional title by a better one.
     * @returns the chat's owner; undefined if it has another title by now
     */
    retitle(better: { chatId: string; from: string; to: string }): Promise<{ userId: string } | undefined>
    /** Deletes a chat as `deleteChat` says. */
    delete(chatId: string, userId: string, askedMsAgo?: number): Promise<DeleteOutcome>
  }
}

export function chatRepository(db: Db): ChatRepository {
  return {
    turns: {
      register: (turn) => registerTurn(db, turn),
      list: (asked) => listTurns(db, asked),
      listRunning: (limit) => listRunning(db, limit),
    },

    streams: streamRepository(db),

    messages: {
      find: (messageId) => findMessage(db, messageId),
      list: (chatId, userId) => listMessages(db, chatId, userId),
      showBranch: (branch) => showBranch(db, branch),
      findHistory: (chatId) => findHistory(db, chatId),
      addCompaction: (compaction) => addCompaction(db, compaction),
    },

    chats: {
      async find(chatId, userId) {
        const [row] = await db
          .select({ agent: chat.agent, title: chat.title })
          .from(chat)
          .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
        return row
      },

      async findAnswering(chatId, userId) {
        const [row] = await db
          .select({ agent: chat.agent, metadata: message.metadata })
          .from(chat)
          .leftJoin(message, eq(message.id, lastAnswer(chatId)))
          .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
        return row && { agent: row.agent, model: row.metadata?.model }
      },

      findSummary: (chatId, userId) => findSummary(db, chatId, userId),
      list: (userId, limit, cursor) => listChats(db, userId, limit, cursor),
      search: (search) => searchChats(db, search),
      delete: (chatId, userId, askedMsAgo) => deleteChat(db, chatId, userId, askedMsAgo),

      async rename({ chatId, userId, title }) {
        const renamed = await db
          .update(chat)
          .set({ title })
          .where(and(eq(chat.id, chatId), eq(chat.userId, userId)))
          .returning({ id: chat.id })
        return renamed.length > 0
      },

      async retitle({ chatId, from, to }) {
        const [owner] = await db
          .update(chat)
          .set({ title: to })
          .where(and(eq(chat.id, chatId), eq(chat.title, from)))
          .returning({ userId: chat.userId })
        return owner
      },
    },
  }
}
