"use client"

import { FileText, Wrench } from "lucide-react"
import Link from "next/link"
import { Fragment } from "react"
import type { SharedChat, SharedMessage, SharedPart } from "#lib/share-protocol.ts"
import { LocalTime } from "./controls/local-time.tsx"
import { Toasts } from "./controls/toasts.tsx"
import { Markdown } from "./markdown/markdown.tsx"
import { WithSources } from "./messages/answer/sources.tsx"
import { texts } from "./texts.ts"

/** Shows a shared chat, read-only. */
export function SharedChatView({ chat }: { chat: SharedChat }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[46rem] flex-col px-4 pt-[max(2.5rem,env(safe-area-inset-top))] pb-[max(2rem,env(safe-area-inset-bottom))]">
      <header className="border-line border-b pb-5">
        <h1 dir="auto" className="font-semibold text-title tracking-tight text-balance">
          {chat.title || texts.sharedChat}
        </h1>
        <p className="mt-1.5 text-note text-quiet">
          {texts.sharedOn} <LocalTime at={chat.sharedAt} />. {texts.sharedUntilThen}
        </p>
      </header>
      <div className="relative flex flex-1 flex-col gap-7 pt-7 pb-10">
        {chat.messages.map((message, index) => (
          <Fragment key={index}>
            <h2 className="sr-only">{message.role === "user" ? texts.question : texts.assistant(texts.appName)}</h2>
            {message.role === "user" ? <Question message={message} /> : <Answer message={message} />}
          </Fragment>
        ))}
      </div>
      <footer className="border-line border-t pt-3">
        <Link
          href="/"
          prefetch={false}
          className="inline-flex min-h-11 items-center font-medium text-[0.875rem] text-accent hover:underline"
        >
          {texts.ownChat}
        </Link>
      </footer>
      <Toasts />
    </main>
  )
}

function Question({ message: { parts } }: { message: SharedMessage }) {
  return (
    <article aria-label={texts.question} data-testid="message-user" className="flex flex-col items-end gap-2">
      {parts.map((part, index) =>
        part.type === "text" ? (
          <div key={index} className="plain-text max-w-[85%] rounded-3xl bg-soft px-4 py-2.5">
            {part.text}
          </div>
        ) : (
          <Named key={index} part={part} />
        ),
      )}
    </article>
  )
}

function Answer({ message: { parts, isWhole } }: { message: SharedMessage }) {
  const sources = parts.flatMap((part, index) =>
    part.type === "source" ? [{ ...part, type: "source-url" as const, sourceId: String(index) }] : [],
  )
  return (
    <article
      aria-label={texts.assistant(texts.appName)}
      data-testid="message-assistant"
      className="flex flex-col gap-1"
    >
      <WithSources sources={sources}>
        {parts.map((part, index) =>
          part.type === "text" ? (
            <Markdown key={index} text={part.text} isLive={false} />
          ) : (
            <Named key={index} part={part} />
          ),
        )}
      </WithSources>
      {!isWhole && <p className="text-note text-quiet">{texts.sharedBrokenOff}</p>}
    </article>
  )
}

/** Only names tools and attachments, whose content is not shared. */
function Named({ part }: { part: SharedPart }) {
  if (part.type !== "tool" && part.type !== "attachment") return null
  const Icon = part.type === "tool" ? Wrench : FileText
  return (
    <p className="flex min-h-8 max-w-full items-center gap-2 text-note text-quiet">
      <Icon aria-hidden size={15} strokeWidth={1.75} className="shrink-0" />
      <span className="truncate">
        {part.type === "tool" ? texts.sharedTool(part.name.replace(/[_-]+/g, " ")) : (part.name ?? texts.pastedText)}
      </span>
    </p>
  )
}
