/** A part that another needs before it exists: two that know each other have to meet somewhere. */
export interface Late<T> {
  /** Undefined until it came. */
  get(): T | undefined;
  came(part: T): void;
}

export function late<T>(): Late<T> {
  let part: T | undefined;
  return {
    get: () => part,
    came: (arrived) => void (part = arrived),
  };
}
