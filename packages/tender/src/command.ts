// What a command line asks for, once it has been understood.

/** A TAP interface that is attached as a network device. */
export interface NetAttachment {
  readonly type: "NET_BASIC";
  readonly name: string;
  /** An interface by name, or a descriptor that was inherited open. */
  readonly source: { readonly tap: string } | { readonly fd: number };
  /** The hardware address the program shall use; absent: a random, locally administered one. */
  readonly mac?: string;
}

/** A file or block device that is attached as a block device. */
export interface BlockAttachment {
  readonly type: "BLOCK_BASIC";
  readonly name: string;
  readonly path: string;
  /** Bytes of one sector, which is the program's page: a power of two of at least 512. */
  readonly sectorSize: number;
}

export type Attachment = NetAttachment | BlockAttachment;

/** Attach devices, run a program, end with its status. */
export interface RunCommand {
  readonly kind: "run";
  readonly devices: readonly Attachment[];
  /** The program's path as it was given. */
  readonly program: string;
  /** What the program finds in `solo5.arguments`. */
  readonly arguments: readonly string[];
  /** The `debug` option of its runs; absent: off. */
  readonly debug?: boolean;
}

/** Make a persistent TAP interface. */
export interface TapCreateCommand {
  readonly kind: "tap-create";
  readonly name: string;
  /** `ADDRESS/PREFIX` for the kernel's side; absent: none. */
  readonly address?: string;
  readonly mtu?: number;
  /** A user's name or number; absent: only who may administer the network may attach. */
  readonly user?: string;
}

/** Remove a TAP interface. */
export interface TapDeleteCommand {
  readonly kind: "tap-delete";
  readonly name: string;
}

export type Command =
  | RunCommand
  | TapCreateCommand
  | TapDeleteCommand
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/**
 * What a parser made of its arguments: a command, or everything that is wrong with them, one
 * sentence a fault.
 *
 * `sound` is the part of a run that could be understood in spite of the faults. It lets the tender
 * look at those devices too and name every fault at once; it must not be run.
 */
export type CommandLine =
  | { readonly kind: "command"; readonly command: Command }
  | {
      readonly kind: "faults";
      readonly faults: readonly string[];
      readonly sound: { readonly devices: readonly Attachment[]; readonly program?: string };
    };
