import { z } from "zod"
import type { Address, Reply } from "../operation.ts"
import {
  guestRequest,
  sessionShape,
  signedInShape,
  signedOutShape,
  signInRequest,
  signUpRequest,
} from "../shapes/sessions.ts"

const signedIn: Reply = {
  description: "The session is in the cookie.",
  json: signedInShape,
  headers: { "set-cookie": z.string() },
}
const common = ["invalid_request", "invalid_text", "rate_limited", "db_unavailable", "db_busy"] as const

/** What the pages use of better-auth, which has more. */
export const sessions: Record<string, Address> = {
  "/api/auth/sign-in/anonymous": {
    post: {
      tag: "Sessions",
      summary: "Signs in as a guest",
      access: "anyone",
      body: { schema: guestRequest, isOptional: true, examples: { nothing: {} }, refused: {} },
      replies: { 200: signedIn },
      refusals: [...common],
      foreignRefusals: { 400: ["ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY"] },
    },
  },
  "/api/auth/sign-up/email": {
    post: {
      tag: "Sessions",
      summary: "Creates an account; a guest who does keeps the chats",
      access: "anyone",
      body: {
        schema: signUpRequest,
        examples: { "an account": { email: "ada@example.com", name: "Ada", password: "correct horse" } },
        refused: { "no password": { value: { email: "ada@example.com", name: "Ada" }, code: "invalid_request" } },
      },
      replies: { 200: signedIn },
      refusals: [...common],
      foreignRefusals: {
        400: ["INVALID_EMAIL", "PASSWORD_TOO_SHORT", "PASSWORD_TOO_LONG"],
        403: ["ADDRESS_IS_RESERVED"],
        422: ["USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"],
      },
    },
  },
  "/api/auth/sign-in/email": {
    post: {
      tag: "Sessions",
      summary: "Signs in with an account",
      access: "anyone",
      body: {
        schema: signInRequest,
        examples: { "an account": { email: "ada@example.com", password: "correct horse" } },
        refused: { "no password": { value: { email: "ada@example.com" }, code: "invalid_request" } },
      },
      replies: { 200: signedIn },
      refusals: [...common],
      foreignRefusals: { 400: ["INVALID_EMAIL"], 401: ["INVALID_EMAIL_OR_PASSWORD"] },
    },
  },
  "/api/auth/sign-out": {
    post: {
      tag: "Sessions",
      summary: "Ends the session",
      access: "anyone",
      body: { schema: guestRequest, isOptional: true, examples: { nothing: {} }, refused: {} },
      replies: { 200: { description: "The cookie is cleared.", json: signedOutShape } },
      refusals: [...common],
    },
  },
  "/api/auth/get-session": {
    get: {
      tag: "Sessions",
      summary: "Reads the session; null where there is none",
      access: "anyone",
      replies: { 200: { description: "The session and its user.", json: sessionShape } },
      refusals: ["rate_limited", "db_unavailable", "db_busy"],
    },
  },
}
