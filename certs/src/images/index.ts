/** Signed image metadata (security.md 8) and the hub's orders. */
export { openMetadata, updateMetadata, type MetadataUpdate } from "./client.ts";
export {
  counterOf,
  fitsDevice,
  ImageClaims,
  ImageFacts,
  imagePath,
  isUpgradeableFrom,
  missingStep,
} from "./facts.ts";
export type { ImageIndex } from "./image-index.ts";
export { ORDER_LIFE_MS, OrderEnvelope, signOrder, verifyOrder, type OrderContext } from "./order.ts";
export {
  isSignedBy,
  newSigningKey,
  orderKeyOf,
  readSigningKey,
  signDocument,
  signingKey,
  signingKeyPem,
  type SigningKey,
} from "./signing-key.ts";
export { signedTimeFloor, type FetchMetadata, type TrustedMetadata } from "./trusted.ts";
export { refreshOnline, type Refreshed } from "./online.ts";
export { signDraft, type OfflineRole, type Publication } from "./draft.ts";
export { addImages, initRepository, resign, rotateRootKeys, withdraw } from "./publish.ts";
export type { Repository } from "./repository.ts";
export type { AllRoles, RoleKeys } from "./root.ts";
export { draftFacts, type FactWishes } from "./draft-facts.ts";
export {
  inspectImage,
  INSPECT_LIMITS,
  type ImageFormat,
  type ImageInfo,
  type InspectLimits,
} from "./inspect.ts";
export { ensureSigningKey, loadSigningKey, saveSigningKey } from "./key-file.ts";
export { bytesOf, chunksPath, measureImage, type Measured } from "./measure.ts";
export { repositoryStatus, type RepositoryStatus, type RoleStatus } from "./status.ts";
export { inspectPackage, type PackageWish } from "./inspect-package.ts";
