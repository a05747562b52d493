"use client"

import { Toasts } from "./controls/toasts.tsx"
import { Markdown } from "./markdown/markdown.tsx"
import { texts } from "./texts.ts"

interface Section {
  title: string
  /** of the heading, 1 to 6; 0 above the first heading */
  level: number
  anchor: string
  /** Markdown */
  text: string
}

/** Shows a document of this project, with an anchor for each section. */
export function DocumentView({ title, sections }: { title: string; sections: Section[] }) {
  return (
    <main className={page}>
      <nav className="mb-5 text-note">
        <a href="/docs" className={link}>
          {texts.allDocuments}
        </a>
      </nav>
      <h1 dir="auto" className="font-semibold text-title tracking-tight text-balance">
        {title}
      </h1>
      {sections.map(({ anchor, text, ...heading }) => (
        <section key={anchor} id={anchor || undefined} className="mt-4 scroll-mt-6 [&:has(>h2)]:mt-9 [&:has(>h3)]:mt-7">
          <Heading {...heading} />
          <Markdown text={text} isLive={false} />
        </section>
      ))}
      <Toasts />
    </main>
  )
}

/** A heading as in an answer, but one level higher. The page itself shows the document's title. */
function Heading({ title, level }: Pick<Section, "title" | "level">) {
  if (level < 2) return null
  const [Tag, size] = level === 2 ? (["h2", "text-[1.25rem]"] as const) : (["h3", "text-[1.0625rem]"] as const)
  return (
    <Tag dir="auto" className={`font-semibold leading-snug ${size}`}>
      {title}
    </Tag>
  )
}

export function DocumentList({ documents }: { documents: { title: string; url: string }[] }) {
  return (
    <main className={page}>
      <h1 className="font-semibold text-title tracking-tight">{texts.documentsTitle}</h1>
      <p className="mt-1.5 text-quiet">{texts.documentsLine}</p>
      <ul className="mt-6">
        {documents.map(({ title, url }) => (
          <li key={url}>
            <a href={url} className={link}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </main>
  )
}

const page =
  "mx-auto min-h-dvh max-w-[46rem] px-4 pt-[max(2.5rem,env(safe-area-inset-top))] pb-[max(4rem,env(safe-area-inset-bottom))]"
const link =
  "inline-flex min-h-9 items-center font-medium text-accent hover:underline pointer-coarse:min-h-11 pointer-coarse:min-w-11"
