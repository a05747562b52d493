/**
 * How long the proxies of `docs/how/deployment.md` keep an idle connection to the server, as it configures them. nginx, HAProxy,
 * lighttpd and h2o keep none for long: a POST never meets an old one.
 */
export const idleSecondsOfProxies = {
  nginx: 0,
  HAProxy: 5,
  Caddy: 120,
  Apache: 60,
  Varnish: 60,
  Squid: 60,
  lighttpd: 0,
  h2o: 2,
}
