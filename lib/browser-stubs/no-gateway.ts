/** Replaces `@ai-sdk/gateway` in the browser: only the server calls models. */
export class GatewayError extends Error {}
export class GatewayAuthenticationError extends GatewayError {}

export function createGateway(): never {
  throw new Error("The browser does not call models.")
}

export const gateway = createGateway
