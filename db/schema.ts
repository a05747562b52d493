/** Defines every table, for all drivers. After a change, `npm run db:generate` writes the migration. */

import { relations, sql } from "drizzle-orm"
import {
  type AnyPgColumn,
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core"
import type { AgentRun } from "#lib/agent-run.ts"
import type { ChatMessagePart, MessageMetadata, MessageStatus } from "#lib/chat-protocol.ts"
import type { StoredChunk } from "#lib/chunks/pieces.ts"

const createdAt = timestamp("createdAt", { withTimezone: true }).notNull().defaultNow()
const updatedAt = timestamp("updatedAt", { withTimezone: true }).notNull().defaultNow()

export const user = pgTable("User", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: boolean("emailVerified").notNull().default(false),
  image: text("image"),
  isAnonymous: boolean("isAnonymous").notNull().default(false),
  /** tokens left to spend */
  credits: bigint("credits", { mode: "number" }).notNull().default(0),
  createdAt,
  updatedAt,
})

export const session = pgTable(
  "Session",
  {
    id: text("id").primaryKey(),
    token: text("token").notNull().unique(),
    userId: text("userId")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    expiresAt: timestamp("expiresAt", { withTimezone: true }).notNull(),
    ipAddress: text("ipAddress"),
    userAgent: text("userAgent"),
    createdAt,
    updatedAt,
  },
  (table) => [index("session_user_idx").on(table.userId)],
)

export const account = pgTable(
  "Account",
  {
    id: text("id").primaryKey(),
    accountId: text("accountId").notNull(),
    providerId: text("providerId").notNull(),
    userId: text("userId")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    accessToken: text("accessToken"),
    refreshToken: text("refreshToken"),
    idToken: text("idToken"),
    accessTokenExpiresAt: timestamp("accessTokenExpiresAt", { withTimezone: true }),
    refreshTokenExpiresAt: timestamp("refreshTokenExpiresAt", { withTimezone: true }),
    scope: text("scope"),
    password: text("password"),
    createdAt,
    updatedAt,
  },
  (table) => [index("account_user_idx").on(table.userId)],
)

/* Let better-auth read a session with its user, and a user with its accounts, in one round trip. */
export const userRelations = relations(user, ({ many }) => ({ accounts: many(account) }))
export const accountRelations = relations(account, ({ one }) => ({
  user: one(user, { fields: [account.userId], references: [user.id] }),
}))
export const sessionRelations = relations(session, ({ one }) => ({
  user: one(user, { fields: [session.userId], references: [user.id] }),
}))

export const verification = pgTable(
  "Verification",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: timestamp("expiresAt", { withTimezone: true }).notNull(),
    createdAt,
    updatedAt,
  },
  (table) => [index("verification_identifier_idx").on(table.identifier)],
)

export const chat = pgTable(
  "Chat",
  {
    id: uuid("id").primaryKey(),
    userId: text("userId")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** slug of the answering agent */
    agent: text("agent").notNull(),
    title: text("title").notNull(),
    createdAt,
    /**
     * When the last turn began, which orders a user's chats. As fine as JavaScript's dates, which travel as cursors.
     */
    updatedAt: timestamp("updatedAt", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [index("chat_user_idx").on(table.userId, table.updatedAt.desc(), table.id)],
)

export const message = pgTable(
  "Message",
  {
    /** User messages bring their own id, which makes a POST idempotent; answers get one of ours. */
    id: text("id").primaryKey(),
    chatId: uuid("chatId")
      .notNull()
      .references(() => chat.id, { onDelete: "cascade" }),
    /** order within a chat, since rows of one statement share their time */
    seq: bigint("seq", { mode: "number" }).generatedAlwaysAsIdentity(),
    role: text("role", { enum: ["user", "assistant"] }).notNull(),
    parts: jsonb("parts").$type<ChatMessagePart[]>().notNull(),
    status: text("status").$type<MessageStatus>().notNull(),
    /** without the status, which has its own column */
    metadata: jsonb("metadata").$type<Omit<MessageMetadata, "status">>().notNull().default({}),
    createdAt,
    updatedAt,
    /** The message before it. Messages with the same parent are branches of one chat; null: the first. */
    parentId: text("parentId").references((): AnyPgColumn => message.id, { onDelete: "cascade" }),
    /** set while another branch is shown; the row is kept */
    replacedAt: timestamp("replacedAt", { withTimezone: true }),
  },
  (table) => [index("message_chat_idx").on(table.chatId, table.seq), index("message_parent_idx").on(table.parentId)],
)

/** One row per generation: the audit trail of streams, and the first place where a chat's readers look. */
export const chatStream = pgTable(
  "ChatStream",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    chatId: uuid("chatId")
      .notNull()
      .references(() => chat.id, { onDelete: "cascade" }),
    streamId: uuid("streamId").notNull().unique(),
    createdAt,
    /** The user's message that is answered, or the answer that a regenerated one replaces. A turn happens once. */
    answersMessageId: text("answersMessageId").notNull(),
    /** the assistant message this stream writes */
    messageId: text("messageId")
      .notNull()
      .references(() => message.id, { onDelete: "cascade" }),
    /** rises when another process carries the generation on; a lower epoch can no longer write */
    epoch: integer("epoch").notNull().default(1),
    /** The producer's lease, by the database's clock. If it has run out before the end, the producer is dead. */
    leaseExpiresAt: timestamp("leaseExpiresAt", { withTimezone: true }).notNull(),
    stopRequestedAt: timestamp("stopRequestedAt", { withTimezone: true }),
    endedAt: timestamp("endedAt", { withTimezone: true }),
    /** id of the event that ended the stream: a reader that has it has everything */
    lastEventId: text("lastEventId"),
    /** Hash of the user and the request's key; null: no key. A key begins one turn. */
    requestKey: text("requestKey"),
    /** hash of the request itself: the same key with another request is refused */
    requestHash: text("requestHash"),
    /** the run of an agent elsewhere; `isClosed` once its connection is, though its session may be used again */
    agentRun: jsonb("agentRun").$type<AgentRun & { isClosed?: true }>(),
  },
  (table) => [
    index("chat_stream_chat_idx").on(table.chatId),
    uniqueIndex("chat_stream_turn_idx").on(table.answersMessageId),
    uniqueIndex("chat_stream_running_idx").on(table.chatId).where(sql`"endedAt" is null`),
    uniqueIndex("chat_stream_request_idx").on(table.requestKey).where(sql`"requestKey" is not null`),
  ],
)

/**
 * What was appended to an answer that has not ended. Its message's row gets the whole answer at the end, and the pieces
 * go. They refer to the stream, whose row each save has locked: so the reference costs no write of its own.
 */
export const messagePiece = pgTable(
  "MessagePiece",
  {
    streamId: uuid("streamId")
      .notNull()
      .references(() => chatStream.streamId, { onDelete: "cascade" }),
    /** The producer's: one that takes over appends all of the answer anew, and what others appended counts no more. */
    epoch: integer("epoch").notNull(),
    /** order within an epoch, from 1 */
    number: integer("number").notNull(),
    chunks: jsonb("chunks").$type<StoredChunk[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.streamId, table.epoch, table.number] })],
)

