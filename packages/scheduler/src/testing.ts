// `@miou-solo5/scheduler/testing`: what tests of programs and devices compare runs with.
export { claim, claimBytes, claimRefused, codeOf } from "./claims.ts";
export { goldenTracer } from "./golden-tracer.ts";
