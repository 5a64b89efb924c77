import { toString } from "qrcode";

/** A text as a QR code: an SVG as `data:` address, which a page shows without asking anybody for it. */
export async function qrCode(text: string): Promise<string> {
  const svg = await toString(text, { type: "svg", errorCorrectionLevel: "M", margin: 2 });
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
}
