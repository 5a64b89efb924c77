/** The one door to the X.509 library; its decorators need the reflection polyfill loaded before it. */
import "reflect-metadata";
export * as x509 from "@peculiar/x509";
