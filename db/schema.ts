/** Every table, for all drivers. After a change: `npm run db:generate` writes the migration. */

import { relations, sql } from "drizzle-orm"
import {
  type AnyPgColumn,
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core"
import type { ChatMessagePart, MessageMetadata, MessageStatus } from "#lib/chat-protocol.ts"

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
    /** slug of the agent that answers */
    agent: text("agent").notNull(),
    title: text("title").notNull(),
    createdAt,
    /** When the last turn began: the order of a user's chats. As fine as JavaScript's dates, which travel as cursors. */
    updatedAt: timestamp("updatedAt", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [index("chat_user_idx").on(table.userId, table.updatedAt.desc(), table.id)],
)

export const message = pgTable(
  "Message",
  {
    /** The user's messages bring their own id (it makes a POST idempotent); answers get ours. */
    id: text("id").primaryKey(),
    chatId: uuid("chatId")
      .notNull()
      .references(() => chat.id, { onDelete: "cascade" }),
    /** the order within a chat: rows of one statement share their time */
    seq: bigint("seq", { mode: "number" }).generatedAlwaysAsIdentity(),
    role: text("role", { enum: ["user", "assistant"] }).notNull(),
    parts: jsonb("parts").$type<ChatMessagePart[]>().notNull(),
    status: text("status").$type<MessageStatus>().notNull(),
    /** without the status, which has its column */
    metadata: jsonb("metadata").$type<Omit<MessageMetadata, "status">>().notNull().default({}),
    createdAt,
    updatedAt,
    /** What it follows: messages with the same parent are branches of one chat. null: the first. */
    parentId: text("parentId").references((): AnyPgColumn => message.id, { onDelete: "cascade" }),
    /** set while another branch is shown; such a row is kept */
    replacedAt: timestamp("replacedAt", { withTimezone: true }),
  },
  (table) => [index("message_chat_idx").on(table.chatId, table.seq), index("message_parent_idx").on(table.parentId)],
)

/** One row a generation: the audit trail of streams, and what a chat's readers find first. */
export const chatStream = pgTable(
  "ChatStream",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    chatId: uuid("chatId")
      .notNull()
      .references(() => chat.id, { onDelete: "cascade" }),
    streamId: uuid("streamId").notNull().unique(),
    createdAt,
    /** What is answered: the user's message, or the answer that a regenerated one replaces. A turn happens once. */
    answersMessageId: text("answersMessageId").notNull(),
    /** the assistant message this stream writes */
    messageId: text("messageId")
      .notNull()
      .references(() => message.id, { onDelete: "cascade" }),
    /** rises when another process carries the generation on; a lower one can write nothing any more */
    epoch: integer("epoch").notNull().default(1),
    /** The producer's sign of life, by the database's clock. Past it and not ended: the producer is dead. */
    leaseExpiresAt: timestamp("leaseExpiresAt", { withTimezone: true }).notNull(),
    stopRequestedAt: timestamp("stopRequestedAt", { withTimezone: true }),
    endedAt: timestamp("endedAt", { withTimezone: true }),
    /** id of the event that ended the stream: a reader that has it has everything */
    lastEventId: text("lastEventId"),
    /** Hash of the user and the key they gave their request; null: they gave none. A key begins one turn. */
    requestKey: text("requestKey"),
    /** of what that request asked for: with another one its key is refused */
    requestHash: text("requestHash"),
  },
  (table) => [
    index("chat_stream_chat_idx").on(table.chatId),
    uniqueIndex("chat_stream_turn_idx").on(table.answersMessageId),
    uniqueIndex("chat_stream_running_idx").on(table.chatId).where(sql`"endedAt" is null`),
    uniqueIndex("chat_stream_request_idx").on(table.requestKey).where(sql`"requestKey" is not null`),
  ],
)

/**
 * What a chat's owner shows to whoever has the link: the branch that was on show then, up to its last message. Answers
 * that have ended never change, so what was shown stays as it was, and what is said later stays private.
 */
export const share = pgTable(
  "Share",
  {
    /** the link's secret, and no id of anything else */
    id: text("id").primaryKey(),
    chatId: uuid("chatId")
      .notNull()
      .unique()
      .references(() => chat.id, { onDelete: "cascade" }),
    upToMessageId: text("upToMessageId")
      .notNull()
      .references(() => message.id, { onDelete: "cascade" }),
    /** as the chat was called then */
    title: text("title").notNull(),
    createdAt,
    /** when what it shows was chosen */
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
    /** the order within a message, from 1 */
    position: integer("position").notNull().default(1),
  },
  (table) => [index("artifact_message_idx").on(table.messageId)],
)

/** A file that a user has put in, to be named by messages; its bytes lie in the file store under its id. */
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
    /** when a message first named it; until then it may be swept away */
    usedAt: timestamp("usedAt", { withTimezone: true }),
  },
  (table) => [index("upload_user_idx").on(table.userId, table.createdAt.desc())],
)

/** What an answer cites, each address once. */
export const source = pgTable(
  "Source",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    messageId: text("messageId")
      .notNull()
      .references(() => message.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    title: text("title"),
    /** the number it is cited by, from 1 */
    position: integer("position").notNull(),
    createdAt,
  },
  (table) => [unique("source_message_url_key").on(table.messageId, table.url)],
)

/** One row a generation, whatever ended it. Outlives its chat: it is the bill. */
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
    /** tokens taken from the user */
    credits: bigint("credits", { mode: "number" }).notNull(),
    createdAt,
  },
  (table) => [index("charge_user_idx").on(table.userId, table.createdAt.desc())],
)

/** Stands for the older part of a long chat in the prompt. */
export const compaction = pgTable(
  "Compaction",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    chatId: uuid("chatId")
      .notNull()
      .references(() => chat.id, { onDelete: "cascade" }),
    /** the last message the summary speaks for */
    upToMessageId: text("upToMessageId").notNull(),
    summary: text("summary").notNull(),
    tokensBefore: integer("tokensBefore").notNull(),
    tokensAfter: integer("tokensAfter").notNull(),
    model: text("model").notNull(),
    createdAt,
  },
  (table) => [index("compaction_chat_idx").on(table.chatId, table.createdAt.desc())],
)
