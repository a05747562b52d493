import { expect } from "vitest"
import type { Fleet } from "../servers/fleet.ts"
import type { Tab } from "./tab.ts"
import type { TestChat } from "./test-chat.ts"

export interface FollowedAnswer {
  chat: TestChat
  /** at the server that writes */
  first: Tab
  /** at another one */
  second: Tab
}

/** An answer that a tab here and a tab there have seen fifty words of; the model waits. */
export async function followedAnswer(fleet: Fleet, question: string): Promise<FollowedAnswer> {
  const chat = await fleet.chat()
  fleet.model.hold()
  const first = await chat.ask(fleet.server(0), question)
  const second = await chat.followLive(fleet.server(1))
  fleet.model.release(50)
  await Promise.all([first.until("word50"), second.until("word50")])
  return { chat, first, second }
}

export function expectUndisturbed(tab: Tab): void {
  expect({ reattached: tab.reattached, resets: tab.resets }).toEqual({ reattached: 0, resets: 0 })
}
