/** Doubles and quick builders for others' tests. */
export { fakeAgentCa, fakeAgentKeys, readFakeCertificate } from "./testing/fake-ca.ts";
export { testPki, type TestPki } from "./testing/test-pki.ts";
export { memoryFiles } from "./testing/memory-files.ts";
export { testImage, testRepository, testSigningKey, type TestRepository } from "./testing/test-repository.ts";
export {
  infoJson,
  msiFile,
  packedImage,
  rawImage,
  tarOf,
  type ImageFileFacts,
} from "./testing/image-file.ts";