/**
 * The branch that a chat's owner shares by a link, as of that time, up to its last message. Ended answers never change,
 * so what was shared stays as it was, and later messages stay private.
 */
export const share = pgTable(
  "Share",
  {
    /** the link's secret, unrelated to any other id */
    id: text("id").primaryKey(),
    chatId: uuid("chatId")
      .notNull()
      .unique()
      .references(() => chat.id, { onDelete: "cascade" }),
    upToMessageId: text("upToMessageId")
      .notNull()
      .references(() => message.id, { onDelete: "cascade" }),
    /** the chat's title at that time */
    title: text("title").notNull(),
    createdAt,
    /** when the shared branch was chosen */
    updatedAt,
  },
  (table) => [index("share_message_idx").on(table.upToMessageId)],
)

/** A typed attachment of a message. */
export const artifact = pgTable(
  "Artifact",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    messageId: text("messageId")
      .notNull()
      .references(() => message.id, { onDelete: "cascade" }),
    type: text("type").notNull(),
    content: text("content").notNull(),
    createdAt,
    /** order within a message, from 1 */
    position: integer("position").notNull().default(1),
  },
  (table) => [index("artifact_message_idx").on(table.messageId)],
)

/** A user's uploaded file, which messages can name; its bytes are in the file store under its id. */
export const upload = pgTable(
  "Upload",
  {
    id: uuid("id").primaryKey(),
    userId: text("userId")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    filename: text("filename").notNull(),
    mediaType: text("mediaType").notNull(),
    sizeBytes: integer("sizeBytes").notNull(),
    createdAt,
    /** when a message first named it; before that it may be swept */
    usedAt: timestamp("usedAt", { withTimezone: true }),
  },
  (table) => [index("upload_user_idx").on(table.userId, table.createdAt.desc())],
)

/** The sources of an answer, each address once. */
export const source = pgTable(
  "Source",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    messageId: text("messageId")
      .notNull()
      .references(() => message.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    title: text("title"),
    /** its citation number, from 1 */
    position: integer("position").notNull(),
    createdAt,
  },
  (table) => [unique("source_message_url_key").on(table.messageId, table.url)],
)

/** One row per generation, however it ended. Outlives its chat, because usage is shown from it. */
export const charge = pgTable(
  "Charge",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    streamId: uuid("streamId").notNull().unique(),
    userId: text("userId")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    chatId: uuid("chatId").notNull(),
    messageId: text("messageId").notNull(),
    model: text("model").notNull(),
    inputTokens: integer("inputTokens").notNull(),
    outputTokens: integer("outputTokens").notNull(),
    cachedInputTokens: integer("cachedInputTokens").notNull(),
    reasoningTokens: integer("reasoningTokens").notNull(),
    estimated: boolean("estimated").notNull(),
    isLowerBound: boolean("isLowerBound").notNull().default(false),
    /** credits deducted from the user */
    credits: bigint("credits", { mode: "number" }).notNull(),
    createdAt,
  },
  (table) => [index("charge_user_idx").on(table.userId, table.createdAt.desc())],
)

/** A summary that replaces the older part of a long chat in prompts. */
export const compaction = pgTable(
  "Compaction",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    chatId: uuid("chatId")
      .notNull()
      .references(() => chat.id, { onDelete: "cascade" }),
    /** the last message that the summary covers */
    upToMessageId: text("upToMessageId").notNull(),
    summary: text("summary").notNull(),
    tokensBefore: integer("tokensBefore").notNull(),
    tokensAfter: integer("tokensAfter").notNull(),
    model: text("model").notNull(),
    createdAt,
  },
  (table) => [index("compaction_chat_idx").on(table.chatId, table.createdAt.desc())],
)
