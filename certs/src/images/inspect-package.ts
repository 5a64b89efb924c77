import { Fault, isFault } from "@fyr/protocol";
import { capped, INSPECT_LIMITS, inspectImage, peek, type ImageInfo, type InspectLimits } from "./inspect.ts";
import { checkOle, OLE_MAGIC } from "./ole.ts";

/** Enough for the header of a compound file. */
const START_BYTES = 512;

/** What whoever imports a server's package says of it. */
export interface PackageWish {
  readonly product: string;
  readonly version: string;
}

/**
 * Looks at a server's package: a Windows Installer file, which says nothing of itself that could be read here, or an
 * archive for Linux hosts, whose own version must be the one that is said. Reads it to its end.
 *
 * @throws Fault `PACKAGE_INVALID`, `IMAGE_TRUNCATED`, `IMAGE_CORRUPT`, `IMAGE_TOO_LARGE`
 */
export async function inspectPackage(
  bytes: AsyncIterable<Uint8Array>,
  { product, version }: PackageWish,
  limits: InspectLimits = INSPECT_LIMITS,
): Promise<ImageInfo> {
  const { start, whole } = await peek(capped(bytes, limits.maxBytes), START_BYTES);
  const said = { version, models: [product], hardwareIds: [], upgradeableFrom: [] };
  if (!start.subarray(0, OLE_MAGIC.length).equals(OLE_MAGIC)) {
    const { format, ...info } = await archive(whole, limits);
    if (info.version !== version)
      throw new Fault("PACKAGE_INVALID", { reason: "another version", found: info.version });
    return { format, ...said };
  }
  const header = Buffer.from(start.subarray(0, START_BYTES));
  let sizeBytes = 0;
  for await (const part of whole) sizeBytes += part.length;
  checkOle(header, sizeBytes);
  return { format: "msi", ...said };
}

async function archive(bytes: AsyncIterable<Uint8Array>, limits: InspectLimits): Promise<ImageInfo> {
  try {
    const info = await inspectImage(bytes, limits);
    if (info.format === "gzip") return info;
  } catch (error) {
    if (!isFault(error, "IMAGE_FORMAT")) throw error;
    throw new Fault("PACKAGE_INVALID", { reason: "neither an installer nor an archive" }, { cause: error });
  }
  throw new Fault("PACKAGE_INVALID", { reason: "an image for devices" });
}
