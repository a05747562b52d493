import type { Metadata } from "next"
import { headers } from "next/headers"
import { notFound } from "next/navigation"
import { operatorTexts } from "#components/operator/operator-texts.ts"
import { StreamsPage } from "#components/operator/streams-page.tsx"
import { texts } from "#components/texts.ts"
import { findUser, isAdmin } from "#lib/auth/session.ts"
import { getServices } from "#lib/services.ts"

/** Answers everyone but admins like an unknown address, down to the title. */
export async function generateMetadata(): Promise<Metadata> {
  return (await isAskedByAdmin()) ? { title: `${operatorTexts.title} · ${texts.appName}` } : {}
}

export default async function AdminStreamsPage() {
  if (!(await isAskedByAdmin())) notFound()
  const { reports } = await getServices()
  return <StreamsPage first={await reports.read()} />
}

async function isAskedByAdmin(): Promise<boolean> {
  const { auth, config } = await getServices()
  if (config.adminEmails.length === 0) return false
  const user = await findUser(auth, await headers())
  return user !== undefined && isAdmin(user, config.adminEmails)
}
