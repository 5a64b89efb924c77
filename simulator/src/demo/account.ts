import type { Files, Random } from "@fyr/runtime";
import type { Headers } from "./exchange.ts";
import { loadMemory, saveMemory, type Memory } from "./memory.ts";
import { demoPerson, headersOf, type PersonPorts, type Session } from "./person.ts";

export const originOf = ({ ports }: Memory): string => `http://127.0.0.1:${ports.api}`;

/** The account of the person who works with the hub, and its session, kept with the demo. */
export interface Account {
  session(): Promise<Headers>;
  sessionOver(): void;
  /** With what is known of the person by now. */
  memory(): Memory;
}

/** Registers the person on the first day; later days sign in when the session is over. */
export async function ensureAccount(
  ports: PersonPorts & { readonly random: Random },
  files: Files,
  folder: string,
  before: Memory,
): Promise<Account> {
  let memory = before;
  const person = memory.person ?? {
    name: "Ada Lovelace",
    email: "ada@demo.example",
    password: Buffer.from(ports.random.bytes(12)).toString("base64url"),
  };
  const browser = demoPerson(ports, person, originOf(memory));
  const keep = async (session: Session): Promise<Session> => {
    // Others remember things too, while this one signs in.
    memory = { ...((await loadMemory(files, folder)) ?? memory), person, session };
    await saveMemory(files, folder, memory);
    return session;
  };
  if (!memory.person) {
    ports.say(`${person.name} registers at the hub.`);
    await keep(await browser.register());
  }
  let open: Promise<Session> | undefined = memory.session && Promise.resolve(memory.session);
  return {
    async session() {
      open ??= browser.signIn().then(keep);
      open.catch(() => (open = undefined));
      return headersOf(await open, originOf(memory));
    },
    sessionOver: () => void (open = undefined),
    memory: () => memory,
  };
}
