// A customer's shop: a page of another origin, with a strict policy, that carries the snippet.
import { once } from "node:events";
import { createServer, type Server } from "node:http";

const STYLE = `
  body { margin: 0; font: 16px/1.5 Georgia, serif; color: #2b2118; background: #faf5ec }
  header { padding: 20px 40px; border-bottom: 1px solid #d9cbb4; font-weight: bold }
  main { max-width: 640px; padding: 24px 40px }
  img { display: block; width: 1px; height: 1px }`;

const page = (snippet: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Teapots by Oswald</title>
    <link rel="stylesheet" href="/style.css">
  </head>
  <body>
    <header>Teapots by Oswald</header>
    <main>
      <h1>The short and stout</h1>
      <p>Holds one litre. Here is its handle, here is its spout.</p>
      <button type="button">Add to basket</button>
    </main>
    ${snippet}
  </body>
</html>`;

/** A page of another origin that records the messages it receives. */
const FOREIGN_PAGE = `<!doctype html>
<html lang="en">
  <head><title>A foreign page</title></head>
  <body><script>window.received = []; addEventListener("message", ({ data }) => received.push(data));</script></body>
</html>`;

export class Shop {
  /** The snippet in the page; empty before the site's owner has pasted it. */
  snippet = "";
  /** Whether it shows pages of others in frames, as shops do with advertisements. */
  framesForeignPages = false;
  /** The page's Cross-Origin-Embedder-Policy, if it has one. */
  embedderPolicy = "";
  /** The nonce by which the page allows the snippet, if not by its address. Such a page requires Trusted Types. */
  nonce = "";

  private readonly server: Server;
  private port = 0;

  private constructor(private readonly deskbell: string) {
    this.server = createServer((request, response) => {
      if (request.url === "/style.css") {
        response.writeHead(200, { "content-type": "text/css" }).end(STYLE);
      } else if (request.url === "/foreign") {
        response.writeHead(200, { "content-type": "text/html" }).end(FOREIGN_PAGE);
      } else if (request.url === "/" || request.url === "/kettles") {
        const headers: Record<string, string> = { "content-type": "text/html", "content-security-policy": this.policy };
        if (this.embedderPolicy) headers["cross-origin-embedder-policy"] = this.embedderPolicy;
        response.writeHead(200, headers).end(page(this.snippet));
      } else {
        response.writeHead(404).end();
      }
    });
  }

  static async launch(deskbell: string): Promise<Shop> {
    const shop = new Shop(deskbell);
    shop.server.listen(0, "127.0.0.1");
    await once(shop.server, "listening");
    const address = shop.server.address();
    if (typeof address !== "object" || !address) throw new Error("The system assigned no port.");
    shop.port = address.port;
    return shop;
  }

  /** The page's policy, which allows Deskbell no more than the documentation requires. */
  private get policy(): string {
    const foreign = this.framesForeignPages ? ` ${this.foreignOriginUrl}` : "";
    const scripts = this.nonce
      ? `'nonce-${this.nonce}'; require-trusted-types-for 'script'; trusted-types 'none'`
      : this.deskbell;
    return (
      `default-src 'none'; script-src ${scripts}; frame-src ${this.deskbell}${foreign}; style-src 'self'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
  }

  /** The URL at the allowed origin. */
  get url(): string {
    return `http://localhost:${this.port}/`;
  }

  /** Another page of the shop, with the same snippet. */
  get kettlesUrl(): string {
    return `${this.url}kettles`;
  }

  /** The same page at an origin that is not allowed. */
  get foreignOriginUrl(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Another page at that origin, which is unrelated to the shop. */
  get foreignPageUrl(): string {
    return `${this.foreignOriginUrl}foreign`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}
