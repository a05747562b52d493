import type { ToolSet } from "ai"
import { z } from "zod"
import { isNamingSources } from "./marks.ts"

export interface NamedSource {
  url: string
  title?: string | undefined
}

const namingOutput = z.looseObject({
  sources: z.array(z.looseObject({ url: z.string(), title: z.string().optional() })),
})

/** Lists the sources in an output; none if it only reports progress. */
export function sourcesIn(output: unknown): NamedSource[] {
  return namingOutput.safeParse(output).data?.sources ?? []
}

/**
 * Wraps tools so that each source in their output carries its number.
 * @param numberOf returns that number in the answer
 */
export function numberedTools(tools: ToolSet, numberOf: (source: NamedSource) => number | undefined): ToolSet {
  const numbered = (output: unknown) => {
    const { data } = namingOutput.safeParse(output)
    return data ? { ...data, sources: data.sources.map((source) => ({ number: numberOf(source), ...source })) } : output
  }
  return Object.fromEntries(
    Object.entries(tools).map(([name, tool]) => {
      const { execute } = tool
      if (!execute || !isNamingSources(tool)) return [name, tool]
      // The tool keeps its type: only its output is new.
      return [name, { ...tool, execute: mapped(execute, numbered) } as ToolSet[string]]
    }),
  )
}

type Execute = NonNullable<ToolSet[string]["execute"]>

function mapped(execute: Execute, change: (output: unknown) => unknown): Execute {
  return (input, options) => {
    const result: unknown = execute(input, options)
    return isAsyncIterable(result) ? mappedEach(result, change) : Promise.resolve(result).then(change)
  }
}

async function* mappedEach(outputs: AsyncIterable<unknown>, change: (output: unknown) => unknown) {
  for await (const output of outputs) yield change(output)
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value
}
