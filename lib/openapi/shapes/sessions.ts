/** What better-auth takes and gives, as far as clients use it. */
import { z } from "zod"
import { named } from "../shape.ts"

const userShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  isAnonymous: z.boolean().nullish().describe("true: a guest"),
})

export const guestRequest = named("GuestRequest", z.object({}))
export const signUpRequest = named(
  "SignUpRequest",
  z.object({ email: z.string(), name: z.string(), password: z.string().min(8) }),
)
export const signInRequest = named("SignInRequest", z.object({ email: z.string(), password: z.string() }))
export const signedInShape = named("SignedIn", z.looseObject({ token: z.string().nullable(), user: userShape }))
export const signedOutShape = named("SignedOut", z.object({ success: z.boolean() }))
export const sessionShape = named(
  "Session",
  z.object({ session: z.looseObject({ expiresAt: z.iso.datetime() }), user: userShape }).nullable(),
)
