import { randomUUID } from "node:crypto"
import { redirect } from "next/navigation"
import { connection } from "next/server"

/** Redirects each visit to its own new chat, so that a reload finds the same one. */
export default async function NewDemoPage() {
  await connection()
  redirect(`/demo/${randomUUID()}`)
}
