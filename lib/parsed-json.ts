/** Parses untrusted text as JSON. @returns undefined if it is not JSON */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A syntax error means that the text is not JSON.
    return undefined
  }
}
