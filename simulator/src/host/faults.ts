/** Where power may be cut: between what the helper writes and what the installer does. */
export const HOST_MOMENTS = [
  "helper-started",
  "helper-ready",
  "installer-started",
  "service-stopped",
  "files-switched",
  "service-started",
  "installer-ended",
  "result-written",
  "booting",
] as const;
export type HostMoment = (typeof HOST_MOMENTS)[number];

/** What may go wrong at a host while it is upgraded; each once, unless it says otherwise. */
export type HostFault =
  /** The installer stands still, for ever when no time is given. */
  | { readonly kind: "installer-hangs"; readonly forMs?: number }
  | { readonly kind: "installer-exits"; readonly exit: number }
  /** It restarts the host by itself (1641), before or after it has told its helper. */
  | { readonly kind: "installer-reboots"; readonly told: boolean }
  | { readonly kind: "disk-full" }
  | { readonly kind: "power-cut"; readonly at: HostMoment; readonly offMs: number }
  /** The helper dies, the host goes on. */
  | { readonly kind: "helper-killed"; readonly at: HostMoment }
  | { readonly kind: "service-stays-down" }
  | { readonly kind: "version-unchanged" }
  | { readonly kind: "backup-fails" }
  | { readonly kind: "restore-fails" }
  | { readonly kind: "exporting"; readonly forMs: number }
  | { readonly kind: "reboot-pending" }
  | { readonly kind: "unsigned" }
  | { readonly kind: "loses-devices"; readonly count: number };

export type HostFaultKind = HostFault["kind"];
