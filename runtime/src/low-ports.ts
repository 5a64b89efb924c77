/** Below the ports that systems give to clients. */
const PORTS = { first: 12_000, count: 16_000 };

let portsTried = 0;

/**
 * The first port on which `listen` succeeds, from a place of this process's own. For whoever gives its port back for a
 * while and wants it again: one that the system also gives to clients could be taken by any connection meanwhile.
 */
export async function firstFreePort(listen: (port: number) => Promise<number>): Promise<number> {
  for (;;) {
    const port = PORTS.first + ((process.pid * 97 + portsTried++) % PORTS.count);
    try {
      return await listen(port);
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isTaken || portsTried > PORTS.count) throw error;
    }
  }
}
