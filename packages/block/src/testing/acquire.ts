// Devices and handles.
import { HANDLE_MAX } from "@miou-solo5/scheduler";
import { claim, codeOf } from "@miou-solo5/scheduler/testing";
import { type BlockCase, blockCase, pattern, type TestDisk } from "./case.ts";

function claimBad(what: string, { solo5, blockSize }: TestDisk, handle: number): void {
  const bytes = new Uint8Array(blockSize);
  const calls: Record<string, () => unknown> = {
    blockRead: () => solo5.blockRead(handle, 0, bytes, 0),
    blockWrite: () => solo5.blockWrite(handle, 0, bytes, 0),
    blockRelease: () => solo5.blockRelease(handle),
  };
  if (solo5.blockFlush) calls["blockFlush"] = () => solo5.blockFlush?.(handle, () => {});
  if (solo5.blockFlushNow) calls["blockFlushNow"] = () => solo5.blockFlushNow?.(handle);
  for (const [name, call] of Object.entries(calls)) {
    claim(`${name} with ${what}`, codeOf(call), "ERR_SOLO5_BAD_HANDLE");
  }
}

export const acquireCases: readonly BlockCase[] = [
  blockCase("acquiring gives a handle, the capacity and the block size", (disk) => {
    const { handle, capacity, blockSize, readOnly = false } = disk.acquire();
    claim("a handle is 1 to 63", handle >= 1 && handle <= HANDLE_MAX && handle % 1 === 0, true);
    claim("the capacity in bytes", capacity, disk.model.length);
    claim("the block size in bytes", blockSize, disk.blockSize);
    claim("read-only", readOnly, false);
  }),
  blockCase(
    "a read-only device says so",
    (disk) => claim("read-only", disk.acquire().readOnly, true),
    { readOnly: true },
  ),
  blockCase("a name that is not attached is no device", ({ solo5, world }) => {
    for (const name of ["nonesuch", "", "no such name", world.name.repeat(100)]) {
      claim(
        `acquiring "${name}"`,
        codeOf(() => solo5.blockAcquire(name)),
        "ERR_SOLO5_NO_DEVICE",
      );
    }
  }),
  blockCase("a device is acquired once at a time, and a second try disturbs nobody", (disk) => {
    const { handle } = disk.acquire();
    claim(
      "acquiring again",
      codeOf(() => disk.acquire()),
      "ERR_SOLO5_BUSY",
    );
    disk.write(handle, 0, pattern(disk.blockSize, 2));
    disk.claimBlock(handle, 0);
  }),
  blockCase("a released device can be acquired again, and holds what was written", (disk) => {
    for (let count = 0; count < 3; count++) {
      const { handle } = disk.acquire();
      disk.write(handle, count * disk.blockSize, pattern(disk.blockSize, 10 + count));
      disk.solo5.blockRelease(handle);
      const again = disk.acquire();
      disk.claimAll(again.handle);
      disk.solo5.blockRelease(again.handle);
    }
  }),
  blockCase("a released handle, and what is no handle, is bad", (disk) => {
    const { handle } = disk.acquire();
    for (const other of [0, HANDLE_MAX, HANDLE_MAX + 1, -1, 2 ** 32 + handle]) {
      claimBad(`handle ${other}`, disk, other);
    }
    disk.solo5.blockRelease(handle);
    claimBad("a released handle", disk, handle);
    disk.claimAll(disk.acquire().handle);
  }),
  blockCase("a block device is no network device", (disk) => {
    const { solo5, world } = disk;
    const { handle } = disk.acquire();
    const bytes = new Uint8Array(2048);
    claim(
      "netAcquire",
      codeOf(() => solo5.netAcquire(world.name)),
      "ERR_SOLO5_NO_DEVICE",
    );
    claim(
      "netRead",
      codeOf(() => solo5.netRead(handle, bytes, 0, 2048)),
      "ERR_SOLO5_BAD_HANDLE",
    );
    claim(
      "netWrite",
      codeOf(() => solo5.netWrite(handle, bytes, 0, 60)),
      "ERR_SOLO5_BAD_HANDLE",
    );
    claim(
      "netRelease",
      codeOf(() => solo5.netRelease(handle)),
      "ERR_SOLO5_BAD_HANDLE",
    );
  }),
];
