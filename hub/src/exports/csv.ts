import { stringify } from "csv-stringify/sync";

/**
 * What a CSV file begins with. Spreadsheets take a file without it for a code page of their country and spoil every
 * accent; programs have the signed JSON.
 */
export const CSV_MARK = "\uFEFF";

/**
 * Rows as lines of a CSV file (RFC 4180). A cell that a spreadsheet would run as a formula (it begins with `=`, `+`,
 * `-`, `@`, a tab, a line end, or the wide forms of the signs) gets an apostrophe in front (security.md B1-T2):
 * names come from devices, and devices say what they like.
 */
export const csvLines = (rows: readonly (readonly (string | number)[])[]): string =>
  stringify(
    rows.map((row) => row.map((cell) => (typeof cell === "string" ? cell.replace(/^\n/, "'\n") : cell))),
    { escape_formulas: true, record_delimiter: "windows" },
  );
