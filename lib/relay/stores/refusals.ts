/**
 * What a Redis answers that works and cannot be used: a replica after a failover, a full one, one of a Cluster, a user
 * without rights. It is told from what is wrong with a single key.
 */

/** Concern one key or one script, and say nothing of the store. */
const wordsAboutKeys = new Set(["ERR", "WRONGTYPE", "NOSCRIPT", "BUSYGROUP", "BUSYKEY", "NOGROUP", "UNBLOCKED"])

/** By their text: they have no word of their own. Upstash's limits, clones that lack streams, and users of the old kind. */
const textsAboutTheStore =
  /^ERR (unknown command|max(imum)? number of clients|max (daily |monthly )?(request(?! size)|bandwidth|storage|database)|DB capacity|operation not permitted|invalid password|Client sent AUTH|AUTH |wrong number of arguments for 'auth'|command is not (available|allowed)|.*\b(quota|limit) exceeded)/i

/** The server that answers is not the one that takes what is written: another connection may find it. */
const wordsOfRoles = new Set(["READONLY", "MASTERDOWN", "MOVED", "ASK", "CLUSTERDOWN"])

const hints: Record<string, string> = {
  READONLY: "It is a replica: after a failover its address has to lead to the new master.",
  MASTERDOWN: "It is a replica that has lost its master.",
  MOVED: "It is one node of a Cluster, and only a single server can be used.",
  ASK: "It is one node of a Cluster, and only a single server can be used.",
  CROSSSLOT: "It is one node of a Cluster, and only a single server can be used.",
  CLUSTERDOWN: "It is one node of a Cluster, and only a single server can be used.",
  NOPERM: "The user of its address may not do what is asked: look at its ACL.",
  NOAUTH: "It wants a password.",
  WRONGPASS: "Its user name or password is wrong.",
  OOM: "Its memory is full: look at maxmemory and its eviction policy.",
  MISCONF: "It cannot save to its disk.",
  LOADING: "It still reads its data from the disk.",
  NOREPLICAS: "It has fewer replicas than it demands.",
}

/** @returns the word by which Redis says that it cannot be used; undefined where the error is none of these */
export function refusalOf(error: unknown): string | undefined {
  for (const text of textsOf(error)) {
    const [word = ""] = /^[A-Z]+(?=\s|$)/.exec(text) ?? []
    if (word === "EXECABORT") continue
    if (word !== "" && !wordsAboutKeys.has(word)) return word
    if (textsAboutTheStore.test(text)) return "ERR"
  }
  return undefined
}

/** @returns true where a new connection may lead to a server that can be used */
export function isOfRole(word: string): boolean {
  return wordsOfRoles.has(word)
}

/** A sentence for the log. */
export function refusalText(word: string): string {
  const hint = hints[word] ?? "What it says is below."
  return `The store answers, and refuses what it is asked (${word}). ${hint} It is not used until it takes what is written.`
}

/** What refused a transaction is told with each of its commands; a REST client puts words before what Redis said. */
function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const previous: unknown[] =
    "previousErrors" in error && Array.isArray(error.previousErrors) ? error.previousErrors : []
  // Where a transaction was never sent, the client lists it among its own previous errors.
  return [...previous, error].filter((each) => each instanceof Error).flatMap(({ message }) => textsIn(message))
}

function textsIn(message: string): string[] {
  const said = message.replace(/^(?:Command failed: |Error: |ReplyError: )+/, "").split(", command was:")[0] ?? ""
  const nested = /(?:EXECABORT|Command \d+ \[ \w+ \] failed:).*?\b([A-Z]{3,} .*)$/.exec(said)?.[1]
  return [said, ...(nested ? [nested] : [])]
}
