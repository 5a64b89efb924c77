import { z } from "zod";

const Signature = z.object({ status: z.string(), publisher: z.string().nullable() });

/** What `Get-AuthenticodeSignature` said of a file; null when it said nothing that can be believed. */
export function signatureSaid(out: string): z.infer<typeof Signature> | null {
  const read = Signature.safeParse(parsed(out));
  return read.success ? read.data : null;
}

function parsed(out: string): unknown {
  try {
    return JSON.parse(out.replace(/^\uFEFF/, "").trim());
  } catch {
    return null;
  }
}
