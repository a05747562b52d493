import { expect, test, vi } from "vitest"
import { problemTexts } from "#lib/transports/problem-texts.ts"
import { signInAsGuest } from "#lib/transports/sign-in-as-guest.ts"

const page = (status: number) => () =>
  new Response("<h1>Back soon</h1>", { status, headers: { "content-type": "text/html" } })
const nobody = () => Response.json(null)
const guest = () => Response.json({ token: "t", user: {} })

test.each([503, 500, 502, 520, 200, 404])(
  "P1 a guest who meets a proxy's %d is signed in once the server is back",
  async (status) => {
    const asked = answering(page(status), nobody, page(status), nobody, guest)
    const signingIn = signInAsGuest()
    await vi.advanceTimersByTimeAsync(2_000)
    await signingIn
    expect(asked).toHaveBeenCalledTimes(5)
    expect(asked).toHaveBeenLastCalledWith("/api/auth/sign-in/anonymous", expect.anything())
  },
)

test("P1 a guest refused by a program in front of the server is told so", async () => {
  answering(page(403))
  await expect(signInAsGuest()).rejects.toMatchObject({ message: problemTexts.asksForSignIn })
})

test("P3 a guest refused as coming from another site is shown the server's sentence", async () => {
  const error = { code: "origin_not_allowed", message: "Set BETTER_AUTH_URL.", requestId: "1", retryable: false }
  const asked = answering(nobody, () => Response.json({ error }, { status: 403 }))
  await expect(signInAsGuest()).rejects.toMatchObject({ code: error.code, message: error.message })
  expect(asked).toHaveBeenCalledTimes(2)
})

function answering(...answers: (() => Response)[]) {
  vi.useFakeTimers()
  const asked = vi.fn(async (_address: string, _init: RequestInit) => answers.shift()?.() ?? guest())
  vi.stubGlobal("fetch", asked)
  return asked
}
