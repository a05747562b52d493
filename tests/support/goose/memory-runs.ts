import type { AgentRun, AgentRuns } from "#lib/agent-run.ts"

interface Row {
  chatId: string
  run: AgentRun
  isOpen: boolean
}

/** Runs that several agents share, as processes share a database. Every stream belongs to the chat that it is named with. */
export function memoryRuns(): AgentRuns & {
  /** Names the chat of a stream, and the stream that it continues or whose answer came before it. */
  add(streamId: string, chatId: string, from?: { continues?: string; previous?: string }): void
  rows: ReadonlyMap<string, Row>
} {
  const chats = new Map<string, { chatId: string; continues?: string; previous?: string }>()
  const rows = new Map<string, Row>()
  return {
    rows,
    add(streamId, chatId, from = {}) {
      chats.set(streamId, { chatId, ...from })
    },
    async save({ streamId }, run) {
      for (const [each, row] of rows) if (row.run.promptId === run.promptId && each !== streamId) rows.delete(each)
      rows.set(streamId, { chatId: chats.get(streamId)?.chatId ?? "", run, isOpen: true })
      return true
    },
    async find(streamId) {
      const row = rows.get(streamId) ?? rows.get(chats.get(streamId)?.continues ?? "")
      return row?.isOpen ? row.run : undefined
    },
    async listOpen(chatId, exceptStreamId) {
      return [...rows]
        .filter(([streamId, row]) => row.chatId === chatId && row.isOpen && streamId !== exceptStreamId)
        .map(([streamId, { run }]) => ({ streamId, run }))
    },
    async close(streamId) {
      const row = rows.get(streamId)
      if (row) row.isOpen = false
    },
    async findPrevious(streamId) {
      return rows.get(chats.get(streamId)?.previous ?? "")?.run
    },
  }
}
