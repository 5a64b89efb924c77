/** The private PKI (security.md 7). */
export { createAgentCa, type AgentCa, type IssuedCertificate } from "./agent-ca.ts";
export { systemAgentKeys, type AgentKey, type AgentKeys } from "./agent-keys.ts";
export {
  createIntermediate,
  createRoot,
  kindOf,
  INTERMEDIATE_LIFE_MS,
  ROOT_LIFE_MS,
  type Authority,
  type IntermediateKind,
} from "./authority.ts";
export { BACKDATE_MS, LEAF_LIFE_MS } from "./certificate.ts";
export { challengeFor, challengeHolds, codeVerifier } from "./challenge.ts";
export { codeId, newEnrolmentCode, readEnrolmentCode, type EnrolmentCode } from "./code.ts";
export { createCrl, CRL_LIFE_MS, type CrlFacts, type Revocation } from "./crl.ts";
export {
  ensurePki,
  loadAuthority,
  loadCredentials,
  loadPki,
  saveAuthority,
  saveCredentials,
  type Pki,
} from "./folder.ts";
export { agentUri, readAgentIdentity, type AgentIdentity, type AgentName } from "./identity.ts";
export { generateKey, keyHash, keyPem, readKey, spkiOf } from "./keys.ts";
export { certificateKeyHash, channelBinding, matchesPin, pinnedRoot } from "./pin.ts";
export {
  createRequest,
  REQUEST_MAX_BYTES,
  requestReader,
  type AgentRequest,
  type ReadRequest,
} from "./request.ts";
export { selfSigned, type SelfSignedOptions } from "./self-signed.ts";
export { issueServer, type ServerCertificate } from "./server.ts";
export { agentOf, agentTlsOptions, hubTlsOptions, untrustingTlsOptions, type TlsCredentials } from "./tls.ts";
export { verifyAgentCertificate, type CertificateRules } from "./verify-agent.ts";
