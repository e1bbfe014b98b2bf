// Single frames.
import { AGAIN } from "@miou-solo5/scheduler";
import { claim, claimBytes, claimRefused, codeOf } from "@miou-solo5/scheduler/testing";
import { type End, frame, type Link, type NetCase, netCase } from "./case.ts";

const OUT_OF_RANGE = "ERR_SOLO5_OUT_OF_RANGE";

export const frameCases: readonly NetCase[] = [
  netCase("a read without a frame is AGAIN, and leaves the buffer alone", ({ solo5, ...link }) => {
    const { handle, mtu } = solo5.netAcquire(link.world.names[0]);
    const into = new Uint8Array(mtu + 14).fill(0xaa);
    for (let count = 0; count < 3; count++) {
      claim("netRead", solo5.netRead(handle, into, 0, into.length), AGAIN);
    }
    claim(
      "the buffer is as it was",
      into.every((byte) => byte === 0xaa),
      true,
    );
  }),
  netCase("a frame of each size from 14 to MTU + 14 arrives, byte for byte", (link) => {
    const [a, b] = link.ends();
    const sizes = [14, 15, 16, 59, 60, 61, 255, b.frameSizeMax - 1, b.frameSizeMax];
    for (const size of sizes) {
      const sent = frame(size, size);
      link.send(a, sent);
      claimBytes(`a frame of ${size} bytes`, link.receive(b), sent);
    }
  }),
  netCase("a frame shorter than 14 or longer than MTU + 14 is refused and not sent", (link) => {
    const [a, b] = link.ends();
    for (const size of [0, 1, 13, a.frameSizeMax + 1, a.frameSizeMax + 1000]) {
      claim(
        `writing ${size} bytes`,
        codeOf(() => link.send(a, frame(size))),
        OUT_OF_RANGE,
      );
    }
    link.claimNothing("the first frame to arrive", a, b);
  }),
  netCase("frames keep their order and their boundaries", (link) => {
    const [a, b] = link.ends();
    const sizes = Array.from({ length: 100 }, (_, i) => 14 + ((i * 97) % (a.mtu + 1)));
    sizes.forEach((size, i) => link.send(a, frame(size, i)));
    sizes.forEach((size, i) => claimBytes(`frame ${i}`, link.receive(b), frame(size, i)));
    claim("one more read", readAgain(link, b), AGAIN);
  }),
  netCase("frames of both directions do not meet, and none comes back to its sender", (link) => {
    const [a, b] = link.ends();
    link.send(a, frame(80, 1));
    link.send(b, frame(90, 2));
    claimBytes("at one end", link.receive(a), frame(90, 2));
    claimBytes("at the other", link.receive(b), frame(80, 1));
    claim("another at one end", readAgain(link, a), AGAIN);
    claim("another at the other", readAgain(link, b), AGAIN);
  }),
  netCase("a write sends from its offset on; the buffer is the caller's again at once", (link) => {
    const [a, b] = link.ends();
    const buffer = new Uint8Array(200).fill(0xee);
    buffer.set(frame(100, 3), 50);
    link.solo5.netWrite(a.handle, buffer, 50, 100);
    buffer.fill(0);
    claimBytes("what arrived", link.receive(b), frame(100, 3));
  }),
  netCase("a read fills the bytes of its frame from its offset on, and no others", (link) => {
    const [a, b] = link.ends();
    link.send(a, frame(100, 4));
    link.await(b);
    const buffer = new Uint8Array(b.frameSizeMax + 60).fill(0xaa);
    const size = link.solo5.netRead(b.handle, buffer, 30, b.frameSizeMax + 10);
    claim("netRead", size, 100);
    claimBytes("the frame", buffer.slice(30, 130), frame(100, 4));
    const outside = [...buffer.slice(0, 30), ...buffer.slice(130)];
    claim(
      "all else is as it was",
      outside.every((byte) => byte === 0xaa),
      true,
    );
  }),
  netCase(
    "a read into exactly MTU + 14 bytes is enough; one less is refused and loses nothing",
    (link) => {
      const [a, b] = link.ends();
      const sent = frame(b.frameSizeMax, 6);
      link.send(a, sent);
      link.await(b);
      const into = new Uint8Array(b.frameSizeMax);
      const short = () => link.solo5.netRead(b.handle, into, 0, b.frameSizeMax - 1);
      claim("one byte less", codeOf(short), OUT_OF_RANGE);
      claim("exactly", link.solo5.netRead(b.handle, into, 0, into.length), b.frameSizeMax);
      claimBytes("the frame", into, sent);
    },
  ),
  netCase("ranges that leave the buffer touch no memory outside it, and no frame", (link) => {
    const [a, b] = link.ends();
    link.send(a, frame(60, 7));
    link.await(b);
    const room = new Uint8Array(b.frameSizeMax);
    const size = b.frameSizeMax;
    const { solo5 } = link;
    claimRefused("a read one byte late", () => solo5.netRead(b.handle, room, 1, size));
    claimRefused("a read before the start", () => solo5.netRead(b.handle, room, -1, size));
    claimRefused("a read of size -1", () => solo5.netRead(b.handle, room, 0, -1));
    claimRefused("a write past the end", () => solo5.netWrite(a.handle, room, size - 59, 60));
    claimRefused("a write before the start", () => solo5.netWrite(a.handle, room, -1, 60));
    claimRefused("a write of size -1", () => solo5.netWrite(a.handle, room, 0, -1));
    claimBytes("the frame is there still", link.receive(b), frame(60, 7));
    link.claimNothing("the next frame to arrive", a, b);
  }),
  netCase("counters, where offered, count and never go back", (link) => {
    const [a] = link.ends();
    const { solo5 } = link;
    if (solo5.netCounters === undefined) return;
    const before = solo5.netCounters(a.handle);
    link.send(a, frame(60));
    const after = solo5.netCounters(a.handle);
    for (const name of ["receiveDropped", "receiveOversized", "sendDropped"] as const) {
      claim(`${name} is a count`, Number.isSafeInteger(after[name]) && after[name] >= 0, true);
      claim(`${name} never goes back`, after[name] >= before[name], true);
    }
  }),
];

function readAgain({ solo5 }: Link, { handle, frameSizeMax }: End): number {
  return solo5.netRead(handle, new Uint8Array(frameSizeMax), 0, frameSizeMax);
}
