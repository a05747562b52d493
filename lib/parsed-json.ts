/** Reads text that comes from outside and may be anything. @returns undefined where it is no JSON */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // That it cannot be read is the answer.
    return undefined
  }
}
