/* The front contract: what soard and its HTTP face (the program soar-front) say to each other.
 *
 * The front holds the TLS key and the webhooks' secrets, and no key to any endpoint. It authenticates
 * webhooks, bounds what comes in, and hands documents over as text; it never answers 2xx to a document before
 * the engine has said that it is durable. People are authenticated by the engine: a token passes through
 * unread.
 *
 * As it should go: soard starts the front with a socketpair as its standard input and output and sends
 * `config`; the front binds and says `ready`. For each request it lets through it sends `document` (a
 * webhook) or `api`, the engine sends one `answer` with the same id. A new `config` replaces the old one;
 * connections stay. `drain` stops accepting; at the end of the stream the front writes what was answered, for
 * a second at most, and ends.
 *
 * As it goes wrong: a front that can't bind or read its configuration says `failed` and why, then ends. A
 * front that dies loses its clients' connections and nothing else: what was durable is answered on the
 * sender's next try as it was the first time. While the engine says `state` with accepting false, documents
 * are answered 503 with Retry-After; so are those beyond the window of unanswered ones.
 *
 * A message is one line of JSON, FRONT_LINE_BYTES at most, with a `type`; where it says `bytes`, so many
 * bytes follow it as they are: a body is never escaped, and never limited by a line.
 *
 *   soard → front
 *     config     {address, tls?: {cert, key, client_ca?}, proxies: [PREFIX],
 *                 limits: {connections, per_address, header_ms, body_ms, idle_ms, window, window_bytes},
 *                 webhooks: [{name, path, auth, verify, rate, rate_ms, body}]}
 *                texts of PEM files and secrets in it: wiped when read, never logged
 *     answer     {id, status, content?, retry_after?, allow?, repeated?, bytes} and the body; without one, a
 *                status from 400 on becomes a problem document
 *     state      {accepting, ready, why}; before the first one: accepting, and not ready
 *     drain      {}
 *
 *   front → soard
 *     ready      {address, port}: as bound, an address of IPv6 in brackets; 0 in `config` means any port
 *     failed     {why}; if a configuration is in force, it stays so, and the front goes on
 *     document   {id, source, request, sent_ms, from, content, bytes} and the body
 *                request: hex SHA-256 over source, the sender's signed time (its text, or nothing) and body,
 *                each behind its length (32 bits, highest byte first); sent_ms: that time, or 0
 *                content: "json" or "ndjson"
 *     api        {id, method, path, query, token, from, content, bytes} and the body
 *                token: "" if none; content: "" without a body
 *     count      {connections, open, answers: {"202": N …}, refused: {SOURCE: {WHY: N}}}
 *                totals since the front's start, when they changed, at most once a second; SOURCE: a
 *                webhook's name, "api", or "-" where the path is nobody's; WHY: of soard/front/refusal.c
 *
 * `auth` of a webhook is one of {hmac_sha256: {secret, header, encoding: "hex"|"base64", prefix, timestamp?,
 * separator, window_ms}}, {bearer: {secret}}, {basic: {user, secret}}, {header: {name, secret}},
 * {mutual_tls: {names: [SAN]}}. The HMAC is over the timestamp's text, separator and body, or the body alone.
 * `verify` is "", "okta" or "microsoft": one-time requests that ask whether the endpoint is ours. */
#ifndef SOAR_FRONT_H
#define SOAR_FRONT_H

enum {
    FRONT_LINE_BYTES = 1024 * 1024,
    FRONT_BODY_BYTES = 16 * 1024 * 1024, /* of one request: a batch; each alert in it has its own limit */
};

#endif
