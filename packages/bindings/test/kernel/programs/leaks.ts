// Programs of leaks.test.ts.
import { type Host, host } from "../../../src/index.ts";
import { repeated } from "../../programs/leaks.ts";
import { bridged, failure, frame, ip } from "./link.ts";

/** A network device is acquired, used and released; every tenth time with frames and batches left lying. */
export async function acquisitions(count: number) {
  bridged();
  const solo5 = host({ net: { left: { tap: "left" }, right: { tap: "right" } } });
  const { handle: right, mtu } = solo5.netAcquire("right");
  const bytes = frame(100);
  const buffer = new Uint8Array(mtu + 14);
  const batch = { bytes, slotSize: 100, sizes: Int32Array.of(100) };
  let read = 0;
  const tenths = await repeated(count, (index) => {
    const { handle } = solo5.netAcquire("left");
    if (index % 10 === 0) {
      solo5.netReadSlots?.(handle);
      solo5.netReadBatch?.(handle);
      solo5.netWriteBatch?.(handle, batch, 1);
      solo5.netWrite(right, bytes, 0, 100);
      solo5.netCounters?.(handle);
    }
    if (solo5.netRead(handle, buffer, 0, buffer.length) >= 0) read++;
    if (solo5.netRead(right, buffer, 0, buffer.length) >= 0) read++;
    solo5.netRelease(handle);
    if (index % 100 === 0) failure(() => solo5.netRead(handle, buffer, 0, buffer.length));
  });
  solo5.close();
  return { tenths, read };
}

/** Hosts attach an interface and are closed in every state, or find that they can't. */
export async function attachments(count: number) {
  bridged();
  const ways: ((solo5: Host) => void)[] = [
    () => {},
    (solo5) => solo5.netAcquire("left"),
    (solo5) => {
      const { handle } = solo5.netAcquire("left");
      solo5.netReadSlots?.(handle);
      solo5.netWrite(handle, frame(60), 0, 60);
      solo5.wait(Number.POSITIVE_INFINITY, () => {});
    },
    (solo5) => {
      solo5.netAcquire("left");
      solo5.wait(Number.POSITIVE_INFINITY, () => {}).cancel();
      solo5.yield(0, new Uint32Array(2));
      solo5.interfaceState("left");
    },
  ];
  const codes = new Set<unknown>();
  const tenths = await repeated(count, (index) => {
    const net = { left: { tap: "left" } };
    if (index % 5 === 4) {
      codes.add(failure(() => host({ net: { ...net, other: { tap: "nope" } } }))?.["code"]);
      return;
    }
    const solo5 = host({ net });
    (ways[index % 5] as (solo5: Host) => void)(solo5);
    solo5.close();
  });
  return { tenths, codes: [...codes] };
}

/** Interfaces are deleted under a host that waits, again and again. */
export async function deletions(count: number) {
  const gone = new Set<unknown>();
  const tenths = await repeated(count, () => {
    ip("tuntap", "add", "dev", "short0", "mode", "tap");
    const solo5 = host({ net: { short: { tap: "short0" } } });
    const { handle } = solo5.netAcquire("short");
    solo5.netReadSlots?.(handle);
    solo5.wait(Number.POSITIVE_INFINITY, () => {});
    ip("link", "del", "short0");
    gone.add(failure(() => solo5.netReadBatch?.(handle))?.["code"]);
    solo5.close();
  });
  return { tenths, gone: [...gone] };
}
