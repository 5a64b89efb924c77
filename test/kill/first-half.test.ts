import { sweepHalf } from "./half.ts";

sweepHalf(1);
