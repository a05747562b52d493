/** The handlers' own schemas, under the names that the document gives them. */
import { branchSchema, shareSchema, stopSchema, titleSchema } from "#lib/http/request-bodies.ts"
import { decisionSchema } from "#lib/turns/request/decision-request.ts"
import { turnRequestSchema } from "#lib/turns/request/turn-request.ts"
import { named } from "../shape.ts"

export const turnRequest = named("TurnRequest", turnRequestSchema)
export const stopRequest = named("StopRequest", stopSchema)
export const decisionRequest = named("DecisionRequest", decisionSchema)
export const branchRequest = named("BranchRequest", branchSchema)
export const shareRequest = named("ShareRequest", shareSchema)
export const titleRequest = named("TitleRequest", titleSchema)
