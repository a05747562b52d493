import { and, desc, eq, ne, type SQL, sql } from "drizzle-orm"
import { type Db, rowsOf } from "#db/db.ts"
import { isAwaited } from "#db/deadline.ts"
import { chatStream, message } from "#db/schema.ts"
import type { AgentRun, AgentRuns } from "#lib/agent-run.ts"

/** Keeps the runs of agents in the rows of the streams that they write. */
export function agentRunRepository(db: Db): AgentRuns {
  return {
    async save({ streamId, epoch }, run) {
      // One run answers one stream: where it moves from, it must be found no more.
      const saved = rowsOf(
        await db.execute(sql`
          with stream as (
            select "streamId", "chatId" from "ChatStream"
            where "streamId" = ${streamId}::uuid and epoch = ${epoch} and "endedAt" is null and ${isAwaited}
            for no key update
          )
          update "ChatStream" as each
          set "agentRun" = case when each."streamId" = stream."streamId" then ${JSON.stringify(run)}::jsonb end
          from stream
          where each."chatId" = stream."chatId"
            and (each."streamId" = stream."streamId" or each."agentRun" @> ${keyOf(run)})
          returning each."streamId"`),
      )
      return saved.length > 0
    },

    async find(streamId) {
      const [row] = rowsOf<{ run: StoredRun }>(
        await db.execute(sql`
          select coalesce(own."agentRun", before."agentRun") as run
          from "ChatStream" as own
          left join "Message" as continued on continued.id = own."answersMessageId"
            and continued.metadata->>'continuedBy' = own."messageId"
          left join "ChatStream" as before on before."messageId" = continued.id
          where own."streamId" = ${streamId}::uuid`),
      )
      return row?.run && !row.run.isClosed ? runIn(row.run) : undefined
    },

    async listOpen(chatId, exceptStreamId) {
      const rows = await db
        .select({ streamId: chatStream.streamId, run: chatStream.agentRun })
        .from(chatStream)
        .innerJoin(message, eq(message.id, chatStream.messageId))
        .where(
          and(
            eq(chatStream.chatId, chatId),
            isOpenRun,
            exceptStreamId === undefined ? undefined : ne(chatStream.streamId, exceptStreamId),
          ),
        )
        .orderBy(desc(message.seq))
      return rows.flatMap(({ streamId, run }) => (run ? [{ streamId, run: runIn(run) }] : []))
    },

    async close(streamId) {
      await db
        .update(chatStream)
        .set({ agentRun: sql`${chatStream.agentRun} || '{"isClosed": true}'` })
        .where(and(eq(chatStream.streamId, streamId), isOpenRun))
    },

    async findPrevious(streamId) {
      const [row] = rowsOf<{ run: StoredRun }>(
        await db.execute(sql`
          select before."agentRun" as run
          from "ChatStream" as own
          join "Message" as answer on answer.id = own."messageId"
          join "Message" as question on question.id = answer."parentId"
          join "Message" as previous on previous.id = question."parentId"
          join "ChatStream" as before on before."messageId" = previous.id and before."agentRun" is not null
          where own."streamId" = ${streamId}::uuid and previous.status = 'COMPLETE'
            and not previous.parts @> '[{"state": "approval-requested"}]'
            and not exists (
              select from "ChatStream" as later join "Message" as newer on newer.id = later."messageId"
              where later."chatId" = own."chatId" and later.id <> own.id and newer.seq > previous.seq
                and later."agentRun"->>'sessionId' = before."agentRun"->>'sessionId'
                and later."agentRun"->>'sessionCreatedAt' = before."agentRun"->>'sessionCreatedAt'
            )`),
      )
      return row && runIn(row.run)
    },
  }
}

type StoredRun = AgentRun & { isClosed?: true }

const isOpenRun = sql`${chatStream.agentRun} is not null and ${chatStream.agentRun}->>'isClosed' is null`

/** Selects a run wherever it is stored. Each turn has a connection of its own, and each prompt of it an id. */
function keyOf({ connectionId, sessionId, promptId }: AgentRun): SQL {
  return sql`${JSON.stringify({ connectionId, sessionId, promptId })}::jsonb`
}

function runIn({ connectionId, sessionId, sessionCreatedAt, cwd, promptId }: StoredRun): AgentRun {
  return { connectionId, sessionId, sessionCreatedAt, cwd, promptId }
}
