import { adminRoutes } from "#lib/http/admin-routes.ts"
import { attachReader } from "#lib/http/responses/attach-reader.ts"
import { streamsReportResponse } from "#lib/http/responses/streams-report-response.ts"

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = adminRoutes({
  /** Returns the report once, or repeatedly if the client accepts server-sent events. */
  async GET(request, { services, requireUser }) {
    const { reports } = services
    if (!request.headers.get("accept")?.includes("text/event-stream"))
      return Response.json(await reports.read(), { headers: { "cache-control": "no-store" } })
    return streamsReportResponse(reports, attachReader(services, await requireUser()))
  },
})
