import type { DeviceReply, DeviceRequest } from "../exchange.ts";
import type { Inside } from "../inside.ts";
import type { PhaseName } from "../state.ts";

/** `keep`: the old image stays. `early`: written, but answered at once. */
export type Installation = "flash" | "early" | "keep";

/** Where a fault may strike. Each is an object with the few hooks that it needs; any number stand side by side. */
export interface Fault {
  /** Before anything looks at the request; an answer takes the place of the true one. */
  request?(request: DeviceRequest): DeviceReply | undefined;
  /** Around the body of an upload. */
  upload?(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** The image is good and would be written now. */
  installation?(): Installation | undefined;
  /** The answer to an upload is ready. */
  uploadReply?(reply: DeviceReply): DeviceReply;
  /** A phase of the device's life begins. */
  phase?(name: PhaseName, durationMs: number | undefined): void;
  /** What the device tells of itself. */
  serial?(serial: string): string;
  version?(version: string): string;
  ready?(ready: boolean): boolean;
}

/** What a fault is given: the device, and its own record. */
export interface Site {
  readonly device: Inside;
  /** Device seconds into milliseconds of the clock. */
  ms(seconds: number): number;
  /** Records that it struck. */
  fire(): void;
  /** How often it has struck so far; survives a restart of the simulator. */
  fired(): number;
  /** May it strike again? */
  left(): boolean;
  /** Does the device boot or run the image that was uploaded last? */
  runsUploaded(): boolean;
}
