import { isFault } from "@fyr/protocol";

/** The code with which work is refused; null when it is not. @throws whatever else went wrong */
export const codeOf = async (work: Promise<unknown>): Promise<string | null> => {
  try {
    await work;
    return null;
  } catch (error) {
    if (isFault(error)) return error.code;
    throw error;
  }
};
