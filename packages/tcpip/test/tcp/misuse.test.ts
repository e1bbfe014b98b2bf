// What callers do wrong is told before anything has happened.
import { describe, expect, test } from "vitest";
import { Connection, type TcpOptions, tcpSettings } from "../../src/tcp.ts";

const ENDS = {
  localHost: 1,
  localPort: 2,
  remoteHost: 3,
  remotePort: 4,
  initialSequence: 5,
  timestampOffset: 6,
};

function code(call: () => unknown): unknown {
  try {
    call();
    return "nothing was thrown";
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

const RANGE = "ERR_SOLO5_OUT_OF_RANGE";

describe("settings", () => {
  test.each<[string, TcpOptions, unknown]>([
    ["a segment of nothing", { maximumSegmentSize: 63 }, RANGE],
    ["a segment longer than a packet", { maximumSegmentSize: 65_496 }, RANGE],
    ["half a byte", { receiveBufferSize: 4096.5 }, RANGE],
    ["a buffer without room", { sendBufferSize: 2047 }, RANGE],
    ["a window that numbers can't tell", { receiveBufferSize: 2 ** 29 + 1 }, RANGE],
    ["a negative delay", { acknowledgmentDelay: -1 }, RANGE],
    ["a delay above half a second", { acknowledgmentDelay: 500_000_001 }, RANGE],
    ["no number", { userTimeout: Number.NaN }, RANGE],
    ["no retry", { retriesMax: 0 }, RANGE],
    ["a keep-alive at once", { keepAlive: { idle: 0, interval: 1, countMax: 1 } }, RANGE],
    ["an unknown control", { congestionControl: "vegas" as never }, "ERR_SOLO5_INVALID_ARGUMENT"],
  ])("%s is refused", (_, options, wanted) => {
    expect(code(() => tcpSettings(options))).toBe(wanted);
  });

  test("the bounds themselves are not", () => {
    const settings = tcpSettings({
      maximumSegmentSize: 64,
      receiveBufferSize: 2 ** 29,
      sendBufferSize: 2048,
      acknowledgmentDelay: 500_000_000,
      userTimeout: Infinity,
      retriesMax: Infinity,
    });
    expect(settings.receiveBufferSize).toBe(2 ** 29);
    expect(settings.noDelay).toBe(false);
  });
});

describe("a connection", () => {
  const bytes = new Uint8Array(200);
  const open = () => Connection.open(tcpSettings(), ENDS, 0);

  test("emits into room that is there, and enough", () => {
    const connection = open();
    for (const [offset, room] of [
      [0, 127],
      [73, 128],
      [-1, 150],
      [0, Number.NaN],
      [Number.NaN, 128],
    ] as const) {
      expect(code(() => connection.emit(bytes, offset, room, 0))).toBe(RANGE);
    }
    expect(connection.emit(bytes, 72, 128, 0)).toBe(44);
    expect(connection.emit(bytes, 72, 128, 0)).toBe(0);
  });

  test("sends and receives ranges that are there", () => {
    const connection = open();
    for (const [offset, size] of [
      [0, 201],
      [200, 1],
      [-1, 5],
      [0, -1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      expect(code(() => connection.send(bytes, offset, size))).toBe(RANGE);
      expect(code(() => connection.receive(bytes, offset, size))).toBe(RANGE);
    }
    expect(connection.unsettled).toBe(0);
    expect(connection.send(bytes, 200, 0)).toBe(0);
    expect(connection.send(bytes, 199)).toBe(1);
  });

  test("takes nothing to send once it is shut down, or over", () => {
    const shut = open();
    shut.shutdown();
    expect(code(() => shut.send(bytes))).toBe("ERR_SOLO5_CLOSED");
    const over = open();
    over.abort();
    expect(code(() => over.send(bytes))).toBe("ERR_SOLO5_CLOSED");
    over.abort();
    over.close(0);
    over.shutdown();
    expect(over.ending).toBe("aborted");
  });
});
