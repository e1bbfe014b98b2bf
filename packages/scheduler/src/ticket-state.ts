// How far a ticket has come: `Ticket.state`. Numbers in a module of their own, which the bundler puts where they are used:
// they are compared at each operation that is ready.

/** Neither waited for nor signalled. */
export const NEW = 0;
/** A task is suspended on it. */
export const WAITING = 1;
/** Signalled. */
export const SERVED = 2;
/** Its wait was cancelled. */
export const OVER = 3;
