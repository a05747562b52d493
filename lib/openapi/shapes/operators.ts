import { z } from "zod"
import { named } from "../shape.ts"

export const healthShape = named(
  "Health",
  z.object({
    status: z.enum(["ok", "starting", "draining", "unavailable"]),
    database: z.enum(["ok", "unavailable", "starting"]),
    redis: z.enum(["ok", "unavailable", "off", "starting"]),
    redisRefusal: z.string().optional(),
  }),
)

const carriedStreamShape = z.object({
  role: z.enum(["producer", "follower"]),
  readers: z.number(),
  lag: z.object({ events: z.number(), ms: z.number() }).optional(),
  commands: z.number(),
})

const reportedStreamShape = named(
  "ReportedStream",
  z.object({
    streamId: z.uuid(),
    chatId: z.uuid(),
    user: z.string(),
    agent: z.string(),
    model: z.string(),
    ageSeconds: z.number(),
    takeovers: z.number(),
    isDead: z.boolean(),
    chars: z.number(),
    tokens: z.number(),
    here: carriedStreamShape.optional(),
  }),
)

const reportedProcessShape = named(
  "ReportedProcess",
  z.object({
    id: z.string(),
    uptimeSeconds: z.number(),
    relay: z.string(),
    store: z.string(),
    isStoreReachable: z.boolean(),
    running: z.number(),
    readers: z.number().optional(),
    events: z.number().optional(),
    commands: z.number(),
    takeovers: z.number(),
    ended: z.record(z.string(), z.number()).describe("answers that ended here, by status"),
  }),
)

const sampleShape = z.object({
  atMs: z.number(),
  running: z.number(),
  readers: z.number(),
  eventsPerSecond: z.number(),
})

export const reportShape = named(
  "StreamsReport",
  z.object({
    process: reportedProcessShape,
    history: z.array(sampleShape),
    streams: z.array(reportedStreamShape).optional().describe("missing while the database is unavailable"),
  }),
)

export const restartedShape = named("Restarted", z.object({ restarted: z.string() }))
export const documentShape = named("OpenApiDocument", z.looseObject({ openapi: z.string() }))
export const emptyShape = named("Empty", z.object({}))
