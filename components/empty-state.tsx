import Link from "next/link"
import type { PublicAgent } from "#lib/chat-protocol.ts"
import { LiveDot } from "./controls/live-dot.tsx"
import { texts } from "./texts.ts"

interface EmptyStateProps {
  agent: PublicAgent
  agents: PublicAgent[]
  onChoose(prompt: string): void
}

/** The page of a new chat: what this is, the agents, prompts to begin with, and how to see that answers survive. */
export function EmptyState({ agent, agents, onChoose }: EmptyStateProps) {
  return (
    <div className="min-h-0 flex-1 overflow-y-auto [scrollbar-gutter:stable_both-edges]">
      <div className="mx-auto flex min-h-full max-w-[46rem] flex-col justify-center px-4 pt-6 pb-10 sm:px-8">
        <h2 className="font-semibold text-title tracking-tight text-balance">{texts.emptyTitle}</h2>
        <p className="mt-2 flex flex-wrap items-center gap-x-2 text-quiet">
          {texts.emptyLine}
          <span className="inline-flex items-center gap-2 whitespace-nowrap">
            <LiveDot state="writing" />
            {texts.emptyHint}
          </span>
          {/* A full navigation, because the demo shows this page in a frame. */}
          <a href="/demo" className="demo-link font-medium text-accent hover:underline pointer-coarse:py-2.5">
            {texts.seeDemo}
          </a>
        </p>
        {agents.length > 1 && <Agents current={agent} agents={agents} />}
        <ul aria-label={texts.startingPrompts} className="mt-6 grid border-line border-t">
          {agent.startingPrompts.slice(0, 4).map((prompt) => (
            <li key={prompt} className="border-line border-b">
              <button
                type="button"
                onClick={() => onChoose(prompt)}
                className="-mx-3 w-[calc(100%+1.5rem)] rounded-lg px-3 py-3 text-start text-quiet transition-colors duration-150 hover:text-text pointer-coarse:min-h-11"
              >
                {prompt}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  )
}

function Agents({ current, agents }: { current: PublicAgent; agents: PublicAgent[] }) {
  return (
    <nav aria-label={texts.agents} className="mt-8">
      <ul className="flex flex-wrap gap-1">
        {agents.map(({ slug, name }) => (
          <li key={slug}>
            <Link
              href={`/agent/${slug}`}
              prefetch={false}
              aria-current={slug === current.slug ? "page" : undefined}
              className="flex min-h-8 items-center rounded-full px-3 text-note text-quiet transition-colors duration-150 hover:text-text aria-[current]:bg-soft aria-[current]:font-medium aria-[current]:text-text pointer-coarse:min-h-11 pointer-coarse:px-4"
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
      <p className="mt-2 text-note text-quiet">{current.description}</p>
    </nav>
  )
}
