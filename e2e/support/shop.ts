// Somebody else's shop: a page of another origin, with a strict policy, that carries the snippet.
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

export class Shop {
  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  /** Opens the shop. Its policy lets Deskbell do what the documentation says it needs, no more. */
  static async begin(deskbell: string): Promise<Shop> {
    const snippet = `<script src="${deskbell}/deskbell.js" data-site="demo" async></script>`;
    const policy =
      `default-src 'none'; script-src ${deskbell}; frame-src ${deskbell}; style-src 'self'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    const server = createServer((request, response) => {
      if (request.url === "/style.css") {
        response.writeHead(200, { "content-type": "text/css" }).end(STYLE);
      } else if (request.url === "/") {
        const headers = { "content-type": "text/html", "content-security-policy": policy };
        response.writeHead(200, headers).end(page(snippet));
      } else {
        response.writeHead(404).end();
      }
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address !== "object" || !address) throw new Error("The system gave no port.");
    return new Shop(server, address.port);
  }

  /** The shop as the site's owner allowed it. */
  get url(): string {
    return `http://localhost:${this.port}/`;
  }

  /** The same page at an origin that nobody allowed. */
  get strangeUrl(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async end(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}
