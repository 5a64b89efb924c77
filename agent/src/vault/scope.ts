import { Serial } from "@fyr/protocol";
import { z } from "zod";

/** For which devices a login is: one, a named group of addresses, or all that have no other. */
export const LoginScope = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("device"), serial: Serial }),
  z.strictObject({ kind: z.literal("group"), name: z.string().regex(/^[A-Za-z0-9][\w .-]{0,59}$/) }),
  z.strictObject({ kind: z.literal("default") }),
]);
export type LoginScope = z.infer<typeof LoginScope>;

/** `device:ACCC8E012345`, `group:lobby`, `default`. */
export function scopeText(scope: LoginScope): string {
  if (scope.kind === "device") return `device:${scope.serial}`;
  return scope.kind === "group" ? `group:${scope.name}` : "default";
}

/** Null when the text names no scope. */
export function readScope(text: string): LoginScope | null {
  const [, kind, name] = /^(device|group):(.+)$/.exec(text) ?? [undefined, text, ""];
  return (
    LoginScope.safeParse(
      kind === "device" ? { kind, serial: name } : kind === "group" ? { kind, name } : { kind },
    ).data ?? null
  );
}
