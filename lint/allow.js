/**
 * The edges of the product: files that may reach the disk, the network or other processes, each
 * with the reason. Reviewed like code: an entry names as few files and modules as it can. With
 * `makesRealThings` they may also take the real clock, chance and files from the runtime. Entry
 * points (`main.ts`), tests and tools need no entry.
 *
 * @type {readonly { files: string[], modules: string[], makesRealThings?: boolean, because: string }[]}
 */
export const edges = [
  {
    files: ["agent/src/store/ballast.ts", "agent/src/store/place.ts", "agent/src/store/wal.ts"],
    modules: ["fs"],
    because:
      "Space kept back beside the journal, where its file is, and a look at its tail before SQLite opens it.",
  },
  {
    files: ["agent/src/vapix/wire/**"],
    modules: ["http", "https", "net", "tls"],
    because: "Uploads frame their own body, and a device's key is read from its TLS socket.",
  },
  {
    files: ["agent/src/link/wire/**"],
    modules: ["http", "https", "net", "tls"],
    because: "One mutual TLS connection to the hub, kept open.",
  },
  {
    files: ["agent/src/discovery/wire/**"],
    modules: ["net", "dgram", "os"],
    because: "A sweep opens plain TCP connections.",
  },
  {
    files: ["agent/src/host/wire/**"],
    modules: ["child_process", "fs", "fs/promises", "http", "os"],
    because:
      "The host of a server: its load, its own programs, a release that becomes the current one, and a helper that " +
      "outlives the agent.",
  },
  {
    files: ["simulator/src/host/tree/**"],
    modules: ["child_process", "fs", "fs/promises", "http"],
    because: "A simulated host really runs its service, and is told to stop and start it.",
  },
  {
    files: ["*/src/cli/**"],
    modules: ["fs", "fs/promises", "os", "child_process", "module"],
    makesRealThings: true,
    because: "Commands read the files that their user names and start the processes of the product.",
  },
  {
    files: ["hub/src/cli/**"],
    modules: ["fs", "fs/promises", "http", "https", "net"],
    because: "Commands ask the hub over its public API, and doctor tries whether a port is free.",
  },
  {
    files: ["hub/src/http/**"],
    modules: ["http", "https", "net", "tls"],
    because: "The hub's listeners.",
  },
  {
    files: ["hub/src/mqtt/**"],
    modules: ["net", "tls", "http", "https"],
    because: "The broker's listeners.",
  },
  {
    files: ["hub/src/pki/keys.ts"],
    modules: [],
    makesRealThings: true,
    because: "A hub that starts for the first time makes its keys.",
  },
  {
    files: ["simulator/src/network/**"],
    modules: ["http", "http2", "https", "net", "tls"],
    because: "Simulated devices answer on real sockets.",
  },
  {
    files: ["simulator/src/fleet/serve.ts"],
    modules: [],
    makesRealThings: true,
    because: "Serves devices on real sockets, for the commands and for others' tests.",
  },
  {
    files: ["simulator/src/demo/**"],
    modules: ["fs", "fs/promises", "http", "net", "os", "child_process"],
    makesRealThings: true,
    because: "The demo prepares a data folder and starts hub, agent and devices by their commands.",
  },
];

/** Files that draw keys from real chance. Whoever needs a key without being one of these takes it as a parameter. */
export const keyMakers = ["certs/src/pki/keys.ts", "certs/src/images/signing-key.ts"];
