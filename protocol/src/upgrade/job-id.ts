/**
 * What `jobId` hashes: task id and epoch. The hash itself is made where SHA-256 is at hand (`runtime` on Node); this
 * package stays free of it so that it runs in a browser.
 */
export const jobIdSource = (taskId: string, epoch: number): string => `${taskId}/${epoch}`;
