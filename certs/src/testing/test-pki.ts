import type { Random } from "@fyr/runtime";
import { systemRandom } from "@fyr/runtime";
import { createAgentCa, type AgentCa } from "../pki/agent-ca.ts";
import { createIntermediate, createRoot, type Authority } from "../pki/authority.ts";
import { build, LEAF_LIFE_MS, type Profile } from "../pki/certificate.ts";
import type { AgentName } from "../pki/identity.ts";
import { generateKey, keyPem, spkiOf } from "../pki/keys.ts";
import { createRequest } from "../pki/request.ts";
import { issueServer } from "../pki/server.ts";
import type { TlsCredentials } from "../pki/tls.ts";

/** A whole PKI in memory, as a hub would have it. */
export interface TestPki {
  readonly root: Authority;
  readonly rootPem: string;
  readonly agents: Authority;
  readonly hubServer: Authority;
  readonly agentCa: AgentCa;
  /** What the hub shows; for `localhost` and `127.0.0.1` unless told otherwise. */
  server(hosts?: readonly string[], nowMs?: number): Promise<TlsCredentials>;
  /** A new key and certificate for an agent. */
  agent(name: AgentName, nowMs?: number): Promise<TlsCredentials>;
  /** A certificate for `localhost` that no hub would have: signed by the hub's intermediate, or by itself. */
  odd(profile: Partial<Profile>, signer?: "hub-server" | "itself"): Promise<TlsCredentials>;
}

/** Makes root and intermediates; `nowMs` is when everything is issued unless a call says otherwise. */
export async function testPki(nowMs: number, random: Random = systemRandom): Promise<TestPki> {
  const root = await createRoot(random, nowMs);
  const agents = await createIntermediate(root, "agents", random, nowMs);
  const hubServer = await createIntermediate(root, "hub-server", random, nowMs);
  const agentCa = createAgentCa(agents, random);
  return {
    root,
    rootPem: root.certificatePem,
    agents,
    hubServer,
    agentCa,
    async server(hosts = ["localhost", "127.0.0.1"], at = nowMs) {
      const { key, chainPem } = await issueServer(hubServer, hosts, random, at);
      return { keyPem: keyPem(key), chainPem };
    },
    async agent(name, at = nowMs) {
      const key = generateKey();
      const request = await agentCa.read(await createRequest(key));
      const { chainPem } = await agentCa.issue(request, name, at);
      return { keyPem: keyPem(key), chainPem };
    },
    async odd(odd, signer = "hub-server") {
      const key = generateKey();
      const names = [{ type: "dns", value: "localhost" }] as const;
      const profile = { subject: "CN=odd", lifeMs: LEAF_LIFE_MS, usage: "server", names, ...odd } as const;
      const order = { profile, spki: spkiOf(key), random, nowMs };
      const { pem } = await build(
        signer === "itself" ? { ...order, key } : { ...order, issuer: hubServer, key: hubServer.key },
      );
      return { keyPem: keyPem(key), chainPem: signer === "itself" ? pem : pem + hubServer.certificatePem };
    },
  };
}
