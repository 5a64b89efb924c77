import type { Readable } from "node:stream";
import type { ImageFacts } from "@fyr/certs";
import type { SignedDocument } from "@fyr/protocol";
import type { z } from "zod";
import type { Actor, Services } from "../../ports.ts";

/** What an image's sender says beside its bytes. */
export interface ImageUpload {
  readonly bytes: Readable;
  /** What `Content-Length` announced; null when it did not. */
  readonly announcedBytes: number | null;
  readonly models: readonly string[];
  readonly hardwareIds: readonly string[];
}

/** What the routes need of the hub. */
export interface ApiPorts {
  readonly services: Services;
  readonly images: {
    import(upload: ImageUpload): Promise<ImageFacts>;
    publish(signed: ReadonlyMap<string, SignedDocument>): Promise<void>;
  };
  /** The address that agents enrol at. */
  readonly enrolUrl: () => string;
}

/** One request, checked: the rest of the code trusts its types. */
export interface Asked<Params, Query, Body> {
  readonly actor: Actor;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly idempotencyKey: string | undefined;
}

/** The schema that a part of a request has to fit; a part that is left out is not looked at. */
type Part = z.ZodType | undefined;
type Fits<S extends Part> = S extends z.ZodType ? z.output<S> : undefined;

interface Definition<P extends Part, Q extends Part, B extends Part, A extends z.ZodType> {
  /** Names the operation in the API document, in metrics and in the access table. */
  readonly name: string;
  readonly method: "GET" | "POST";
  /** Below `/api/v1`, in the form of fastify: `/orgs/:orgId`. */
  readonly path: string;
  /** Who may call it. People and roles come later; until then there is one operator. */
  readonly who: "operator";
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** True when the body is a file that is read as a stream; it arrives as `Upload`. */
  readonly upload?: true;
  /** True when an `Idempotency-Key` makes it safe to repeat. */
  readonly repeatable?: true;
  readonly status?: 200 | 201;
  readonly answer: A;
  run(
    ports: ApiPorts,
    asked: Asked<Fits<P>, Fits<Q>, B extends z.ZodType ? z.output<B> : Upload>,
  ): Promise<z.input<A>>;
}

/** The body of an upload, before anybody read it. */
export interface Upload {
  readonly bytes: Readable;
  readonly announcedBytes: number | null;
}

/** A route as data: what `http/api` serves, documents, and lets tests walk. */
export type ApiRoute = Omit<Definition<Part, Part, Part, z.ZodType>, "run"> & {
  run(ports: ApiPorts, asked: Asked<unknown, unknown, unknown>): Promise<unknown>;
};

/** Lets each route be written with its own types. */
export const route = <
  A extends z.ZodType,
  P extends Part = undefined,
  Q extends Part = undefined,
  B extends Part = undefined,
>(
  definition: Definition<P, Q, B, A>,
): ApiRoute => definition;
