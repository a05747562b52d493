import type { Metadata } from "next"
import { notFound } from "next/navigation"
import { cache } from "react"
import { DocumentList, DocumentView } from "#components/document-view.tsx"
import { texts } from "#components/texts.ts"
import { readDocuments } from "#lib/documents.ts"

interface DocumentPageProps {
  params: Promise<{ name?: string[] }>
}

export async function generateMetadata({ params }: DocumentPageProps): Promise<Metadata> {
  const { name } = await params
  const title = name ? (await findDocument(name.join("/")))?.title : undefined
  return { title: `${title ?? texts.documentsTitle} · ${texts.appName}` }
}

/** The project's own documents, which answers cite. Readable without a session. */
export default async function DocumentPage({ params }: DocumentPageProps) {
  const { name } = await params
  if (!name) return <DocumentList documents={(await documents()).map(({ title, url }) => ({ title, url }))} />
  const document = await findDocument(name.join("/"))
  if (!document) notFound()
  return <DocumentView title={document.title} sections={document.sections} />
}

const documents = cache(() => readDocuments())

/** Looks the name up in the list of documents. It is never used as a file path. */
async function findDocument(name: string) {
  return (await documents()).find(({ url }) => url === `/docs/${name}`)
}
