import { sweepHalf } from "./half.ts";

sweepHalf(2);
