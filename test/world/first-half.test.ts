import { worldsOfHalf } from "./half.ts";

worldsOfHalf(0);
