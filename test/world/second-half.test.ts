import { worldsOfHalf } from "./half.ts";

worldsOfHalf(1);
