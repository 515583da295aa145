/**
 * A browser far away: of this machine it reaches the VS Code server's port and nothing else, as through a tunnel. An
 * HTTP proxy that every connection of the browser has to take.
 */
import { createServer, request as ask, type Server } from "node:http";
import { connect } from "node:net";

export class OnlyTheEditor {
  /** HOST:PORT of what was asked for and refused. */
  readonly refused: string[] = [];
  private server: Server | undefined;

  /** @returns the proxy's address */
  readonly open = async (editorPort: number): Promise<string> => {
    const admitted = `127.0.0.1:${editorPort}`;
    const isRefused = (target: string): boolean => {
      if (target !== admitted) this.refused.push(target);
      return target !== admitted;
    };
    const server = createServer((request, response) => {
      const { host, pathname, search } = new URL(request.url ?? "");
      if (isRefused(host)) {
        response.writeHead(502).end();
        return;
      }
      const { method, headers } = request;
      const onward = ask(
        { port: editorPort, path: pathname + search, method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on("error", () => response.destroy());
      request.pipe(onward);
    });
    // How browsers take WebSockets through a proxy.
    server.on("connect", ({ url = "" }, socket, head: Buffer) => {
      if (isRefused(url)) {
        socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
        return;
      }
      const onward = connect(editorPort, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.server = server;
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return `http://127.0.0.1:${port}`;
  };

  close(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}
