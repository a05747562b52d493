import { LiveDot, type LiveState } from "./controls/live-dot.tsx"
import { texts } from "./texts.ts"

export type Connection = "idle" | "live" | "taken-over" | "reconnecting" | "offline"

/** Shows the state of the connection: a dot, and a word unless the chat is idle. */
export function ConnectionSign({ connection }: { connection: Connection }) {
  const isIdle = connection === "idle"
  const word = texts.connection[connection]
  return (
    <>
      {/* Reserves the width of the word, so that the title is truncated instead of being covered. */}
      {!isIdle && (
        <span
          key={connection}
          aria-hidden
          data-word={word}
          className="invisible -me-3 print:hidden whitespace-nowrap text-note before:content-[attr(data-word)]"
        />
      )}
      <p
        data-testid="connection"
        data-state={connection}
        title={connection === "taken-over" ? texts.takenOver : undefined}
        className="relative flex shrink-0 items-center px-3 text-note text-quiet print:hidden"
      >
        {/* A new element for each word, so that no word counts as a layout shift. */}
        <span key={connection} className={isIdle ? "sr-only" : `${wordClass} ${toneOf(connection)}`}>
          {word}
        </span>
        <LiveDot state={liveState(connection)} />
      </p>
    </>
  )
}

const wordClass = "absolute end-full -me-1 whitespace-nowrap"

const toneOf = (connection: Connection) => (connection === "reconnecting" ? "text-waiting-text" : "")

/** Explains a lost connection, on top of the end of the conversation, so that nothing has to move. */
export function ConnectionNote({ connection, isUnsent }: { connection: Connection; isUnsent: boolean }) {
  const isOffline = connection === "offline"
  return (
    <p
      role="status"
      className="absolute inset-x-0 bottom-full bg-page/95 px-4 pt-1 pb-2 text-center text-note text-balance text-waiting-text empty:p-0 data-offline:text-quiet"
      data-offline={isOffline || undefined}
    >
      {noteOn(connection, isUnsent)}
    </p>
  )
}

function noteOn(connection: Connection, isUnsent: boolean): string | null {
  if (connection === "offline") return isUnsent ? texts.offlineUnsent : texts.offline
  if (connection === "reconnecting") return isUnsent ? texts.unreachableUnsent : texts.connectionLost
  return null
}

export function liveState(connection: Connection): LiveState {
  if (connection === "idle") return "done"
  return connection === "live" || connection === "taken-over" ? "writing" : connection
}
