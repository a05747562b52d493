/** Stands for `@ai-sdk/gateway` in the browser: models are asked by the server alone. */
export class GatewayError extends Error {}
export class GatewayAuthenticationError extends GatewayError {}

export function createGateway(): never {
  throw new Error("No model is asked from the browser.")
}

export const gateway = createGateway
