import { normalImage } from './reference.ts';

/**
 * Which images cannot be pulled. No registry is asked, so everything pulls but what obviously does not exist:
 * - a registry under a domain that is reserved (RFC 2606, RFC 6761): its name does not resolve;
 * - a name of one word that is no Docker Official Image: `ngnix`;
 * - a version that no official image has reached: `nginx:1.161`, `redis:700`;
 * - a name or tag that says so: `nosuch`, `doesnotexist`, `nonexistent`.
 */
const reserved = /(?:^|\.)(?:invalid|test|example|example\.(?:com|net|org))$/;
const saysSo = /no-?such|does-?not-?exist|non-?existent/;
/** Official images that are numbered by years. */
const byYear = new Set(['amazonlinux', 'clearlinux', 'photon']);

/** github.com/docker-library/official-images, library/. */
const official = new Set(
  `adminer aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall arangodb archlinux backdrop bash bonita
  buildpack-deps busybox caddy cassandra centos chronograf cirros clearlinux clefos clickhouse clojure composer consul convertigo couchbase
  couchdb crate dart debian docker drupal eclipse-mosquitto eclipse-temurin eggdrop elasticsearch elixir emqx erlang express-gateway fedora
  flink fluentd friendica gazebo gcc geonetwork ghost golang gradle groovy haproxy haskell haxe hello-world hitch httpd hylang
  ibm-semeru-runtimes ibmjava influxdb irssi jetty joomla jruby julia kapacitor kibana kong krakend lightstreamer liquibase logstash mageia
  mariadb matomo maven mediawiki memcached mongo mongo-express monica mysql nats nats-streaming neo4j neurodebian nextcloud nginx node notary
  odoo open-liberty openjdk opensuse oraclelinux orientdb percona perl photon php php-zendserver phpmyadmin plone postfixadmin postgres pypy
  python r-base rabbitmq rakudo-star redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust sapmachine satosa silverpeas sl
  solr sonarqube sourcemage spark spiped storm swarm swift swipl teamspeak telegraf tomcat tomee traefik ubuntu unit valkey varnish vault
  websphere-liberty wordpress xwiki yourls znc zookeeper`.split(/\s+/),
);

/** What the container runtime says of an image that it cannot pull; undefined where it can. `nameServer` is the node's. */
export function pullFailure(image: string, nameServer: string): string | undefined {
  const normal = normalImage(image) ?? image;
  const [, host = '', path = '', tag = ''] = /^([^/]+)\/([^@:]+)(?::([^@]+))?/.exec(normal) ?? [];
  const failed = (code: string, why: string) =>
    `rpc error: code = ${code} desc = failed to pull and unpack image "${normal}": failed to resolve reference "${normal}": ${why}`;
  const name = host.replace(/:\d+$/, '');
  if (reserved.test(name)) {
    const url = `https://${host}/v2/${path}/manifests/${tag}`;
    return failed('Unknown', `failed to do request: Head "${url}": dial tcp: lookup ${name} on ${nameServer}:53: no such host`);
  }
  const word = host === 'docker.io' && path.startsWith('library/') ? path.slice('library/'.length) : undefined;
  if (saysSo.test(path) || (word !== undefined && !official.has(word))) {
    const why =
      'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed';
    return failed('Unknown', why);
  }
  const [, major = 0, minor = 0] = (/^v?(\d+)(?:\.(\d+))?/.exec(tag) ?? []).map(Number);
  const unreached = word !== undefined && !byYear.has(word) && (major > 99 || minor > 99);
  return saysSo.test(tag) || unreached ? failed('NotFound', `${normal}: not found`) : undefined;
}
