export { createImageCache, type ImageCacheOptions, type ImageCachePorts } from "./image-cache.ts";
