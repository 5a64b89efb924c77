import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/** What may be wrong with the service in a package. */
export type PackageFault = "service-exits" | "says-old-version";

/** The simulated server: answers with its version, and writes a line each time that it has come up. */
const service = (fault: PackageFault | null, from: string): string => `
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
const [port, root] = process.argv.slice(2);
const version = readFileSync(new URL("VERSION", import.meta.url), "utf8").trim();
const says = ${fault === "says-old-version" ? JSON.stringify(from) : "version"};
${fault === "service-exits" ? "process.exit(1);" : ""}
createServer((_request, answer) => {
  answer.setHeader("content-type", "application/json");
  answer.end(JSON.stringify({ version: says }));
}).listen(Number(port), "127.0.0.1", () => {
  appendFileSync(root + "/service.log", JSON.stringify({ pid: process.pid, version }) + "\\n");
});
process.on("SIGTERM", () => process.exit(0));
process.stdin.resume().on("end", () => process.exit(0)); // its supervisor is gone
`;

export interface PackageWish {
  readonly version: string;
  readonly product?: string;
  readonly fault?: PackageFault;
  /** For a service that says its old version. */
  readonly from?: string;
  /** Bytes of content beside the service. */
  readonly fillBytes?: number;
}

/** A package for a simulated host: an archive with a list, as the agent's installer for Linux hosts takes it. */
export async function serverPackage(wish: PackageWish): Promise<Buffer> {
  const { version, product = "acs-pro-server", fault = null, from = "0.0", fillBytes = 100_000 } = wish;
  const fill = Buffer.alloc(fillBytes);
  for (let at = 0; at < fillBytes; at += 64)
    createHash("sha512").update(`${version} ${at}`).digest().copy(fill, at);
  const files = { "service.mjs": Buffer.from(service(fault, from)), "lib/content.bin": fill };
  const list = Object.entries(files).map(([name, content]) => ({
    name,
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
  }));
  const info = { Release: version, Products: [{ Brand: "AXIS", ProdNbr: product }], Files: list };
  return gzipSync(await tarOf({ "info.json": Buffer.from(JSON.stringify(info)), ...files }), { level: 1 });
}

async function tarOf(members: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(members)) archive.entry({ name, mtime: new Date(0) }, content);
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
