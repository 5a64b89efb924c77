/** What makes two folder names the same: case, width and spaces at the ends do not count. */
export const nameKey = (name: string): string => name.normalize("NFKC").trim().toLowerCase();
