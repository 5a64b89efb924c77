import { AxisVersion, Fault, Image, page, PageQuery, ServerProduct, SignedDocument } from "@fyr/protocol";
import { z } from "zod";
import { knownRoute, operatorRoute } from "../route.ts";

/** `?models=P3245-V,P3245-VE`: older images do not name the models that they are for. */
const List = z
  .string()
  .max(4_000)
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  );

const SignedFiles = z
  .strictObject({
    files: z
      .record(z.string().regex(/^[1-9]\d{0,8}\.(root|targets)\.json$/), SignedDocument)
      .describe("By name, e.g. `2.root.json`, `12.targets.json`"),
  })
  .meta({ id: "SignedMetadata" });

export const images = [
  knownRoute({
    name: "listImages",
    method: "GET",
    path: "/images",
    summary: "The images that the publishers signed",
    query: PageQuery,
    answer: page(Image),
    run: ({ services }, { query }) => services.images(query),
  }),
  operatorRoute({
    name: "importImage",
    method: "POST",
    path: "/images",
    summary:
      "Import an AXIS OS image, or a server's package with its product and version, the file as it is; again changes nothing",
    query: z.object({
      models: List,
      hardwareIds: List,
      product: ServerProduct.optional(),
      version: AxisVersion.optional(),
    }),
    upload: true,
    status: 201,
    answer: Image,
    async run({ services, images: library }, { query, body }) {
      const { product, version, ...said } = query;
      if ((product === undefined) !== (version === undefined))
        throw new Fault("MESSAGE_INVALID", { problems: ["product and version go together"] });
      const server = product === undefined || version === undefined ? {} : { server: { product, version } };
      const facts = await library.import({ ...body, ...said, ...server });
      return services.imageImported("operator", facts);
    },
  }),
  operatorRoute({
    name: "publishMetadata",
    method: "POST",
    path: "/images/metadata",
    summary: "Take metadata that publishers signed elsewhere: new roots, a new list of images",
    body: SignedFiles,
    answer: z.strictObject({ files: z.array(z.string()) }).meta({ id: "PublishedMetadata" }),
    async run({ services, images: library }, { body }) {
      const files = Object.keys(body.files).sort();
      await library.publish(new Map(Object.entries(body.files)));
      await services.imagesPublished("operator", files);
      return { files };
    },
  }),
];
