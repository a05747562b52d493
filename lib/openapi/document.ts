/** The whole API as OpenAPI 3.1: built from the handlers' schemas and the table of errors, by hand only for the rest. */
import { answers } from "./addresses/answers.ts"
import { chats } from "./addresses/chats.ts"
import { durable } from "./addresses/durable.ts"
import { files } from "./addresses/files.ts"
import { operators } from "./addresses/operators.ts"
import { sessions } from "./addresses/sessions.ts"
import { waysIn } from "./addresses/ways-in.ts"
import { type Address, described } from "./operation.ts"
import { namedSchemas } from "./shape.ts"

const addresses: Record<string, Address> = {
  ...answers,
  ...waysIn,
  ...durable,
  ...chats,
  ...files,
  ...sessions,
  ...operators,
}

export function openApiDocument(): object {
  return {
    openapi: "3.1.1",
    info: {
      title: "Rejoin",
      version: "1",
      description:
        "Answers that survive reloads, lost networks and dead servers. docs/protocol.md says what a client may rely on. Unknown fields, events and comments must be passed over.",
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(Object.entries(addresses).map(([address, methods]) => [address, pathItem(methods)])),
    components: {
      schemas: namedSchemas(),
      securitySchemes: {
        session: {
          type: "apiKey",
          in: "cookie",
          name: "better-auth.session_token",
          description: "A guest gets it from `POST /api/auth/sign-in/anonymous`. Send all cookies that were set.",
        },
        metricsToken: { type: "http", scheme: "bearer" },
      },
    },
  }
}

function pathItem(methods: Address): object {
  return Object.fromEntries(
    Object.entries(methods).map(([method, operation]) => [method, described(method, operation)]),
  )
}
