/**
 * Recognises a Redis that answers but cannot be used: a replica after a failover, a full server, a node of a Cluster, a
 * user without rights. Errors about a single key are told apart.
 */

/** These codes concern one key or one script and say nothing about the store. */
const keyErrorCodes = new Set(["ERR", "WRONGTYPE", "NOSCRIPT", "BUSYGROUP", "BUSYKEY", "NOGROUP", "UNBLOCKED"])

/**
 * These errors have no code and are recognised by their text: Upstash's limits, clones that lack streams, old kinds of
 * users.
 */
const storeErrorPattern =
  /^ERR (unknown command|max(imum)? number of clients|max (daily |monthly )?(request(?! size)|bandwidth|storage|database)|DB capacity|operation not permitted|invalid password|Client sent AUTH|AUTH |wrong number of arguments for 'auth'|command is not (available|allowed)|.*\b(quota|limit) exceeded)/i

/** The answering server does not accept writes: another connection may find one that does. */
const roleErrorCodes = new Set(["READONLY", "MASTERDOWN", "MOVED", "ASK", "CLUSTERDOWN"])

const hints: Record<string, string> = {
  READONLY: "It is a replica: after a failover its address has to lead to the new master.",
  MASTERDOWN: "It is a replica that has lost its master.",
  MOVED: "It is one node of a Cluster, and only a single server can be used.",
  ASK: "It is one node of a Cluster, and only a single server can be used.",
  CROSSSLOT: "It is one node of a Cluster, and only a single server can be used.",
  CLUSTERDOWN: "It is one node of a Cluster, and only a single server can be used.",
  NOPERM: "The user in its address lacks the right: check its ACL.",
  NOAUTH: "It requires a password.",
  WRONGPASS: "Its user name or password is wrong.",
  OOM: "Its memory is full: check maxmemory and its eviction policy.",
  MISCONF: "It cannot save to its disk.",
  LOADING: "It is still loading its data from disk.",
  NOREPLICAS: "It has fewer replicas than it requires.",
}

/** Finds the error code by which Redis says that it cannot be used; undefined for any other error. */
export function refusalOf(error: unknown): string | undefined {
  for (const text of textsOf(error)) {
    const [code = ""] = /^[A-Z]+(?=\s|$)/.exec(text) ?? []
    if (code === "EXECABORT") continue
    if (code !== "" && !keyErrorCodes.has(code)) return code
    if (storeErrorPattern.test(text)) return "ERR"
  }
  return undefined
}

/** Tells whether a new connection may lead to a server that can be used. */
export function isRoleError(code: string): boolean {
  return roleErrorCodes.has(code)
}

/** Explains a refusal in a sentence for the log. */
export function refusalText(code: string): string {
  const hint = hints[code] ?? "Its message is below."
  return `The store answers but refuses commands (${code}). ${hint} It is not used until it accepts writes.`
}

/**
 * Lists an error's texts: a transaction repeats its refusal for each command, and a REST client puts words before
 * Redis's.
 */
function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const previous: unknown[] =
    "previousErrors" in error && Array.isArray(error.previousErrors) ? error.previousErrors : []
  // If a transaction was never sent, the client lists the error among its own previous errors.
  return [...previous, error].filter((each) => each instanceof Error).flatMap(({ message }) => textsIn(message))
}

function textsIn(message: string): string[] {
  const text = message.replace(/^(?:Command failed: |Error: |ReplyError: )+/, "").split(", command was:")[0] ?? ""
  const nested = /(?:EXECABORT|Command \d+ \[ \w+ \] failed:).*?\b([A-Z]{3,} .*)$/.exec(text)?.[1]
  return [text, ...(nested ? [nested] : [])]
}
