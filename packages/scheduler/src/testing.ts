// `@miou-solo5/scheduler/testing`: what tests of programs and devices compare runs with.
export { goldenTracer } from "./golden-tracer.ts";
