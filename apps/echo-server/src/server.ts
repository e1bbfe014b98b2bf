// The loop: take a frame, answer it in its own buffer, take the next.

import type { Net, Suspended } from "miou-solo5";
import type { Responder } from "./responder.ts";

/**
 * Serves until it is cancelled.
 *
 * Suspends: only where no frame waits. Nothing is allocated for a frame: one buffer, one operation that is
 * run again and again.
 */
export function* serve(service: Net, responder: Responder): Generator<Suspended, never, void> {
  const frame = new Uint8Array(service.frameSizeMax);
  const next = service.read(frame);
  while (true) {
    const size = yield* next;
    const replySize = responder.respond(frame, size, frame);
    if (replySize > 0) service.write(frame, 0, replySize);
  }
}
