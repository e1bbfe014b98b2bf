// What happens when nothing comes.
import type { ControlBlock } from "./control-block.ts";
import { startTimeoutRecovery } from "./recovery.ts";

/** When `expire` has something to do; Infinity for never. */
export function deadlineOf(c: ControlBlock): number {
  return Math.min(
    c.retransmitAt,
    c.acknowledgeAt,
    c.probeAt,
    c.keepAliveAt,
    c.lingerAt,
    c.giveUpAt,
    c.trimAt,
  );
}

/** Does what is due at `now`. Too early, it does nothing. */
export function expire(c: ControlBlock, now: number): void {
  if (c.acknowledgeAt <= now) {
    c.acknowledgeAt = Infinity;
    c.isAcknowledgmentDue = true;
  }
  if (c.trimAt <= now) {
    c.trimAt = Infinity;
    if (c.sendRing.isTrimmable) c.sendRing.trim();
    if (c.receiveRing.isTrimmable) c.receiveRing.trim();
  }
  if (c.lingerAt <= now) c.end(c.state === "TIME-WAIT" ? "closed" : "timed-out");
  if (c.giveUpAt <= now) c.end("timed-out");
  if (c.retransmitAt <= now) retransmit(c, now);
  if (c.probeAt <= now) probe(c, now);
  if (c.keepAliveAt <= now) keepAlive(c, now);
}

/** How long to wait for a window before asking: as for an acknowledgment, and twice as long each time. */
export function probeInterval(c: ControlBlock): number {
  return Math.min(
    c.roundTrip.timeout * 2 ** Math.min(c.probes, 31),
    c.settings.retransmissionTimeoutMax,
  );
}

/** @see RFC 6298, section 5 */
function retransmit(c: ControlBlock, now: number): void {
  const { settings } = c;
  const isHandshake = c.state === "SYN-SENT" || c.state === "SYN-RECEIVED";
  c.retries++;
  if (c.retries > (isHandshake ? settings.handshakeRetriesMax : settings.retriesMax)) {
    c.end("timed-out");
    return;
  }
  c.roundTrip.backOff();
  c.retransmitAt = now + c.roundTrip.timeout;
  c.timedAt = -1;
  if (isHandshake) c.isSynDue = true;
  else startTimeoutRecovery(c);
}

/** @see RFC 9293, section 3.8.6.1 */
function probe(c: ControlBlock, now: number): void {
  c.isProbeDue = true;
  c.probes++;
  c.probeAt = now + probeInterval(c);
  if (c.giveUpAt === Infinity) c.giveUpAt = now + c.settings.userTimeout;
}

/** @see RFC 9293, section 3.8.4 */
function keepAlive(c: ControlBlock, now: number): void {
  const settings = c.settings.keepAlive;
  if (settings === null) {
    c.keepAliveAt = Infinity;
    return;
  }
  const idleEnd = c.heardAt + settings.idle;
  // Under way already is what will be answered, or resent until it is given up.
  if (idleEnd > now || c.flight > 0) {
    c.keepAliveAt = idleEnd > now ? idleEnd : now + settings.interval;
    return;
  }
  if (c.keepAliveProbes >= settings.countMax) {
    c.end("timed-out");
    return;
  }
  c.keepAliveProbes++;
  c.isKeepAliveDue = true;
  c.keepAliveAt = now + settings.interval;
}
