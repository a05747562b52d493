import type { LanguageModelV4 } from "@ai-sdk/provider"
import { scripted, type TestModel } from "./scripted-model.ts"

/** One call of the model, and how far it may speak. */
export interface Voice {
  readonly said: number
  readonly isDone: boolean
  readonly isBrokenOff: boolean
  /** Releases `count` more words; after its last one the answer ends. */
  say(words: number): void
}

export interface Voices {
  /** in the order they were called */
  readonly all: readonly Voice[]
  /** The model of one process, and the last call that process made. */
  ofProcess(): LanguageModelV4 & { readonly latest: Voice | undefined }
  /** @throws if a text is not a sequence of the voices' words, each from its first one */
  expectSaidBy(text: string): void
}

/** A model that answers each call with words that identify the call, held back until they are released. */
export function voices(wordsEach: number): Voices {
  const all: Voice[] = []

  function call(): TestModel {
    const name = all.length + 1
    const words = Array.from({ length: wordsEach }, (_, index) => ` v${name}.${index + 1}`)
    const model = scripted(words.join(""), { held: true })
    let said = 0
    all.push({
      get said() {
        return said
      },
      get isDone() {
        return said === wordsEach
      },
      get isBrokenOff() {
        return model.brokenOff > 0
      },
      say(count) {
        const next = Math.min(count, wordsEach - said)
        said += next
        model.release(next)
      },
    })
    return model
  }

  return {
    all,
    ofProcess() {
      let latest: Voice | undefined
      const { calls: _, brokenOff: __, ...shape } = scripted("")
      return {
        ...shape,
        get latest() {
          return latest
        },
        doStream(options) {
          const model = call()
          latest = all.at(-1)
          return model.doStream(options)
        },
      }
    },
    expectSaidBy(text) {
      const spoken = [...text.matchAll(/ v(\d+)\.(\d+)/g)]
      let voice = 0
      let word = 0
      for (const [, itsVoice, itsWord] of spoken) {
        const isNext = Number(itsVoice) > voice ? Number(itsWord) === 1 : Number(itsWord) === word + 1
        voice = Number(itsVoice)
        word = Number(itsWord)
        if (!isNext || word > (all[voice - 1]?.said ?? 0)) throw new Error(`nobody said it so: ${text}`)
      }
      if (spoken.map(([whole]) => whole).join("") !== text) throw new Error(`nobody said this: ${text}`)
    },
  }
}
