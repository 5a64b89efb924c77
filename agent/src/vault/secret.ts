import { inspect } from "node:util";

const SHOWN = "[secret]";

/** A text that shows itself only when asked by name: never in a log, an error or a JSON document. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toJSON(): string {
    return SHOWN;
  }

  toString(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
