const secret = "[secret]"

/** Where a secret begins, and what of it may stay: each by how the keys of its kind look. */
const patterns: [pattern: RegExp, replacement: string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, secret],
  [/\b(Bearer|Basic|Digest)\s+[^\s"',]+/gi, `$1 ${secret}`],
  // user:password@host, also without a user
  [/(\b[a-z][a-z\d+.-]*:\/\/[^:/\s@]*):[^@\s/]+@/gi, `$1:${secret}@`],
  [/\b((?:set-)?cookie["']?\s*[:=]\s*["']?)[^\r\n"']+/gi, `$1${secret}`],
  [
    /((?:api[-_ ]?key|x-secret-key|secret|token|passw(?:or)?d|passphrase|credential|authorization|signature)["']?\s*[:=]\s*["']?)(?!\[secret\]|(?:Bearer|Basic|Digest)\b)[^\s"'&,;}]+/gi,
    `$1${secret}`,
  ],
  // keys whose kind shows at their beginning: OpenAI and many others, Stripe, GitHub, GitLab, Slack, npm, Hugging Face, …
  [/\b(?:sk|pk|rk|whsec|vck|gsk|xai|hf|npm|ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abeoprs])[-_][\w-]{8,}/g, secret],
  [/\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g, secret],
  [/\bAIza[\w-]{30,}/g, secret],
  [/\bya29\.[\w-]{10,}/g, secret],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, secret],
]

/** @returns the text with everything that looks like a key, a password or a session replaced */
export function redacted(text: string): string {
  return patterns.reduce((soFar, [pattern, replacement]) => soFar.replace(pattern, replacement), text)
}

/** How long a line of the log may get by one text: a provider may answer with a whole page. */
const maxLoggedChars = 4_000

/** @returns a text of others as it may stand in the log: cut to a length, without secrets */
export function loggedText(text: string): string {
  return redacted(text.slice(0, maxLoggedChars))
}
