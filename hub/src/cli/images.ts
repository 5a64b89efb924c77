import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { check, Fault, Image, page, SignedDocument } from "@fyr/protocol";
import { z } from "zod";
import { callApi, type ApiAccess } from "./api-client.ts";

export interface ImportWish {
  readonly models: readonly string[];
  readonly hardwareIds: readonly string[];
  /** What a server's package is; an AXIS OS image says it itself. */
  readonly product?: string;
  readonly release?: string;
}

/** Sends an image or a package to the hub. */
export async function importFile(access: ApiAccess, file: string, wish: ImportWish): Promise<Image> {
  const { models, hardwareIds, product, release } = wish;
  const query = new URLSearchParams({
    ...{ models: models.join(), hardwareIds: hardwareIds.join() },
    ...(product !== undefined && { product }),
    ...(release !== undefined && { version: release }),
  });
  return check(Image, await callApi(access, { method: "POST", path: `/images?${query.toString()}`, file }));
}

/** All images, page by page. */
export async function* listImages(access: ApiAccess): AsyncGenerator<Image> {
  for (let after: string | null = ""; after !== null;) {
    const query: string = after === "" ? "" : `?after=${encodeURIComponent(after)}`;
    const answer: z.infer<typeof Images> = check(
      Images,
      await callApi(access, { method: "GET", path: `/images${query}` }),
    );
    yield* answer.items;
    after = answer.next;
  }
}

const Images = page(Image);
const SIGNED = /^[1-9]\d{0,8}\.(root|targets)\.json$/;

/** The publishers' files in a folder, by name; drafts and what the hub signs itself stay behind. */
export async function signedFiles(folder: string): Promise<Map<string, z.infer<typeof SignedDocument>>> {
  const files = new Map<string, z.infer<typeof SignedDocument>>();
  for (const name of (await readdir(folder)).filter((each) => SIGNED.test(each)).sort()) {
    files.set(name, check(SignedDocument, JSON.parse(await readFile(join(folder, name), "utf8"))));
  }
  if (files.size === 0) throw new Fault("METADATA_MISSING", { folder });
  return files;
}

/** Hands the hub what publishers signed elsewhere. @returns the names of the files */
export async function publishFolder(access: ApiAccess, folder: string): Promise<readonly string[]> {
  const files = Object.fromEntries(await signedFiles(folder));
  const answer = await callApi(access, { method: "POST", path: "/images/metadata", json: { files } });
  return check(z.object({ files: z.array(z.string()) }), answer).files;
}
