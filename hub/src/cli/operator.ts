import { parse } from "@fyr/protocol";
import type { Files, Random } from "@fyr/runtime";
import { z } from "zod";
import { newToken, tokenHash } from "../http/api/token.ts";

const Operator = z.strictObject({ tokenHash: z.string().regex(/^[0-9a-f]{64}$/) });

/** The hash of the operator's token; null before `hub init`. */
export async function readOperator(files: Files, path: string): Promise<string | null> {
  const bytes = await files.read(path);
  return bytes && parse(Operator, Buffer.from(bytes).toString("utf8")).tokenHash;
}

/** Makes a new token and forgets the one before. @returns the token, which is nowhere else */
export async function renewOperator(files: Files, path: string, random: Random): Promise<string> {
  const token = newToken(random);
  const operator: z.infer<typeof Operator> = { tokenHash: tokenHash(token) };
  await files.replace(path, Buffer.from(JSON.stringify(operator)), 0o600);
  return token;
}
