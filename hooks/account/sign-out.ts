import { endSession } from "#lib/transports/account-api.ts"
import { dropAllDrafts } from "../composer/drafts.ts"
import { dropAllChoices } from "../composer/model-choices.ts"

/**
 * Signs out and opens the first page, which shows nothing of the account.
 * @returns false if the server was not reached or refused: then the user is still signed in, and nothing was dropped
 */
export async function signOut(): Promise<boolean> {
  if ((await endSession()) !== undefined) return false
  dropAllDrafts()
  dropAllChoices()
  window.location.assign("/")
  return true
}
