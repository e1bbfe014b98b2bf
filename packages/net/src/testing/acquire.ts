// Devices and handles.
import { HANDLE_MAX } from "@miou-solo5/scheduler";
import { claim, claimBytes, codeOf } from "@miou-solo5/scheduler/testing";
import { type End, frame, type Link, type NetCase, netCase } from "./case.ts";

/** The code of every call that takes a handle, by name of the call. */
function codesFor({ solo5, world }: Link, handle: number): Record<string, unknown> {
  const bytes = new Uint8Array(world.mtu + 14);
  const batch = { bytes, slotSize: bytes.length, sizes: Int32Array.of(60) };
  const codes: Record<string, unknown> = {
    netRead: codeOf(() => solo5.netRead(handle, bytes, 0, bytes.length)),
    netWrite: codeOf(() => solo5.netWrite(handle, bytes, 0, 60)),
    netRelease: codeOf(() => solo5.netRelease(handle)),
  };
  if (solo5.netReadBatch) codes["netReadBatch"] = codeOf(() => solo5.netReadBatch?.(handle));
  if (solo5.netReadSlots) codes["netReadSlots"] = codeOf(() => solo5.netReadSlots?.(handle));
  if (solo5.netWriteBatch) {
    codes["netWriteBatch"] = codeOf(() => solo5.netWriteBatch?.(handle, batch, 1));
  }
  if (solo5.netCounters) codes["netCounters"] = codeOf(() => solo5.netCounters?.(handle));
  return codes;
}

function claimBad(what: string, link: Link, handle: number): void {
  for (const [call, code] of Object.entries(codesFor(link, handle))) {
    claim(`${call} with ${what}`, code, "ERR_SOLO5_BAD_HANDLE");
  }
}

function exchange(link: Link, from: End, to: End): void {
  const sent = frame(64, 5);
  link.send(from, sent);
  claimBytes("a frame that arrived", link.receive(to), sent);
}

export const acquireCases: readonly NetCase[] = [
  netCase("acquiring gives a handle, a MAC of one station, and the MTU", (link) => {
    const ends = link.ends();
    for (const { handle, mac, mtu } of ends) {
      claim("handles are 1 to 63", handle >= 1 && handle <= HANDLE_MAX && handle % 1 === 0, true);
      claim("bytes of a MAC", mac.length, 6);
      claim("a MAC is no group address", (mac[0] ?? 0) & 1, 0);
      claim("MTU", mtu, link.world.mtu);
    }
    claim("two devices have two handles", ends[0].handle !== ends[1].handle, true);
  }),
  netCase("a name that is not attached is no device", (link) => {
    for (const name of ["nonesuch", "", "no such name", link.world.names[0].repeat(100)]) {
      claim(
        `acquiring "${name}"`,
        codeOf(() => link.acquire(name)),
        "ERR_SOLO5_NO_DEVICE",
      );
    }
  }),
  netCase("a device is acquired once at a time, and a second try disturbs nobody", (link) => {
    const [a, b] = link.ends();
    claim(
      "acquiring again",
      codeOf(() => link.acquire(a.name)),
      "ERR_SOLO5_BUSY",
    );
    exchange(link, a, b);
    exchange(link, b, a);
  }),
  netCase("a released device can be acquired again, and works", (link) => {
    const [first, b] = link.ends();
    let a = first;
    for (let count = 0; count < 3; count++) {
      link.solo5.netRelease(a.handle);
      a = link.acquire(a.name);
      claim("the MAC stays", [...a.mac], [...first.mac]);
      exchange(link, a, b);
      exchange(link, b, a);
    }
  }),
  netCase("a released handle is bad, and its device is not ready", (link) => {
    const [a, b] = link.ends();
    link.send(a, frame(60));
    link.await(b);
    link.solo5.netRelease(b.handle);
    claimBad("a released handle", link, b.handle);
    const ready = new Uint32Array([0xffff_ffff, 0xffff_ffff]);
    link.solo5.yield(0, ready);
    claim("the ready set", [...ready], [0, 0]);
  }),
  netCase("what is no handle is bad", (link) => {
    link.acquire(link.world.names[0]);
    for (const handle of [0, HANDLE_MAX, HANDLE_MAX + 1, -1, 2 ** 32 + 1]) {
      claimBad(`handle ${handle}`, link, handle);
    }
  }),
  netCase("a network device is no block device", (link) => {
    const { name, handle } = link.acquire(link.world.names[0]);
    const { solo5 } = link;
    claim(
      "blockAcquire",
      codeOf(() => solo5.blockAcquire(name)),
      "ERR_SOLO5_NO_DEVICE",
    );
    const bytes = new Uint8Array(4096);
    claim(
      "blockRead",
      codeOf(() => solo5.blockRead(handle, 0, bytes, 0)),
      "ERR_SOLO5_BAD_HANDLE",
    );
    claim(
      "blockWrite",
      codeOf(() => solo5.blockWrite(handle, 0, bytes, 0)),
      "ERR_SOLO5_BAD_HANDLE",
    );
    claim(
      "blockRelease",
      codeOf(() => solo5.blockRelease(handle)),
      "ERR_SOLO5_BAD_HANDLE",
    );
  }),
];
