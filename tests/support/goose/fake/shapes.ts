import { z } from "zod"

export const blocksSchema = z.array(
  z.union([
    z.looseObject({ type: z.literal("text"), text: z.string() }),
    z.looseObject({ type: z.literal("image"), data: z.string(), mimeType: z.string() }),
    z.looseObject({
      type: z.literal("resource"),
      resource: z.looseObject({ uri: z.string(), text: z.string().optional() }),
    }),
    z.looseObject({ type: z.enum(["audio", "resource_link"]) }),
  ]),
)

export const sessionSchema = z.looseObject({ sessionId: z.string() })
export const placeSchema = z.looseObject({ cwd: z.string(), mcpServers: z.array(z.looseObject({ name: z.string() })) })
export const modeSchema = z.looseObject({ modeId: z.string() })
export const steerSchema = z.looseObject({ expectedRunId: z.string(), prompt: z.array(z.unknown()).min(1) })
export const configSchema = z.looseObject({ configId: z.string(), value: z.string() })
export const decisionSchema = z.looseObject({
  outcome: z.looseObject({ outcome: z.string(), optionId: z.string().optional() }),
})
