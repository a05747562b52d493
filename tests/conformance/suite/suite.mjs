import { runConformanceTests } from "@durable-streams/server-conformance-tests"

// Copied beside the installed package, as a test: only there can it be imported, and here no other tool takes this for one.
runConformanceTests({ baseUrl: process.env.CONFORMANCE_URL, longPollTimeoutMs: 5_000 })
