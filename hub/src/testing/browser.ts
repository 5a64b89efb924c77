import { fromProblem, type SignedIn } from "@fyr/protocol";

/** Somebody whom the hub's operator made an account for. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Each opens the account once in place of the second factor, whatever time it is. */
  readonly recoveryCodes: readonly string[];
}

/** A person's browser: it signs in when it has to, and sends what our own page would send. */
export interface Browser {
  headers(): Promise<Record<string, string>>;
  /** The session is over: the next request signs in again. */
  forget(): void;
}

export function browser(apiUrl: () => string, { email, password, recoveryCodes }: Credentials): Browser {
  const codes = [...recoveryCodes];
  let signedIn: Promise<Record<string, string>> | undefined;

  async function step(path: string, body: unknown, headers: Record<string, string>) {
    const url = new URL(apiUrl());
    const response = await fetch(`${url.origin}/api/v1${path}`, {
      method: "POST",
      headers: { origin: url.origin, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw fromProblem(answer) ?? new Error(`${path} answered ${response.status}`);
    const cookie = response.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
    return { cookie, "x-csrf-token": (answer as SignedIn).csrfToken };
  }

  async function signIn() {
    const half = await step("/session", { email, password }, {});
    const code = codes.shift();
    if (code === undefined) throw new Error("no recovery code is left");
    return step("/session/factor", { code }, half);
  }

  return {
    async headers() {
      signedIn ??= signIn();
      signedIn.catch(() => (signedIn = undefined));
      // A hub that was started anew may be found at another port.
      return { ...(await signedIn), origin: new URL(apiUrl()).origin };
    },
    forget: () => void (signedIn = undefined),
  };
}
