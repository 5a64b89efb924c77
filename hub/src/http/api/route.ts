import type { Readable } from "node:stream";
import type { ImageFacts } from "@fyr/certs";
import type { Action, AxisVersion, Language, ServerProduct, SignedDocument } from "@fyr/protocol";
import { z } from "zod";
import type { Caller, Person, SessionStanding } from "../../access/caller.ts";
import type { Member } from "../../access/member.ts";
import type { Services } from "../../ports.ts";

/** What an image's sender says beside its bytes. */
export interface ImageUpload {
  readonly bytes: Readable;
  /** What `Content-Length` announced; null when it did not. */
  readonly announcedBytes: number | null;
  readonly models: readonly string[];
  readonly hardwareIds: readonly string[];
  /** For a server's package. */
  readonly server?: { readonly product: ServerProduct; readonly version: AxisVersion };
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

/** The session's cookie of the browser that asks. */
export interface SessionJar {
  /** The token that came with the request, whatever it is worth. */
  readonly token: string | null;
  /** Gives the browser another one. */
  keep(token: string, untilMs: number): void;
  drop(): void;
}

/** One request, checked: the rest of the code trusts its types. */
export interface Asked<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly idempotencyKey: string | undefined;
  /** The version that an edit was made for, from `If-Match`; 0 on routes that are not `versioned`. */
  readonly ifMatch: number;
  /** Where the request came from: an address, or the network of one subscriber. */
  readonly source: string;
  /** What the sender calls itself, shortened: for lists of sessions. */
  readonly userAgent: string;
  readonly language: Language;
  readonly jar: SessionJar;
}

/** Who may call a route, and what `run` is told of them. */
export interface Admissions {
  /** Whoever comes: registration, sign-in. */
  readonly anyone: object;
  /** Whoever has a session, even if its second factor is still missing. */
  readonly session: { readonly standing: SessionStanding };
  /** A person who is signed in. */
  readonly person: { readonly person: Person };
  /** A person, a program or the hub's operator. */
  readonly known: { readonly caller: Caller };
  /** The hub's operator alone. */
  readonly operator: object;
  /** A member of the organisation in the path who may do the route's `action` somewhere in it. */
  readonly member: { readonly member: Member };
}
export type Admission = keyof Admissions;

/** The schema that a part of a request has to fit; a part that is left out is not looked at. */
type Part = z.ZodType | undefined;
type Fits<S extends Part> = S extends z.ZodType ? z.output<S> : undefined;

interface Facts {
  /** Names the operation in the API document and in metrics. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, in the form of fastify: `/orgs/:orgId`. */
  readonly path: string;
  readonly summary: string;
  /** True when the body is a file that is read as a stream; it arrives as `Upload`. */
  readonly upload?: true;
  /** The media types of an answer that is a file; `run` gives a `FileAnswer` then. */
  readonly download?: readonly string[];
  /** True when an `Idempotency-Key` makes it safe to repeat. */
  readonly repeatable?: true;
  /** True for an edit that has to name the version it was made for, as `If-Match`. */
  readonly versioned?: true;
  /** True for a WebSocket that tells what changes, in frames of `answer`. */
  readonly live?: true;
  /** True for an act that wants a second factor of the last five minutes. */
  readonly stepUp?: true;
  readonly status?: 200 | 201 | 202 | 204;
}

interface Definition<
  P extends Part,
  Q extends Part,
  B extends Part,
  A extends z.ZodType,
  Told,
> extends Facts {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer: A;
  run(
    ports: ApiPorts,
    asked: Asked<Fits<P>, Fits<Q>, B extends z.ZodType ? z.output<B> : Upload> & Told,
  ): Promise<z.input<A>>;
}

/** The body of an upload, before anybody read it. */
export interface Upload {
  readonly bytes: Readable;
  readonly announcedBytes: number | null;
}

/** An answer that is a file. */
export interface FileAnswer {
  readonly type: string;
  readonly fileName: string;
  readonly bytes: Readable;
}
export const FileAnswer = z.custom<FileAnswer>();

/** The answer of a route that has nothing to say. */
export const Nothing = z.void();

type AskedOfAnyone = Asked<unknown, unknown, unknown>;

/** A route as data: what `http/api` serves, documents, and lets tests walk. */
export interface ApiRoute extends Facts {
  readonly admits: Admission;
  /** What a member has to be allowed to do (access.md 3.3); null on routes for others. */
  readonly action: Action | null;
  readonly params?: Part;
  readonly query?: Part;
  readonly body?: Part;
  readonly answer: z.ZodType;
  run(ports: ApiPorts, asked: AskedOfAnyone & Partial<Told>): Promise<unknown>;
}
type Told = Admissions["session"] & Admissions["person"] & Admissions["known"] & Admissions["member"];

/** Lets each route be written with its own types. */
const routeFor =
  <For extends Exclude<Admission, "member">>(admits: For) =>
  <A extends z.ZodType, P extends Part = undefined, Q extends Part = undefined, B extends Part = undefined>(
    definition: Definition<P, Q, B, A, Admissions[For]>,
  ): ApiRoute => ({ ...(definition as unknown as ApiRoute), admits, action: null });

export const openRoute = routeFor("anyone");
export const sessionRoute = routeFor("session");
export const personRoute = routeFor("person");
export const knownRoute = routeFor("known");
export const operatorRoute = routeFor("operator");

/** A route below `/orgs/:orgId`, for members who may do `action`. */
export const memberRoute = <
  A extends z.ZodType,
  P extends Part = undefined,
  Q extends Part = undefined,
  B extends Part = undefined,
>(
  definition: Definition<P, Q, B, A, Admissions["member"]> & { readonly action: Action },
): ApiRoute => ({ ...(definition as unknown as ApiRoute), admits: "member" });
