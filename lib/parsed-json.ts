/** Parses text from outside, which may be anything. @returns undefined where it is not JSON */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The caller learns it from the result.
    return undefined
  }
}
