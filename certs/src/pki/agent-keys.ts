import { generateKey, keyPem, readKey, spkiOf } from "./keys.ts";

export interface AgentKey {
  /** PKCS#8 PEM, for the agent's own file. */
  readonly keyPem: string;
  readonly publicKeySpki: Uint8Array;
}

/** How an agent makes keys and asks for certificates; a port, because a repeatable world needs repeatable keys. */
export interface AgentKeys {
  create(): AgentKey;
  /** A certificate request for a key that `create` made (see `createRequest`). */
  request(keyPem: string, challenge?: string): Promise<string>;
}

export const systemAgentKeys: AgentKeys = {
  create() {
    const key = generateKey();
    return { keyPem: keyPem(key), publicKeySpki: spkiOf(key) };
  },
  async request(pem, challenge) {
    // Loaded when needed, once in ten days: the X.509 library would be half of an agent's start.
    const { createRequest } = await import("./request.ts");
    return createRequest(readKey(pem), challenge);
  },
};
