"use client"

import { Database } from "lucide-react"
import Link from "next/link"
import { useState } from "react"
import { useGuest } from "#hooks/account/use-guest.ts"
import { type DemoView, useDemoView } from "#hooks/demo/use-demo-view.ts"
import { restartStore } from "#lib/transports/chat-api.ts"
import { compared } from "./compared-views.ts"
import { DemoGuide } from "./demo-guide.tsx"
import { action, DemoPane, EmptyPane, pane } from "./demo-pane.tsx"
import { type DemoStep, demoTexts, type Happening } from "./demo-texts.ts"

interface DemoPageProps {
  chatId: string
  isSignedIn: boolean
  /** the store that can be broken here; undefined in production */
  restartableStore: string | undefined
}

/** Shows within a minute what an answer survives: two views of one chat, and buttons that break them. */
export function DemoPage({ chatId, isSignedIn, restartableStore }: DemoPageProps) {
  const guest = useGuest(isSignedIn)
  const first = useDemoView()
  const second = useDemoView()
  const [isSecondOpen, setSecondOpen] = useState(false)
  const [happened, setHappened] = useState<Happening>("nothing")
  const isAsked = [first, second].some(({ shown }) => shown.isWriting || shown.words > 0)
  const happening = happened === "nothing" && isAsked ? "asked" : happened
  const { here, elsewhere } = demoTexts.happenings[happening]
  const done = new Set<DemoStep>()
  if (isAsked) done.add("ask")
  if (isSecondOpen && second.shown.words > 0) done.add("open")
  if (first.hasSurvived || second.hasSurvived) done.add("break")
  const address = `/demo/${chatId}/view`
  const comparison = isSecondOpen ? compared(first.shown, second.shown) : undefined

  function paneOf(view: DemoView, number: number, onClose?: () => void) {
    const and = (happening: Happening, act: () => void) => () => {
      act()
      setHappened(happening)
    }
    return (
      <DemoPane
        number={number}
        address={address}
        shown={view.shown}
        isDropped={view.isDropped}
        frame={view.setFrame}
        onLoad={view.noteLoaded}
        onReload={and("reloaded", view.reload)}
        onDrop={and("dropped", view.drop)}
        onRestore={and("restored", view.restore)}
        onClose={onClose}
      />
    )
  }

  return (
    <main
      aria-label={demoTexts.title}
      className="mx-auto flex min-h-dvh max-w-[90rem] flex-col gap-4 px-4 pt-[max(1rem,env(safe-area-inset-top))] pb-[max(1rem,env(safe-area-inset-bottom))] md:h-dvh md:px-6"
    >
      <header className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h1 className="font-semibold text-title tracking-tight">{demoTexts.title}</h1>
        <p className="text-quiet max-md:text-note">{demoTexts.line}</p>
      </header>
      <DemoGuide done={done} />
      <div className="flex min-h-11 flex-wrap items-center justify-between gap-x-6 gap-y-1">
        <p
          role="status"
          data-testid="happening"
          data-happening={happening}
          className="min-w-0 flex-1 basis-[20rem] text-note"
        >
          {here} {elsewhere && <span className="text-quiet">{elsewhere}</span>}
        </p>
        {restartableStore !== undefined && (
          <button
            type="button"
            className={`${action} text-note`}
            onClick={() => void restartStore().then((isDone) => setHappened(isDone ? "restarted" : "notRestarted"))}
          >
            <Database aria-hidden size={14} />
            {restartableStore === "memory" ? demoTexts.restartStore.memory : demoTexts.restartStore.redis}
          </button>
        )}
      </div>
      <div className="grid min-h-0 flex-1 gap-4 md:grid-cols-2 md:grid-rows-1">
        {guest === "ready" ? (
          paneOf(first, 1)
        ) : (
          <section className={`${pane} items-center justify-center p-6 text-center text-note text-quiet`}>
            <p role="status">{guest === "preparing" ? demoTexts.preparing : demoTexts.failed}</p>
          </section>
        )}
        {isSecondOpen ? (
          paneOf(second, 2, () => setSecondOpen(false))
        ) : (
          <EmptyPane
            onOpen={() => {
              setSecondOpen(true)
              if (isAsked) setHappened("opened")
            }}
          />
        )}
      </div>
      <footer className="flex min-h-9 items-center justify-between gap-4 text-note text-quiet">
        <p data-testid="comparison">{comparison}</p>
        <Link href={`/agent/assistant/${chatId}`} prefetch={false} className={action}>
          {demoTexts.inFull}
        </Link>
      </footer>
    </main>
  )
}
