/**
 * Turns Goose's question for a permission into the id of an approval and a decision back into its answer. The answer
 * may be given by another process, which has seen nothing but that id. Permissions are chosen by kind and for one call
 * only: "always" would be for all chats of all users.
 */
import { z } from "zod"
import type { AcpMessage, PermissionRequest, RequestId } from "./shapes.ts"

const optionsSchema = z.object({
  options: z.array(z.object({ optionId: z.string(), kind: z.string() }).optional().catch(undefined)).catch([]),
})

/** Returns the approval's id, which holds all that the answer needs. */
export function approvalIdOf({ id }: PermissionRequest, { params }: AcpMessage): string {
  const options = optionsSchema.safeParse(params).data?.options ?? []
  const optionOf = (kind: string) => options.find((option) => option?.kind === kind)?.optionId ?? null
  const allow = optionOf("allow_once")
  const reject = optionOf("reject_once")
  if (typeof id === "string" && !id.startsWith("[") && allow === "allow_once" && reject === "reject_once") return id
  return JSON.stringify([id, allow, reject])
}

const knownSchema = z.tuple([z.union([z.string(), z.number()]), z.string().nullable(), z.string().nullable()])

/**
 * Returns the id of Goose's request and the answer to it.
 * @param approved undefined: nobody decided, and the run is to end
 */
export function permissionAnswer(approvalId: string, approved: boolean | undefined): { id: RequestId; result: object } {
  const [id, allow, reject] = known(approvalId)
  const optionId = approved === undefined ? null : approved ? allow : reject
  return { id, result: { outcome: optionId === null ? { outcome: "cancelled" } : { outcome: "selected", optionId } } }
}

function known(approvalId: string): z.output<typeof knownSchema> {
  if (!approvalId.startsWith("[")) return [approvalId, "allow_once", "reject_once"]
  return knownSchema.parse(JSON.parse(approvalId))
}
