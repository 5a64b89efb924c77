/**
 * What a failure means for the next attempt (upgrades.md 5.2): `transient` is tried again with back-off, `device`
 * at most three times, `fix_needed` waits for a person under a named hold, `permanent` never, `indeterminate` is
 * resolved by looking at the device.
 */
export type RetryClass = "transient" | "device" | "fix_needed" | "permanent" | "indeterminate";

interface FaultFacts {
  /** The HTTP status under which the fault travels. */
  readonly status: number;
  readonly retry: RetryClass;
}

/**
 * Every expected failure of the product, once. Codes are permanent: they go over the wire, into journals and into
 * the documentation (docs/faults.md is generated from here and from the texts beside this file).
 */
export const FAULTS = {
  // What reaches a door of the hub
  MESSAGE_INVALID: { status: 400, retry: "permanent" },
  MESSAGE_TOO_LARGE: { status: 413, retry: "permanent" },
  MEDIA_TYPE_UNKNOWN: { status: 415, retry: "permanent" },
  UNAUTHENTICATED: { status: 401, retry: "fix_needed" },
  FORBIDDEN: { status: 403, retry: "fix_needed" },
  NOT_FOUND: { status: 404, retry: "permanent" },
  METHOD_UNKNOWN: { status: 405, retry: "permanent" },
  IDEMPOTENCY_MISMATCH: { status: 422, retry: "permanent" },
  VERSION_CONFLICT: { status: 412, retry: "permanent" },
  RANGE_INVALID: { status: 416, retry: "permanent" },
  WEBSOCKET_ONLY: { status: 426, retry: "permanent" },
  TOO_MANY_REQUESTS: { status: 429, retry: "transient" },
  HUB_BUSY: { status: 503, retry: "transient" },
  HUB_DISK_FULL: { status: 507, retry: "transient" },
  HUB_NOT_INITIALISED: { status: 409, retry: "fix_needed" },
  INTERNAL: { status: 500, retry: "transient" },

  // People: who they are, and what they may do
  MFA_REQUIRED: { status: 403, retry: "fix_needed" },
  STEP_UP_REQUIRED: { status: 403, retry: "fix_needed" },
  SIGN_IN_REFUSED: { status: 401, retry: "fix_needed" },
  CODE_INVALID: { status: 422, retry: "fix_needed" },
  PASSWORD_WEAK: { status: 422, retry: "fix_needed" },
  PASSWORD_BREACHED: { status: 422, retry: "fix_needed" },
  TOKEN_INVALID: { status: 410, retry: "permanent" },
  CROSS_SITE: { status: 403, retry: "permanent" },
  PRECONDITION_REQUIRED: { status: 428, retry: "permanent" },
  OWNER_ONLY: { status: 403, retry: "fix_needed" },
  LAST_OWNER: { status: 409, retry: "fix_needed" },
  ORG_ARCHIVED: { status: 410, retry: "fix_needed" },

  // Accounts, as the hub's operator meets them
  ACCOUNT_KNOWN: { status: 409, retry: "fix_needed" },
  // Folders
  FOLDER_CYCLE: { status: 409, retry: "permanent" },
  FOLDER_TOO_DEEP: { status: 409, retry: "permanent" },
  FOLDER_NAME_TAKEN: { status: 409, retry: "fix_needed" },
  FOLDER_NOT_EMPTY: { status: 409, retry: "fix_needed" },
  FOLDER_ROOT: { status: 409, retry: "permanent" },
  TOO_MANY_FOLDERS: { status: 409, retry: "fix_needed" },

  // Members and invitations
  SELF_DEMOTION: { status: 409, retry: "fix_needed" },
  OWNER_UNFIT: { status: 409, retry: "fix_needed" },
  NOTHING_PENDING: { status: 409, retry: "permanent" },
  OWNER_ACTIVE: { status: 409, retry: "permanent" },
  CLAIM_OPEN: { status: 409, retry: "permanent" },
  NO_CLAIM: { status: 409, retry: "permanent" },
  LEAVE_INSTEAD: { status: 409, retry: "fix_needed" },
  ALREADY_MEMBER: { status: 409, retry: "permanent" },
  INVITATION_INVALID: { status: 410, retry: "permanent" },
  INVITATION_EMAIL_MISMATCH: { status: 403, retry: "fix_needed" },
  // Organisations
  ORG_ID_MISMATCH: { status: 422, retry: "fix_needed" },
  ORG_NOT_ARCHIVED: { status: 409, retry: "permanent" },
  ORG_OWNED: { status: 409, retry: "permanent" },

  // Agents and their identity
  ENROL_CODE_INVALID: { status: 403, retry: "fix_needed" },
  ENROL_CODE_EXPIRED: { status: 403, retry: "fix_needed" },
  ENROL_CODE_USED: { status: 409, retry: "fix_needed" },
  ENROL_REQUEST_INVALID: { status: 400, retry: "permanent" },
  ENROL_KEY_KNOWN: { status: 409, retry: "fix_needed" },
  ENROL_DONE: { status: 409, retry: "fix_needed" },
  ENROL_MISSING: { status: 409, retry: "fix_needed" },
  CERTIFICATE_REQUIRED: { status: 401, retry: "fix_needed" },
  CERTIFICATE_UNKNOWN: { status: 401, retry: "fix_needed" },
  CERTIFICATE_EXPIRED: { status: 401, retry: "fix_needed" },
  CERTIFICATE_REVOKED: { status: 401, retry: "fix_needed" },
  AGENT_MISMATCH: { status: 403, retry: "permanent" },
  SITE_ALREADY_BOUND: { status: 409, retry: "fix_needed" },
  EPOCH_STALE: { status: 409, retry: "permanent" },
  HUB_UNREACHABLE: { status: 502, retry: "transient" },
  HUB_UNTRUSTED: { status: 502, retry: "fix_needed" },

  // Signed metadata and orders
  METADATA_MISSING: { status: 404, retry: "transient" },
  METADATA_INVALID: { status: 422, retry: "permanent" },
  METADATA_SIGNATURE: { status: 422, retry: "permanent" },
  METADATA_EXPIRED: { status: 422, retry: "fix_needed" },
  METADATA_ROLLBACK: { status: 422, retry: "permanent" },
  METADATA_MISMATCH: { status: 422, retry: "permanent" },
  METADATA_TOO_LARGE: { status: 422, retry: "permanent" },
  ORDER_SIGNATURE: { status: 422, retry: "permanent" },
  ORDER_EXPIRED: { status: 422, retry: "transient" },
  ORDER_REPLAYED: { status: 422, retry: "permanent" },
  ORDER_FOREIGN: { status: 422, retry: "permanent" },

  // Images
  IMAGE_UNKNOWN: { status: 404, retry: "permanent" },
  IMAGE_FORMAT: { status: 422, retry: "permanent" },
  IMAGE_TRUNCATED: { status: 422, retry: "permanent" },
  IMAGE_CORRUPT: { status: 422, retry: "permanent" },
  IMAGE_TOO_LARGE: { status: 413, retry: "permanent" },
  IMAGE_UNTRUSTED: { status: 422, retry: "permanent" },
  IMAGE_WITHDRAWN: { status: 409, retry: "permanent" },
  IMAGE_MODEL_UNNAMED: { status: 422, retry: "fix_needed" },
  IMAGE_WRONG_MODEL: { status: 409, retry: "permanent" },
  IMAGE_WRONG_HARDWARE: { status: 409, retry: "permanent" },
  IMAGE_DOWNGRADE: { status: 409, retry: "permanent" },
  IMAGE_PATH_BLOCKED: { status: 409, retry: "fix_needed" },
  IMAGE_UNAVAILABLE: { status: 502, retry: "transient" },
  PUBLISHER_KEY_MISSING: { status: 409, retry: "fix_needed" },

  // A customer's certificate files
  BUNDLE_INVALID: { status: 422, retry: "permanent" },
  BUNDLE_PASSWORD: { status: 422, retry: "fix_needed" },
  BUNDLE_KEY_MISSING: { status: 422, retry: "fix_needed" },
  BUNDLE_KEY_KIND: { status: 422, retry: "permanent" },
  BUNDLE_CHAIN_INCOMPLETE: { status: 422, retry: "fix_needed" },
  BUNDLE_EXPIRED: { status: 422, retry: "fix_needed" },

  // Asking for upgrades
  UPGRADE_ACTIVE: { status: 409, retry: "permanent" },
  UPGRADE_AT_TARGET: { status: 409, retry: "permanent" },
  CANCEL_TOO_LATE: { status: 409, retry: "permanent" },
  CANCEL_FINISHED: { status: 409, retry: "permanent" },
  SERVER_CLAIMED: { status: 409, retry: "permanent" },
  SERVER_RESTORE_NONE: { status: 409, retry: "permanent" },
  SERVER_REGISTERED_ELSEWHERE: { status: 409, retry: "fix_needed" },
  SERVER_VERSION_UNKNOWN: { status: 409, retry: "fix_needed" },
  WINDOW_TOO_SHORT: { status: 422, retry: "permanent" },
  CANCELLED: { status: 409, retry: "permanent" },
  FENCED: { status: 409, retry: "permanent" },
  WINDOW_MISSED: { status: 409, retry: "transient" },
  DEADLINE_PASSED: { status: 409, retry: "permanent" },

  // Licences
  LICENCE_REQUIRED: { status: 403, retry: "fix_needed" },
  KEY_INVALID: { status: 422, retry: "fix_needed" },
  KEY_ALREADY_REDEEMED: { status: 409, retry: "permanent" },
  KEY_BATCH_KNOWN: { status: 409, retry: "permanent" },
  PRODUCT_UNKNOWN: { status: 422, retry: "permanent" },
  PRODUCT_NOT_REGISTERED: { status: 409, retry: "fix_needed" },
  SUBSCRIPTION_STARTED: { status: 409, retry: "permanent" },
  SUBSCRIPTION_NOT_STARTED: { status: 409, retry: "fix_needed" },
  WALLET_INSUFFICIENT: { status: 409, retry: "fix_needed" },
  BELOW_NEED: { status: 409, retry: "fix_needed" },
  YEAR_PAST: { status: 409, retry: "permanent" },
  YEAR_ORDER: { status: 409, retry: "fix_needed" },
  TOO_FAR_AHEAD: { status: 409, retry: "permanent" },
  RELEASE_REFUSED: { status: 409, retry: "permanent" },
  COMPENSATION_SPENT: { status: 409, retry: "fix_needed" },
  NEED_ADMIN_IN_TARGET: { status: 403, retry: "fix_needed" },
  TRANSFER_SAME_ORG: { status: 409, retry: "permanent" },
  SYSTEM_NOT_HARDWARE_LICENSED: { status: 409, retry: "permanent" },
  SYSTEM_FILE_INVALID: { status: 422, retry: "permanent" },
  SYSTEM_FILE_STALE: { status: 409, retry: "fix_needed" },
  SYSTEM_REGISTERED_ELSEWHERE: { status: 409, retry: "fix_needed" },
  UPGRADE_PATH_UNKNOWN: { status: 422, retry: "permanent" },
  ANCHOR_FIXED: { status: 409, retry: "permanent" },
  RMA_REFUSED: { status: 409, retry: "permanent" },
  REVERSAL_REFUSED: { status: 409, retry: "permanent" },

  // Devices as the agent meets them
  DEVICE_UNKNOWN: { status: 404, retry: "fix_needed" },
  DEVICE_UNREACHABLE: { status: 502, retry: "transient" },
  DEVICE_DENIED: { status: 502, retry: "fix_needed" },
  DEVICE_NO_CREDENTIALS: { status: 409, retry: "fix_needed" },
  DEVICE_WRONG: { status: 409, retry: "permanent" },
  DEVICE_REPLACED: { status: 409, retry: "permanent" },
  DEVICE_KEY_CHANGED: { status: 409, retry: "fix_needed" },
  DEVICE_BUSY: { status: 409, retry: "transient" },
  DEVICE_ANSWER: { status: 502, retry: "device" },
  DEVICE_REJECTED: { status: 502, retry: "device" },
  DEVICE_IMAGE_REFUSED: { status: 502, retry: "permanent" },
  DEVICE_DEFAULTED: { status: 409, retry: "fix_needed" },
  DEVICE_UNCOMMITTED: { status: 409, retry: "fix_needed" },
  DEVICE_NO_RETURN: { status: 504, retry: "indeterminate" },
  DEVICE_UNREACHABLE_AFTER_UPGRADE: { status: 504, retry: "permanent" },
  DEVICE_UNVERIFIED: { status: 502, retry: "permanent" },
  DEVICE_RECOVERY_MODE: { status: 502, retry: "permanent" },
  DEVICE_NEWER: { status: 409, retry: "permanent" },
  DEVICE_CHANGED: { status: 409, retry: "transient" },
  TRANSFER_CUT: { status: 502, retry: "transient" },
  TRANSFER_STALLED: { status: 504, retry: "transient" },
  BACKUP_FAILED: { status: 502, retry: "fix_needed" },
  HEALTH_FAILED: { status: 502, retry: "device" },
  COMMIT_FAILED: { status: 502, retry: "device" },
  ROLLED_BACK: { status: 502, retry: "permanent" },
  ROLLBACK_FAILED: { status: 502, retry: "permanent" },

  // ACS Pro servers and their installers
  SERVER_WRONG: { status: 409, retry: "permanent" },
  SERVER_UNREADABLE: { status: 502, retry: "transient" },
  SERVER_DISK_FULL: { status: 507, retry: "fix_needed" },
  SERVER_UNHEALTHY: { status: 409, retry: "fix_needed" },
  SERVER_EXPORTING: { status: 409, retry: "transient" },
  SERVER_REBOOT_PENDING: { status: 409, retry: "fix_needed" },
  SERVER_BACKUP_FAILED: { status: 502, retry: "fix_needed" },
  SERVER_OVERDUE: { status: 504, retry: "indeterminate" },
  SERVER_NEEDS_PERSON: { status: 504, retry: "indeterminate" },
  SERVER_NO_RETURN: { status: 504, retry: "permanent" },
  SERVER_VERSION_UNCHANGED: { status: 502, retry: "permanent" },
  SERVER_UNVERIFIED: { status: 502, retry: "permanent" },
  SERVER_RESTORE_FAILED: { status: 502, retry: "permanent" },
  SERVER_RESTORE_BY_HAND: { status: 409, retry: "fix_needed" },
  PACKAGE_WRONG_PRODUCT: { status: 409, retry: "permanent" },
  PACKAGE_PUBLISHER: { status: 422, retry: "permanent" },
  PACKAGE_INVALID: { status: 422, retry: "permanent" },
  INSTALLER_MISSING: { status: 409, retry: "fix_needed" },
  INSTALLER_BUSY: { status: 409, retry: "transient" },
  INSTALLER_DENIED: { status: 409, retry: "fix_needed" },
  INSTALLER_PACKAGE: { status: 422, retry: "permanent" },
  INSTALLER_STOPPED: { status: 409, retry: "permanent" },
  INSTALLER_FAILED: { status: 502, retry: "permanent" },
  INSTALLER_CUT: { status: 502, retry: "permanent" },

  // The agent's own house
  DISK_FULL: { status: 507, retry: "transient" },
  STORE_FAILED: { status: 500, retry: "transient" },
  JOURNAL_CORRUPT: { status: 500, retry: "fix_needed" },
  JOURNAL_NEWER: { status: 500, retry: "fix_needed" },
  INSTANCE_RUNNING: { status: 409, retry: "fix_needed" },
  VAULT_SEALED: { status: 500, retry: "fix_needed" },
  ADDRESS_REFUSED: { status: 400, retry: "permanent" },
  CLOCK_UNCERTAIN: { status: 503, retry: "transient" },
  PEER_SILENT: { status: 504, retry: "transient" },
  RESPONSE_TOO_LARGE: { status: 502, retry: "device" },
} as const satisfies Record<string, FaultFacts>;

export type FaultCode = keyof typeof FAULTS;

export const FAULT_CODES = Object.keys(FAULTS) as [FaultCode, ...FaultCode[]];

export const isFaultCode = (text: string): text is FaultCode => Object.hasOwn(FAULTS, text);
