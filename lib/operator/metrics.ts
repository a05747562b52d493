import type { ReportedProcess } from "#lib/operator-protocol.ts"

/** What a process counts, as Prometheus reads it. Each process is asked by itself: sums over all are for who reads. */
export function metricsText(report: ReportedProcess): string {
  const { running, readers, events, commands, takeovers, ended, isStoreReachable, uptimeSeconds } = report
  const lines = [
    ...metric("running_streams", "gauge", "Answers that are being written here.", running),
    ...(readers === undefined ? [] : metric("readers", "gauge", "Readers attached to streams here.", readers)),
    ...(events === undefined ? [] : metric("events_total", "counter", "Stream events produced here.", events)),
    ...metric("store_commands_total", "counter", "Commands asked of the store of streams.", commands),
    ...metric("takeovers_total", "counter", "Answers taken over from another process.", takeovers),
    ...metric("store_up", "gauge", "Whether the store of streams can be reached.", isStoreReachable ? 1 : 0),
    ...metric("uptime_seconds", "gauge", "Since this process began.", uptimeSeconds),
    ...head("answers_total", "counter", "Answers that ended here, by how."),
    ...Object.entries(ended).map(([status, count]) => `rejoin_answers_total{status="${status}"} ${count}`),
  ]
  return `${lines.join("\n")}\n`
}

function metric(name: string, type: "gauge" | "counter", help: string, value: number): string[] {
  return [...head(name, type, help), `rejoin_${name} ${value}`]
}

function head(name: string, type: "gauge" | "counter", help: string): string[] {
  return [`# HELP rejoin_${name} ${help}`, `# TYPE rejoin_${name} ${type}`]
}
