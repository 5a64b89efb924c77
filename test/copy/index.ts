/** Private copies of the repository, for tests that change the product's source and look at what becomes of it. */
export { sourceCopy, type Edit, type SourceCopy } from "./source-copy.ts";
