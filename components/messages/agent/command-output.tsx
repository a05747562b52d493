import { useFollowedEnd } from "#hooks/browser/use-followed-end.ts"
import { liveOutputChars } from "#lib/chat-protocol.ts"
import { CopyButton } from "../../controls/copy-button.tsx"
import { OpenText } from "../../panel/open-text.tsx"
import { texts } from "../../texts.ts"
import { withoutTerminalCodes } from "../tool-value.tsx"
import type { CommandResult } from "./agent-call.ts"
import { useGrowingOutput } from "./growing-output.ts"

interface CommandOutputProps {
  command: string
  /** undefined: nothing has come yet */
  result: CommandResult | undefined
  isRunning: boolean
}

/** Shows a command and what it writes, as a terminal does: it follows the end while the command runs. */
export function CommandOutput({ command, result, isRunning }: CommandOutputProps) {
  const { stdout = "", stderr = "" } = result ?? {}
  const isSilent = stdout.trim() === "" && stderr.trim() === ""
  return (
    <div data-testid="command" className="grid gap-2">
      <div>
        <Head label={texts.command} text={command} />
        <CommandLine command={command} />
      </div>
      {stdout.trim() !== "" && <Written label={texts.commandOutput} newest={stdout} isGrowing={isRunning} />}
      {stderr.trim() !== "" && <Written label={texts.commandErrors} newest={stderr} isGrowing={isRunning} />}
      {isSilent && <p className="text-quiet">{isRunning ? texts.noCommandOutputYet : texts.noCommandOutput}</p>}
    </div>
  )
}

/** Shows a command whole, however long it is: nothing of it may hide behind an edge. */
export function CommandLine({ command }: { command: string }) {
  return (
    <pre
      dir="ltr"
      data-testid="command-line"
      className="whitespace-pre-wrap wrap-anywhere rounded-lg bg-soft px-3 py-2 font-mono text-[0.75rem] text-text leading-5"
    >
      <span aria-hidden className="select-none text-quiet">
        {"$ "}
      </span>
      {command}
    </pre>
  )
}

interface WrittenProps {
  label: string
  /** while it grows only its end */
  newest: string
  isGrowing: boolean
}

function Written({ label, newest, isGrowing }: WrittenProps) {
  const collected = useGrowingOutput(newest, isGrowing)
  const isCut = isGrowing && collected === newest && newest.length >= liveOutputChars - 1
  const text = withoutTerminalCodes(collected)
  const scrolled = useFollowedEnd<HTMLPreElement>(text, isGrowing)
  return (
    <div>
      <Head label={label} text={text} isOpenable={!isGrowing} />
      {isCut && <p className="pb-1 text-quiet">{texts.earlierLeftOut}</p>}
      <pre
        {...scrolled}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        dir="ltr"
        data-testid="command-output"
        className="max-h-64 overflow-auto overscroll-contain whitespace-pre-wrap wrap-anywhere rounded-lg bg-soft px-3 py-2 font-mono text-[0.75rem] leading-5"
      >
        {text}
      </pre>
    </div>
  )
}

function Head({ label, text, isOpenable = false }: { label: string; text: string; isOpenable?: boolean }) {
  return (
    <p className="flex min-h-8 items-center text-quiet pointer-coarse:min-h-11">
      <span className="me-auto">{label}</span>
      {isOpenable && <OpenText text={text} title={label} language="" />}
      <CopyButton align="end" text={text} />
    </p>
  )
}
