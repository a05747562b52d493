import type { UIMessage } from "ai"
import { Pool } from "pg"

export interface StoredChat {
  id: string
  messages: UIMessage[]
  activeStreamId: string | null
}

const pool = new Pool({ connectionString: process.env.DATABASE_URL ?? "", max: 20 })

export async function readChat(id: string): Promise<StoredChat> {
  const { rows } = await pool.query("select messages, active_stream_id from chat where id = $1", [id])
  return { id, messages: rows[0]?.messages ?? [], activeStreamId: rows[0]?.active_stream_id ?? null }
}

/** Saves what is given, and leaves the rest as it is. */
export async function saveChat({ id, messages, activeStreamId }: Partial<StoredChat> & { id: string }): Promise<void> {
  if (messages === undefined)
    await pool.query(
      "insert into chat (id, active_stream_id) values ($1, $2) " +
        "on conflict (id) do update set active_stream_id = excluded.active_stream_id",
      [id, activeStreamId],
    )
  else
    await pool.query(
      "insert into chat (id, messages, active_stream_id) values ($1, $2, $3) on conflict (id) " +
        "do update set messages = excluded.messages, active_stream_id = excluded.active_stream_id",
      [id, JSON.stringify(messages), activeStreamId],
    )
}
