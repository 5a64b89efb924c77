/** Imported first by every entry point: one clear line instead of a crash inside a native module. */
const OLDEST_MAJOR = 24;

if (Number(process.versions.node.split(".")[0]) < OLDEST_MAJOR) {
  process.stderr.write(
    `Fyr needs Node ${OLDEST_MAJOR} or newer and found ${process.versions.node}. ` +
      `Start it through npm (npm run …), which brings its own.\n`,
  );
  process.exit(1);
}
