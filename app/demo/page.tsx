import { randomUUID } from "node:crypto"
import { redirect } from "next/navigation"
import { connection } from "next/server"

/** A chat of its own for each visit, under an address of its own: a reload of the whole page finds it again. */
export default async function NewDemoPage() {
  await connection()
  redirect(`/demo/${randomUUID()}`)
}
