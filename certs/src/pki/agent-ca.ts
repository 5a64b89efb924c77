import type { Random } from "@fyr/runtime";
import type { Authority } from "./authority.ts";
import { build, LEAF_LIFE_MS } from "./certificate.ts";
import { agentUri, type AgentName } from "./identity.ts";
import { requestReader, type AgentRequest } from "./request.ts";

export interface IssuedCertificate {
  readonly leafPem: string;
  /** The leaf and the intermediate that signed it, without the root. */
  readonly chainPem: string;
  readonly serial: string;
  readonly keyHash: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The two calls the hub makes of its certificate authority, so that it may live in another process or be a fake. */
export interface AgentCa {
  /**
   * Reads a certificate request and proves that the sender holds its key.
   * @throws Fault `ENROL_REQUEST_INVALID`
   */
  read(requestPem: string): Promise<AgentRequest>;
  /** Certifies the key of a request that `read` returned, for `name` alone: what the request calls itself is ignored. */
  issue(request: AgentRequest, name: AgentName, nowMs: number): Promise<IssuedCertificate>;
}

/** The real one: leaves as security.md 7.2 wants them, signed by the `agents` intermediate. */
export const createAgentCa = (agents: Authority, random: Random): AgentCa => ({
  read: async (requestPem) => (await requestReader())(requestPem),
  async issue({ publicKeySpki, keyHash }, name, nowMs) {
    const profile = {
      subject: `O=Fyr, CN=${name.agentId}`,
      usage: "client",
      lifeMs: LEAF_LIFE_MS,
      names: [{ type: "url", value: agentUri(name) }],
    } as const;
    const { pem, ...facts } = await build({
      profile,
      spki: publicKeySpki,
      issuer: agents,
      key: agents.key,
      random,
      nowMs,
    });
    return { leafPem: pem, chainPem: pem + agents.certificatePem, keyHash, ...facts };
  },
});
