import type { Digest, HelperMoment, ServerFacts, ServerHealth, ServerUid } from "@fyr/protocol";
import type { StagedImage } from "../ports.ts";

/** What a host may be unable to tell; never guessed, never zero. */
export type Maybe<T> = T | "unknown";

/** A quick look at the server, taken every few seconds while it is upgraded. */
export interface Alive {
  /** The version that is installed, as the host has it on record. */
  readonly version: Maybe<string>;
  /** Whether every service of the product runs. */
  readonly up: Maybe<boolean>;
  /**
   * The version that the running service says of itself; null when it could be asked and does not answer. Where it can be
   * asked, both must be the target.
   */
  readonly says: Maybe<string> | null;
}

/** A copy of the server's own data (settings and database, never recordings), proved by reading it again. */
export interface BackupMade {
  /** Where it lies on the host, for people. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly files: number;
  /** SHA-256 over the list of its files with their lengths and hashes. */
  readonly sha256: string;
}

/** A device that the server records, and where it reaches it. */
export interface RecordedDevice {
  readonly serial: string;
  readonly host: string;
  /** Null: not tried. Missing: 80 and 443. */
  readonly httpPort?: number | null | undefined;
  readonly httpsPort?: number | null | undefined;
}

/**
 * Everything that the agent asks of a host with an ACS Pro server, in one place. An adapter answers `unknown` for what
 * it cannot find out: nothing above it depends on a fact that a host may lack, but where the table of steps says so.
 */
export interface HostProbe {
  /**
   * What the server is. Null when no server is installed here.
   *
   * @throws Fault `SERVER_UNREADABLE`
   */
  facts(signal: AbortSignal): Promise<ServerFacts | null>;
  /** How it is. Never throws: what cannot be read is `unknown`. */
  health(signal: AbortSignal): Promise<ServerHealth>;
  /** Never throws. */
  alive(signal: AbortSignal): Promise<Alive>;
  /** Names this boot of the host. */
  bootId(): Promise<Maybe<string>>;
  /** Devices that the server records already. */
  devices(signal: AbortSignal): Promise<Maybe<readonly RecordedDevice[]>>;
  /** Bytes that a backup takes, and that are free where it goes. */
  backupRoom(): Promise<{ readonly needsBytes: Maybe<number>; readonly freeBytes: Maybe<number> }>;
  /**
   * Copies the server's own data to where `name` says and reads the copy again.
   *
   * @throws Fault `SERVER_BACKUP_FAILED`, `SERVER_DISK_FULL`
   */
  backup(name: string, signal: AbortSignal): Promise<BackupMade>;
}

/** What a helper is to do: written to the disk before it is started, and all that it knows. */
export interface InstallPlan {
  /** Names the run for ever; whoever is started for the same one does nothing more. */
  readonly runKey: string;
  readonly act: "install" | "restore";
  readonly uid: ServerUid;
  readonly digest: Digest;
  readonly from: Maybe<string>;
  readonly to: string;
  /** Of the host when it was written: a later one tells that the host has rebooted since. */
  readonly bootId: Maybe<string>;
  readonly backup: string | null;
  /** Of its list of files, as it was when it was made: whoever puts it back proves it by that. */
  readonly backupSha256: string | null;
}

/** How an installer ended. */
export interface InstallEnd {
  readonly kind: "installed" | "refused";
  /** The host must boot, or is about to, before the new version counts. */
  readonly reboot: boolean;
  readonly exit: number | null;
  readonly code: RefusalCode | null;
  /** In words, for people: what the installer's documentation says of the code, or what went wrong. */
  readonly reason: string;
}

export type RefusalCode =
  | "INSTALLER_BUSY"
  | "INSTALLER_DENIED"
  | "INSTALLER_PACKAGE"
  | "INSTALLER_STOPPED"
  | "INSTALLER_FAILED"
  | "INSTALLER_MISSING"
  | "INSTALLER_CUT"
  | "PACKAGE_PUBLISHER"
  | "PACKAGE_INVALID"
  | "SERVER_DISK_FULL"
  | "SERVER_RESTORE_FAILED"
  | "SERVER_RESTORE_BY_HAND";

/** What a helper left behind, as its own journal and the operating system tell. */
export interface Traces {
  readonly plan: InstallPlan;
  /** The newest moment of its journal; null when it wrote none. */
  readonly moment: HelperMoment | null;
  /** The helper holds its lock, or the installer that it started still runs. */
  readonly busy: boolean;
  readonly end: InstallEnd | null;
  /** Put in place whole or not at all: may be begun again after a cut. */
  readonly whole: boolean;
  /** Where the installer's log lies. */
  readonly log: string | null;
}

/**
 * Starts helpers and reads their traces. It has no way to stop one: nobody does.
 */
export interface InstallDesk {
  /**
   * Copies the package to the run's own folder, checks who published it and what is in it. Changes nothing of the
   * server; may be repeated.
   *
   * @throws Fault `PACKAGE_PUBLISHER`, `PACKAGE_INVALID`, `INSTALLER_MISSING`, `SERVER_DISK_FULL`
   */
  stage(runKey: string, image: StagedImage, signal: AbortSignal): Promise<void>;
  /** Starts the helper, detached; returns when it is at work or has ended. Twice is once. */
  start(plan: InstallPlan): Promise<void>;
  /**
   * Sees to it that a helper that has not begun never will: it may still be starting up. False when it has begun after
   * all, and is to be watched.
   */
  abandon(runKey: string): Promise<boolean>;
  /** Null when nobody was ever started for this run. */
  look(runKey: string): Promise<Traces | null>;
  /** Runs that nobody concluded, newest last: of this job, of an earlier grant, or of a journal that was lost. */
  open(): Promise<readonly Traces[]>;
  /** The outcome is in the journal: the package may go, the log stays. */
  conclude(runKey: string): Promise<void>;
  /** Boots the host, for an installer that asked for it. */
  reboot(): Promise<void>;
}
