/** The agents' listener (design.md D4): the only paths it knows. */
export const AGENT_ROUTES = {
  enrol: "/agent/v1/enrol",
  sync: "/agent/v1/sync",
  renew: "/agent/v1/renew",
  /** `<images>/<digest>` the bytes, `<digest>.chunks` their hashes, `metadata/<file>` what the publishers signed. */
  images: "/agent/v1/images",
  mqtt: "/mqtt",
} as const;

/** Bytes of one piece of an image in the chunk list: 32-byte SHA-256 hashes, one after the other. */
export const CHUNK_BYTES = 1024 * 1024;
