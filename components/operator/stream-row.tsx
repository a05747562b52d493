import { type ReactNode, useState } from "react"
import type { ReportedStream } from "#lib/operator-protocol.ts"
import { stopStream } from "#lib/transports/chat-api.ts"
import { LiveDot } from "../controls/live-dot.tsx"
import { texts } from "../texts.ts"
import { durationOf } from "./duration.ts"
import { operatorTexts } from "./operator-texts.ts"

/** One running stream: a row of the table, or a block on a narrow screen. */
export function StreamRow({ stream }: { stream: ReportedStream }) {
  const { streamId, chatId, here, takeovers } = stream
  const followed = here?.role === "follower" ? ` · ${operatorTexts.followed}` : ""
  return (
    <tr data-testid="stream" data-stream-id={streamId} className={row}>
      <Cell label={operatorTexts.chat}>
        <span className="flex items-center gap-2 font-mono text-[0.75rem]" title={`${chatId} · ${streamId}`}>
          <LiveDot state={stream.isDead ? "reconnecting" : "writing"} />
          {chatId.slice(0, 8)}
          {stream.isDead && <span className="font-sans text-waiting-text">{operatorTexts.dead}</span>}
        </span>
      </Cell>
      <Cell label={operatorTexts.user}>{stream.user}</Cell>
      <Cell label={operatorTexts.agent}>
        {stream.agent} · {stream.model}
      </Cell>
      <Cell label={operatorTexts.age}>{durationOf(stream.ageSeconds)}</Cell>
      <Cell label={operatorTexts.text}>
        {operatorTexts.textFigures(texts.number(stream.chars), texts.number(stream.tokens))}
      </Cell>
      <Cell label={operatorTexts.epoch}>{takeovers}</Cell>
      <Cell label={operatorTexts.readers}>{here ? `${here.readers}${followed}` : operatorTexts.elsewhere}</Cell>
      <Cell label={operatorTexts.lag}>
        {here?.lag ? operatorTexts.lagFigures(here.lag.events, Math.round(here.lag.ms)) : operatorTexts.unknown}
      </Cell>
      <Cell label={operatorTexts.commandsHere}>{here ? texts.number(here.commands) : operatorTexts.unknown}</Cell>
      <td className="py-1 text-end max-md:text-start">
        <StopButton streamId={streamId} chatId={chatId} />
      </td>
    </tr>
  )
}

function Cell({ label, children }: { label: string; children: ReactNode }) {
  return (
    <td className="py-2 pe-5 align-baseline whitespace-nowrap max-md:grid max-md:grid-cols-[8rem_1fr] max-md:py-0.5 max-md:whitespace-normal">
      <span aria-hidden className="text-quiet md:hidden">
        {label}
      </span>
      <span className="min-w-0">{children}</span>
    </td>
  )
}

/** Asks for confirmation, because it stops another user's answer. */
function StopButton({ streamId, chatId }: { streamId: string; chatId: string }) {
  const [state, setState] = useState<"ready" | "asking" | "stopping" | "failed">("ready")
  const label = {
    ready: operatorTexts.stop,
    asking: operatorTexts.confirm,
    stopping: operatorTexts.stopping,
    failed: operatorTexts.notStopped,
  }[state]

  function press(): void {
    setState(state === "asking" ? "stopping" : "asking")
    if (state === "asking") void stopStream(streamId).then((isStopped) => isStopped || setState("failed"))
  }

  return (
    <button
      type="button"
      disabled={state === "stopping"}
      onClick={press}
      onBlur={() => setState((before) => (before === "asking" ? "ready" : before))}
      aria-label={state === "ready" ? operatorTexts.stopNamed(chatId.slice(0, 8)) : undefined}
      data-testid="stop-stream"
      className="min-h-8 rounded-lg px-2.5 font-medium text-failed transition-colors duration-150 hover:bg-soft disabled:text-quiet max-md:-ms-2.5 pointer-coarse:min-h-11"
    >
      {label}
    </button>
  )
}

const row = "border-line border-t max-md:block max-md:py-3"
