import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import { edges, keyMakers } from "./lint/allow.js";
import {
  edgeModules,
  globals,
  keptPackages,
  keyChance,
  lateImports,
  pureNames,
  realThings,
  syntax,
  timeModules,
} from "./lint/bans.js";

const product = ["{protocol,certs,agent,hub,simulator}/src/**/*.ts"];
const tests = [
  "**/*.test.ts",
  "**/*.contract.ts",
  "*/src/**/testing.ts",
  "*/src/**/testing/**",
  "*/test/**/*.ts",
  "test/**/*.ts",
];
const entryPoints = ["*/src/**/main.ts"];
/** Real time and chance are at home here: in the runtime, where a process starts, and around the product. */
const free = ["runtime/**", "scripts/**", ...entryPoints, ...tests];

/**
 * The imports that a file may not make.
 *
 * @param {string} workspace
 * @param {{ product: boolean, allowed?: readonly string[], makesRealThings?: boolean }} of
 */
const imports = (workspace, { product, allowed = [], makesRealThings = false }) => {
  const banned = product ? [...edgeModules, ...timeModules].filter((name) => !allowed.includes(name)) : [];
  const kept = keptPackages.filter(
    ({ workspaces, inTestsOnly }) => !workspaces.includes(workspace) || (inTestsOnly && product),
  );
  return [
    "error",
    {
      paths: [
        ...banned.flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, ...onlyEdges })),
        ...(product && !makesRealThings ? onlyMain : []),
        ...kept.flatMap(({ packages, message }) => packages.map((name) => ({ name, message }))),
      ],
    },
  ];
};

const onlyEdges = {
  message: "Only an edge may import this: take a port as a parameter, or enter the file in lint/allow.js.",
  allowTypeImports: true,
  allowImportNames: pureNames,
};

const onlyMain = Object.entries(realThings).map(([name, importNames]) => ({
  name,
  importNames,
  message:
    "Only main.ts and the edges that lint/allow.js names make real things: take the port as a parameter.",
}));

const workspaces = ["protocol", "certs", "runtime", "agent", "hub", "simulator", "test"];

export default defineConfig(
  { ignores: ["**/dist/**", "**/node_modules/**", "**/data/**", "**/coverage/**"] },
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // A port's method promises whether or not this one implementation has to wait.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // Ports are object literals whose methods do not know `this`; taking them apart is how they are used.
      "@typescript-eslint/unbound-method": "off",
      eqeqeq: "error",
      "no-console": "error",
      "object-shorthand": "error",
    },
  },
  {
    files: [...product, "runtime/src/**/*.ts"],
    rules: {
      complexity: ["error", 15],
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 100, skipBlankLines: true, skipComments: true }],
    },
  },
  // A migration is one list of statements.
  { files: ["hub/src/store/migrations/**"], rules: { "max-lines-per-function": "off" } },
  ...workspaces.map((workspace) => ({
    files: [`${workspace}/**/*.ts`],
    rules: { "@typescript-eslint/no-restricted-imports": imports(workspace, { product: false }) },
  })),
  {
    files: product,
    ignores: free,
    rules: {
      "no-restricted-globals": ["error", ...globals],
      "no-restricted-syntax": ["error", ...syntax, lateImports, ...keyChance],
    },
  },
  { files: keyMakers, rules: { "no-restricted-syntax": ["error", ...syntax, lateImports] } },
  ...workspaces.map((workspace) => ({
    files: [`${workspace}/src/**/*.ts`],
    ignores: free,
    rules: { "@typescript-eslint/no-restricted-imports": imports(workspace, { product: true }) },
  })),
  ...edges.flatMap(({ files, modules, makesRealThings = false }) =>
    workspaces.flatMap((workspace) => {
      const here = files
        .filter((glob) => glob.startsWith(`${workspace}/`) || glob.startsWith("*/"))
        .map((glob) => glob.replace(/^\*/, workspace));
      const rules = {
        "@typescript-eslint/no-restricted-imports": imports(workspace, {
          product: true,
          allowed: modules,
          makesRealThings,
        }),
      };
      return here.length > 0 ? [{ files: here, ignores: free, rules }] : [];
    }),
  ),
  {
    files: [...tests, "scripts/**/*.ts", "*/src/cli/**", "simulator/src/demo/**", ...entryPoints],
    rules: { "no-console": "off" },
  },
  {
    files: tests,
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "max-lines": ["error", { max: 600, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": "off",
    },
  },
  {
    files: ["**/*.js"],
    languageOptions: { globals: { process: "readonly" } },
  },
);
