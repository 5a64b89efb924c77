import type { Clock, Ids, Random } from "@fyr/runtime";
import type { Post } from "../mail/post.ts";
import type { PasswordHasher } from "./passwords.ts";
import type { Sealing } from "./sealing.ts";

/** What the services of accounts need from the world. */
export interface AccountPorts {
  readonly clock: Pick<Clock, "wall">;
  readonly random: Random;
  readonly ids: Ids;
  readonly passwords: PasswordHasher;
  readonly sealing: Sealing;
  readonly post: Post;
  /** Where people reach the console, without a slash at the end: for links in mails. */
  origin(): string;
}

/**
 * Pages of the console that a mail leads to. A token stands behind `#`: a browser keeps that part to itself, so it is in
 * no server's log and in no `Referer`.
 */
export const linkTo = {
  verify: (origin: string, token: string) => `${origin}/verify#${token}`,
  signIn: (origin: string) => `${origin}/sign-in`,
  newPassword: (origin: string, token: string) => `${origin}/new-password#${token}`,
  forgotten: (origin: string) => `${origin}/forgotten-password`,
  newAddress: (origin: string, token: string) => `${origin}/new-address#${token}`,
  invitation: (origin: string, token: string) => `${origin}/invitation#${token}`,
} as const;
