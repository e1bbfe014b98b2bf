// What is bundled beside the scenarios.

/**
 * Tests of packages that know no host: what they see must be the same in every engine. A new file of tests that
 * needs neither Node nor the time of day can be added.
 */
const TESTS: Readonly<Record<string, string>> = {
  "apps/kv/test": "simulation",
  "packages/bigstring/test": "range",
  "packages/block/test": "flush pages",
  "packages/net/test": "device reading writing",
  "packages/scheduler/test":
    "awaiting cancellation children devices ends foreign-yields hooks locks order orphans ownership scopes " +
    "select-loop shared-operations syscall world-failures",
  "packages/sim/test":
    "determinism disk-faults machine net-conformance random-worlds switch wire-faults world wrappers",
  "packages/tcpip/test/icmp": "ping",
  "packages/tcpip/test/stack": "tcpip",
  "packages/tcpip/test/tcp":
    "attacks closing congestion handshake initial-sequence misuse receiving retransmission script sending " +
    "two-stacks",
  "packages/tcpip/test/udp": "receive",
};

/** Paths from the repository's root. */
export const SUITES: readonly string[] = Object.entries(TESTS).flatMap(([folder, names]) =>
  names.split(" ").map((name) => `${folder}/${name}.test.ts`),
);

export const TASK_TREES = "tests/portability/test/suites/task-trees.ts";

/** Programs as they are, by the name that their conversation in `scenarios/programs.ts` has. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  "echo-server": "apps/echo-server/src/main.ts",
};
