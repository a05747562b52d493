/** Starts each proxy of Debian 12 in the foreground, under the tests' own user, in a folder of its own. */
import type { Addresses } from "./documented.ts"

export interface ProxyProgram {
  /** its heading in `docs/how/deployment.md` */
  name: string
  program: string
  debianPackage: string
  /** installed if it is missing; other proxies are skipped, with a message */
  isRequired: boolean
  /** @returns a complete file around the document's configuration */
  file(configuration: string, place: Place): string
  command(place: Place): string[]
}

export interface Place extends Addresses {
  folder: string
  /** where the whole file is */
  file: string
  /** lets go of idle connections to the server after that time, where it would keep them for longer */
  idleSeconds: number | undefined
}

/** Debian installs servers in folders that only root's PATH names. */
export function places(program: string): string[] {
  return ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"].map((folder) => `${folder}/${program}`)
}

const isRoot = process.getuid?.() === 0

export const proxyPrograms: ProxyProgram[] = [
  {
    name: "nginx",
    program: "nginx",
    debianPackage: "nginx",
    isRequired: true,
    file: (configuration, { folder }) => `
      ${isRoot ? "user root;" : ""}
      pid ${folder}/pid;
      events { worker_connections 4096; }
      http {
        access_log off;
        ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ")}
        ${configuration}
      }`,
    command: ({ file }) => ["-c", file, "-e", "stderr", "-g", "daemon off;"],
  },
  {
    name: "HAProxy",
    program: "haproxy",
    debianPackage: "haproxy",
    isRequired: true,
    file: (configuration, { idleSeconds }) =>
      idleSeconds ? configuration.replace(/(server rejoin .+)/, `$1 pool-purge-delay ${idleSeconds}s`) : configuration,
    command: ({ file }) => ["-db", "-f", file],
  },
  {
    name: "Caddy",
    program: "caddy",
    debianPackage: "caddy",
    isRequired: true,
    file(configuration, { idleSeconds }) {
      const idle = `$1 {\n transport http {\n keepalive ${idleSeconds}s\n }\n }`
      return `{\n  admin off\n}\n${idleSeconds ? configuration.replace(/(reverse_proxy .+)/, idle) : configuration}`
    },
    command: ({ file }) => ["run", "--adapter", "caddyfile", "--config", file],
  },
  {
    name: "Apache",
    program: "apache2",
    debianPackage: "apache2",
    isRequired: false,
    file: (configuration, { folder, port, idleSeconds }) => `
      ServerRoot ${folder}
      ServerName 127.0.0.1
      DefaultRuntimeDir ${folder}
      PidFile ${folder}/pid
      ErrorLog ${folder}/log
      ${isRoot ? "User www-data\nGroup www-data" : ""}
      ${["mpm_event", "authz_core", "proxy", "proxy_http", "headers"].map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
      Listen 127.0.0.1:${port}
      ${idleSeconds ? configuration.replace(/ttl=\d+/, `ttl=${idleSeconds}`) : configuration}`,
    command: ({ file }) => ["-DFOREGROUND", "-f", file],
  },
  {
    name: "Varnish",
    program: "varnishd",
    debianPackage: "varnish",
    isRequired: false,
    file: (configuration) => configuration,
    command: ({ file, folder, port, idleSeconds }) => [
      ...["-F", "-j", "none", "-n", `${folder}/varnish`, "-s", "malloc,16m"],
      ...["-a", `127.0.0.1:${port}`, "-f", file],
      ...(idleSeconds ? ["-p", `backend_idle_timeout=${idleSeconds}`] : []),
    ],
  },
  {
    name: "Squid",
    program: "squid",
    debianPackage: "squid",
    isRequired: false,
    file: (configuration, { folder, idleSeconds }) => `${configuration}
${idleSeconds ? `server_idle_pconn_timeout ${idleSeconds} seconds` : ""}
visible_hostname test
pid_filename ${folder}/pid
cache_log ${folder}/log
access_log none
netdb_filename none
pinger_enable off
coredump_dir ${folder}
shutdown_lifetime 0 seconds
max_filedescriptors 4096
`,
    command: ({ file }) => ["-N", "-n", `test${process.pid}`, "-f", file],
  },
  {
    name: "lighttpd",
    program: "lighttpd",
    debianPackage: "lighttpd",
    isRequired: false,
    file: (configuration, { folder, port }) => `
      server.bind = "127.0.0.1"
      server.port = ${port}
      server.document-root = "${folder}"
      ${configuration}`,
    command: ({ file }) => ["-D", "-f", file],
  },
  {
    name: "h2o",
    program: "h2o",
    debianPackage: "h2o",
    isRequired: false,
    file: (configuration, { folder }) => `${isRoot ? "user: root\n" : ""}num-threads: 2
pid-file: ${folder}/pid
error-log: ${folder}/log
${configuration}`,
    command: ({ file }) => ["-c", file],
  },
]
