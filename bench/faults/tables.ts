/** The section on faults: a row a fault, a column a product, in each cell the worst that happened. */
import { markdownTable } from "../report/table.ts"
import { median } from "../statistics.ts"
import type { FaultResults, RecordedOutcome } from "./results.ts"

/** Shorter silences are not told from a busy machine. */
const noticedSilenceMs = 1_000

const introduction = `## What survives

What do people lose when something goes wrong in the middle of an answer?`

const legend = `An answer has 60 words, 20 a second. A simulated provider marks each word with the call that sent it, so a reader that compares
what a page shows with what was sent sees each of these, in words: **lost** (missing when the page has ended), or **lost until reload** (there
after another reload, once all is over), **twice** (shown twice), **changed** (replaced by others after they were seen), **bought in
vain** (sent by the provider once more, or after a stop). **hangs**: the page neither ends nor fails within 45 s. *Says it failed*: nothing is
lost, but the page shows an error. Seconds are the longest silence beyond that of an undisturbed answer, where it is more than one.
"(3 of 10)": in that many rounds; otherwise in all, and the median of the rounds concerned.

Each product is read by its own documented client (\`bench/faults/pages\`): a stock \`useChat\` with \`resume: true\`, which resumes when a page
opens and not after a cut; TanStack's own \`ChatClient\`; our own transport. The store is what a running answer is kept in: Redis, which
comes back empty, or Postgres, which keeps its data. Where two servers can share the same data a second one stands by; otherwise the
same one is started again, and its start is part of the silence.`

export function faultsSection(results: FaultResults | undefined): string {
  if (!results) return `${introduction}\n\nNot run yet: \`npm run bench:faults\`.\n\n${legend}`
  const { peers, command, rounds, measuredOn, commit, machine } = results
  const of = `\`${command}\`: ${rounds} ${rounds === 1 ? "round" : "rounds"}, ${measuredOn}, commit ${commit}, ${machine}.`
  const versions = peers.map(({ title, description, versions }) => {
    const installed = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
    return `- ${title}: ${description} (${installed.join(", ")})`
  })
  return [introduction, faultsTable(results), legend, versions.join("\n"), of].join("\n\n")
}

export function faultsTable({ peers, faults, outcomes }: FaultResults): string {
  const rows = faults.map((fault) => [
    fault.title,
    ...peers.map((peer) => cellOf(outcomes.filter((each) => each.fault === fault.name && each.peer === peer.name))),
  ])
  return markdownTable([
    ["", ...peers.map(({ title }) => title)],
    ...rows,
    ["*to set up:* services", ...peers.map(({ setup }) => setup.services.join(", ") || "none")],
    ["*to set up:* commands", ...peers.map(({ setup }) => String(setup.commands.length))],
  ])
}

function cellOf(rounds: RecordedOutcome[]): string {
  if (rounds.length === 0) return "–"
  const said = [
    hangsIn(rounds),
    wordsIn(rounds, "lost", ({ lost, lostForGood }) => (lostForGood > 0 ? lost : 0)),
    wordsIn(rounds, "lost until reload", ({ lost, lostForGood }) => (lostForGood > 0 ? 0 : lost)),
    wordsIn(rounds, "twice", ({ twice }) => twice),
    wordsIn(rounds, "changed", ({ changed }) => changed),
    wordsIn(rounds, "bought in vain", ({ boughtTwice }) => boughtTwice),
  ].filter((each) => each !== undefined)
  if (said.length === 0) said.push(rounds.some(({ problem }) => problem) ? "whole, but says it failed" : "whole")
  const silenceMs = median(rounds.map((round) => round.silenceMs))
  const isRead = rounds.every(({ lost, isHung }) => lost === 0 && !isHung)
  if (isRead && silenceMs >= noticedSilenceMs) said.push(`${(silenceMs / 1000).toFixed(1)} s`)
  return said.join(", ")
}

function hangsIn(rounds: RecordedOutcome[]): string | undefined {
  const hung = rounds.filter(({ isHung }) => isHung).length
  return hung === 0 ? undefined : `**hangs**${inSome(hung, rounds)}`
}

function wordsIn(
  rounds: RecordedOutcome[],
  word: string,
  figure: (outcome: RecordedOutcome) => number,
): string | undefined {
  const counts = rounds.map(figure).filter((count) => count > 0)
  return counts.length === 0 ? undefined : `**${median(counts)} ${word}**${inSome(counts.length, rounds)}`
}

function inSome(count: number, rounds: RecordedOutcome[]): string {
  return count === rounds.length ? "" : ` (${count} of ${rounds.length})`
}
