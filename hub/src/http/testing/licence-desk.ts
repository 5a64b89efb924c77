import type { LicenceStock, OrgId } from "@fyr/protocol";
import type { LightMyRequestResponse as Response } from "fastify";
import { day } from "../../testing/licence-office.ts";
import { startOfDay } from "../../licences/civil-date.ts";
import { API_PREFIX } from "../api/routes/index.ts";
import type { ApiBed } from "./api-bed.ts";

export type Json = Record<string, unknown>;

/** Somebody at work with an organisation's licences, over HTTP. */
export interface LicenceDesk {
  get<T = Json>(path: string, query?: Record<string, string>): Promise<T>;
  post<T = Json>(path: string, body: object, key?: string): Promise<T>;
  /** The code of the problem that the request is answered with, and its details. */
  problem(path: string, body: object): Promise<[string, Json]>;
  wallet(commodity: string): Promise<LicenceStock | undefined>;
}

const answered = async <T>(asked: Promise<Response>): Promise<T> => {
  const answer = await asked;
  if (answer.statusCode >= 300) throw new Error(`${answer.statusCode}: ${answer.body}`);
  return answer.json<T>();
};

/** The desk of one who is signed in, in the organisation of `house`. */
export function licenceDesk(bed: ApiBed, house: { readonly orgId: OrgId }, accountId: string): LicenceDesk {
  const url = (path: string) => `${API_PREFIX}/orgs/${house.orgId}/licences${path}`;
  const headers = (key?: string) => ({
    ...bed.signIn({ accountId: accountId as never }),
    ...(key !== undefined && { "idempotency-key": key }),
  });
  const send = (path: string, payload: object, key?: string) =>
    bed.app.inject({ method: "POST", url: url(path), headers: headers(key), payload });
  const desk: LicenceDesk = {
    get: (path, query = {}) =>
      answered(bed.app.inject({ method: "GET", url: url(path), headers: headers(), query })),
    post: (path, body, key) => answered(send(path, body, key)),
    async problem(path, body) {
      const { code, details } = (await send(path, body)).json<{ code: string; details: Json }>();
      return [code, details];
    },
    async wallet(commodity) {
      const { items } = await desk.get<{ items: LicenceStock[] }>("/wallet");
      return items.find((stock) => stock.commodity === commodity);
    },
  };
  return desk;
}

let batches = 0;

/** A key that the hub's operator issues over HTTP. */
export async function issuedKey(bed: ApiBed, wish: Json): Promise<string> {
  const payload = { kind: "subscription", product: "VMS", batch: `http${++batches}`, ...wish };
  const asked = bed.app.inject({
    ...{ method: "POST" as const, url: `${API_PREFIX}/licences/keys`, headers: bed.operator, payload },
  });
  const { keys } = await answered<{ keys: string[] }>(asked);
  return keys[0] ?? "";
}

export const goTo = async ({ hub }: ApiBed, date: string): Promise<void> =>
  hub.clock.advance(startOfDay(day(date)) - hub.clock.wall());
