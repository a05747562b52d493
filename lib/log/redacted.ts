const secret = "[secret]"

/** Patterns of known kinds of secrets, each with what may remain of a match. */
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
  // keys with a known prefix: OpenAI and many others, Stripe, GitHub, GitLab, Slack, npm, Hugging Face, …
  [/\b(?:sk|pk|rk|whsec|vck|gsk|xai|hf|npm|ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abeoprs])[-_][\w-]{8,}/g, secret],
  [/\b(?:AKIA|ASIA)[A-Z\d]{16}\b/g, secret],
  [/\bAIza[\w-]{30,}/g, secret],
  [/\bya29\.[\w-]{10,}/g, secret],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, secret],
]

/** Replaces everything that looks like a key, a password or a session. */
export function redacted(text: string): string {
  return patterns.reduce((soFar, [pattern, replacement]) => soFar.replace(pattern, replacement), text)
}

/** Limits one text in a log line: a provider may answer with a whole page. */
const maxLoggedChars = 4_000

/** Prepares a foreign text for the log: cut to a maximum length, without secrets. */
export function loggedText(text: string): string {
  return redacted(text.slice(0, maxLoggedChars))
}
