/** Go's http server tells a page by how it begins, where its handler says nothing (net/http's sniff.go). */
const page = /^\s*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s>]/i;

export const sniffed = (body: string): string => `text/${page.test(body) ? 'html' : 'plain'}; charset=utf-8`;

const links =
  /(<(?:a|applet|area|audio|base|blockquote|body|button|command|del|embed|form|frame|head|html|iframe|img|input|ins|link|object|q|script|source|track|video)\b[^>]*?\b(?:href|src|action|formaction|cite|data|poster|background|longdesc|usemap|codebase|profile|manifest|icon)=")(\/[^"]*)/gi;

/** Links from the root of a proxied page lead through the proxy (apimachinery pkg/util/proxy/transport.go). */
export const withLinksThrough = (body: string, proxyPath: string): string =>
  body.replace(links, (_whole, before: string, path: string) => `${before}${path.startsWith(proxyPath) ? '' : proxyPath}${path}`);
