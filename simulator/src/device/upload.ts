import { isNewer } from "@fyr/protocol";
import { buildDate } from "./dates.ts";
import { commitPolicy, type UpgradeParams } from "./commit-policy.ts";
import type { Upload } from "./history.ts";
import type { ImageInfo } from "./image.ts";
import { imageReader, type ReadImage } from "./image-reader.ts";
import type { Inside } from "./inside.ts";
import { upgradeStarts, type Installed } from "./firmware.ts";

/** Why an image is not taken (vapix.md 1.7). */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

export const REFUSALS = {
  downgrade: { code: 409, message: "Downgrade is only allowed if factoryDefault=hard is set." },
  revoked: { code: 410, message: "The firmware version has been revoked." },
  uncommitted: { code: 412, message: "Current firmware is not committed." },
  damaged: { code: 415, message: "Invalid firmware image." },
  otherProduct: { code: 421, message: "Firmware image does not match this device." },
  unsigned: { code: 422, message: "Firmware signature is missing." },
  busy: { code: 423, message: "Device is busy with another firmware request." },
  unknownCertificate: { code: 424, message: "Unknown custom firmware certificate." },
} as const satisfies Record<string, Refusal>;

/** Uploading, writing or about to restart: a second firmware request has to wait. */
export const firmwareBusy = ({ state, life }: Inside): boolean =>
  life.phase() !== "ready" || state.uploads.at(-1)?.verdict === "running";

export type Received =
  { readonly refused: Refusal } | { readonly taken: { readonly image: ReadImage; readonly info: ImageInfo } };

/**
 * Takes an image in, records the upload and judges it. Bytes that nobody wants are read all the same, so that
 * the client can hear why (vapix.md 3.2).
 *
 * @throws whatever `body` throws when the client breaks off; the upload is recorded as broken
 */
export async function receiveImage(
  device: Inside,
  body: AsyncIterable<Uint8Array>,
  params: UpgradeParams,
): Promise<Received> {
  const busy = firmwareBusy(device);
  const upload = begin(device);
  const early = busy ? REFUSALS.busy : device.state.firmware.committed ? null : REFUSALS.uncommitted;
  if (!early) device.state.firmware = upgradeStarts(device.state.firmware);
  const reader = imageReader();
  try {
    for await (const chunk of body) {
      reader.take(chunk);
      upload.bytes = reader.bytes;
    }
  } catch (error) {
    end(device, upload, "broken");
    throw error;
  }
  if (upload.verdict !== "running") throw new Error("the upload was cut off"); // by a loss of power
  const image = await reader.end();
  Object.assign(upload, { complete: true, sha256: image.sha256 });
  if (image.info) upload.imageVersion = image.info.Release;
  const refusal = early ?? judge(device, image, params);
  if (refusal) upload.code = refusal.code;
  end(device, upload, refusal ? "refused" : "accepted");
  if (refusal) return { refused: refusal };
  if (!image.info) throw new Error("an image without info.json was accepted");
  return { taken: { image, info: image.info } };
}

function begin(device: Inside): Upload {
  const { state, life, clock } = device;
  const upload: Upload = {
    number: state.uploads.length + 1,
    begunOrder: state.order++,
    begunMs: clock.wall(),
    versionBefore: state.firmware.active.version,
    committedBefore: state.firmware.committed,
    boot: state.boots,
    whileFlashing: life.phase() === "flashing" || life.phase() === "leaving",
    bytes: 0,
    complete: false,
    verdict: "running",
  };
  state.uploads.push(upload);
  device.changed();
  return upload;
}

function end(
  { state, clock, changed }: Inside,
  upload: Upload,
  verdict: "accepted" | "refused" | "broken",
): void {
  if (upload.verdict !== "running") return;
  Object.assign(upload, { verdict, endedOrder: state.order++, endedMs: clock.wall() });
  changed();
}

/** What is still being uploaded breaks when the device leaves the network. */
export function breakUploads(device: Inside): void {
  for (const upload of device.state.uploads) end(device, upload, "broken");
}

function judge(device: Inside, { container, info, seal }: ReadImage, params: UpgradeParams): Refusal | null {
  if (!container) return REFUSALS.otherProduct; // plain text is answered like this (vapix.md 1.7)
  if (!info) return REFUSALS.damaged;
  const { model } = device.identity();
  const fits = info.Products.some(
    (one) => one.ProdNbr === model.prodNbr && one.HardwareID === model.hardwareId,
  );
  if (!fits) return REFUSALS.otherProduct;
  if (seal === "none" || seal === "wrong") return REFUSALS.damaged;
  if (device.generation().needsSignature && seal === "unsigned") return REFUSALS.unsigned;
  if (device.generation().needsSignature && seal === "foreign") return REFUSALS.unknownCertificate;
  if (device.revoked.includes(info.Release)) return REFUSALS.revoked;
  const older = isNewer(device.state.firmware.active.version, info.Release);
  return older && params.factoryDefaultMode !== "hard" ? REFUSALS.downgrade : null;
}

const toInstalled = (info: ImageInfo): Installed => ({
  version: info.Release,
  part: info.PartNbr,
  buildDate: buildDate(info.BuildTime),
});

/** Writes what was received and restarts into it; resolves when the client may be told. */
export async function install(device: Inside, info: ImageInfo, params: UpgradeParams): Promise<void> {
  const how = device.faults.installation();
  if (how === "keep") return;
  const done = device.life.flash({
    image: toInstalled(info),
    policy: commitPolicy(params),
    reset: params.factoryDefaultMode,
  });
  if (how === "flash" && device.generation().answersUpload === "afterFlash") await done;
}
